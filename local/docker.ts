/** Drives docker-compose.yml, and in the secured profile docker-compose.secured.yml with it, where a Docker engine is there. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { downAll, downMany, type IDockerComposeOptions, upAll, upMany } from 'docker-compose';
import { type Config, projectRoot } from '../config.js';
import { OperatorError } from '../errors.js';
import { copySecrets } from './container-secrets.js';
import { type AddOn, addOns, type ServiceName } from './service.js';
import { requireOpenProfile } from './spark.js';

const execute = promisify(execFile);

const succeeds = (file: string, args: string[]) =>
  execute(file, args).then(
    () => true,
    () => false,
  );

/** What compose reads, by profile. */
const composeFiles = {
  open: ['docker-compose.yml'],
  secured: ['docker-compose.yml', 'docker-compose.secured.yml'],
} as const satisfies Record<Config['profile'], readonly string[]>;

/** How somebody says the same by hand. */
export const composeCommand = ({ profile }: Pick<Config, 'profile'>): string =>
  ['docker-compose', ...(profile === 'open' ? [] : composeFiles[profile].map((file) => `-f ${file}`))].join(' ');

/** Compose as Docker's plug-in, or as a program of its own. Fails with NO_DOCKER in one sentence. */
async function composeOptions({ profile, secrets }: ComposeOf): Promise<IDockerComposeOptions> {
  if (!(await succeeds('docker', ['info']))) {
    throw new OperatorError(
      'NO_DOCKER',
      'no Docker engine answers `docker info`: start one, or run the stack without it by `orderflow up`',
    );
  }
  const options: IDockerComposeOptions = {
    cwd: projectRoot,
    config: [...composeFiles[profile]],
    env: { ...process.env, ORDERFLOW_SECRETS: secrets },
    callback: (chunk) => void process.stderr.write(chunk),
  };
  if (await succeeds('docker', ['compose', 'version'])) return options;
  if (await succeeds('docker-compose', ['version'])) return { ...options, executable: { standalone: true } };
  throw new OperatorError('NO_DOCKER', 'Docker has no compose: install docker-compose, or its plug-in for Docker');
}

type ComposeOf = Pick<Config, 'profile' | 'secrets'>;

async function compose(config: ComposeOf, work: (options: IDockerComposeOptions) => Promise<unknown>): Promise<void> {
  const options = await composeOptions(config);
  try {
    await work(options);
  } catch (error) {
    const text = (error as { err?: string }).err?.trim().split('\n').at(-1) ?? String(error);
    throw new OperatorError('DOCKER_FAILED', `docker-compose failed: ${text}`, { cause: error });
  }
}

export interface DockerUpOptions {
  readonly only?: readonly ServiceName[] | undefined;
  /** Beside the services that are always there, those of these parts: profiles of docker-compose.yml. */
  readonly with?: readonly AddOn[];
}

/** Starts the containers (all, or those of the named services), with their secrets, and waits until they are healthy where compose can wait. */
export async function dockerUp(config: Config, { only, with: wanted = [] }: DockerUpOptions = {}): Promise<void> {
  if (wanted.includes('spark')) requireOpenProfile(config);
  if (config.profile === 'secured') await copySecrets(config);
  return compose(config, (options) => {
    const commandOptions = options.executable ? ['--build'] : ['--build', '--wait'];
    const composeOptions = wanted.map((name) => ['--profile', name]);
    const all = { ...options, composeOptions, commandOptions };
    return only ? upMany([...only], all) : upAll(all);
  });
}

/** Stops and removes the containers; volumes stay. */
export const dockerDown = (config: ComposeOf, only?: readonly ServiceName[]): Promise<void> =>
  compose(config, (options) => {
    const all = { ...options, composeOptions: addOns.map((name) => ['--profile', name]) };
    return only ? downMany([...only], all) : downAll(all);
  });
