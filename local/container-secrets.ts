/** The secrets as the secured profile of docker-compose takes them: copies that each container's own user can read. */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, copyFile, mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Config, projectRoot } from '../config.js';
import { principals } from '../model/principals.js';
import { makeSecrets, secretFile } from './authority.js';

/** Where docker-compose.secured.yml has them in a container. */
export const mountedSecrets = '/run/secrets';

/** The folder of the copies, below that of the secrets. */
export const containerSecretsFolder = (config: Pick<Config, 'secrets'>) => secretFile(config, 'docker');

/** THE table of what is copied: no more than some container needs, and so not the authority's key. docker-compose.secured.yml names the same. */
export const copiedSecrets: readonly string[] = [
  ...['ca.crt', 'ca.p12', 'p12.password', 'flink-internal.p12', 'partner.token'],
  ...['kafka.pem', 'zookeeper.pem', 'flink.pem', 'druid.pem'],
  ...['flink.p12', 'job-server.p12', 'druid.p12'],
  ...['postgres', 'job-server', 'worker-pool', 'partner', 'operator', 'owner'].flatMap((name) => [
    `${name}.crt`,
    `${name}.key`,
  ]),
  ...principals.map((name) => `kafka/${name}.password`),
  ...principals.filter((name) => name !== 'druid').map((name) => `postgres/${name}.password`),
];

/** The server of docker-compose has a superuser, who makes the roles. */
export const superuserPassword = 'postgres/superuser.password';
/** No secret, but it comes the same way: what Kafka logs, and where. */
export const containersLog = 'log4j.properties';
/** By which the workers reach the stand-in partner. */
export const containersPartners = 'partners.json';

const partners = {
  '*': {
    url: 'https://partner:8090/orders',
    auth: { kind: 'bearer', tokenFile: join(mountedSecrets, 'partner.token') },
    tls: { caFile: join(mountedSecrets, 'ca.crt') },
    privateNetworks: true,
  },
};

/**
 * Makes what is missing of the secrets, and the copies anew. Compose mounts a file with its owner and mode, and containers have users of
 * their own: so a copy is readable by all, in a folder that only its owner can enter. May be called again; containers see what changed when
 * they are made anew.
 */
export async function copySecrets(config: Config): Promise<void> {
  await makeSecrets(config);
  const folder = containerSecretsFolder(config);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await chmod(folder, 0o700);
  const make = async (name: string, write: (file: string) => Promise<void>) => {
    const file = join(folder, name);
    await mkdir(dirname(file), { recursive: true });
    await write(`${file}.new`);
    await chmod(`${file}.new`, 0o444);
    await rename(`${file}.new`, file);
  };
  for (const name of copiedSecrets) await make(name, (file) => copyFile(secretFile(config, name), file));
  await make(containersLog, (file) => copyFile(join(projectRoot, 'local', 'kafka', 'log4j.properties'), file));
  await make(containersPartners, (file) => writeFile(file, JSON.stringify(partners, null, 2)));
  if (!existsSync(join(folder, superuserPassword)))
    await make(superuserPassword, (file) => writeFile(file, randomBytes(24).toString('base64url')));
}
