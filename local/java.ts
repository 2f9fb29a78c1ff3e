/** Finds the JDK and runs its programs. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import type { Config } from '../config.js';
import { OperatorError } from '../errors.js';
import { programEnvironment } from './paths.js';
import type { ClassPathName, Run } from './service.js';

const execute = promisify(execFile);
const wantedMajor = 17;

/** The major version of a `java` program, or undefined where it does not run. */
async function majorVersion(java: string): Promise<number | undefined> {
  try {
    // The version goes to stderr: `openjdk version "17.0.15" 2025-04-15`.
    const { stderr } = await execute(java, ['-version']);
    return Number(/version "(\d+)/.exec(stderr)?.[1]);
  } catch {
    return undefined;
  }
}

async function jdksBelow(folder: string): Promise<string[]> {
  if (!existsSync(folder)) return [];
  const names = await readdir(folder);
  return names.filter((name) => name.includes(String(wantedMajor))).map((name) => join(folder, name));
}

const homes = new Map<string, Promise<string>>();

/**
 * The home of a JDK 17: JAVA_HOME, else the `java` on the PATH, else the first fitting one below /usr/lib/jvm. It is looked for once in
 * a process. Fails with NO_JDK in one sentence that names what was found instead.
 */
export function findJavaHome(config: Config, installed = '/usr/lib/jvm'): Promise<string> {
  const key = JSON.stringify([config.environment.JAVA_HOME, config.environment.PATH, installed]);
  const home = homes.get(key) ?? searchJavaHome(config, installed);
  homes.set(key, home);
  return home;
}

async function searchJavaHome(config: Config, installed: string): Promise<string> {
  const found: string[] = [];
  const candidates = [
    () => config.environment.JAVA_HOME,
    () => homeOnPath(config),
    ...(await jdksBelow(installed)).map((folder) => () => folder),
  ];
  for (const candidate of candidates) {
    const home = await candidate();
    if (!home) continue;
    const major = await majorVersion(join(home, 'bin', 'java'));
    if (major === wantedMajor && existsSync(join(home, 'bin', 'javac'))) return home;
    found.push(`${home}: ${major === wantedMajor ? 'no compiler' : (major ?? 'does not run')}`);
  }
  throw new OperatorError(
    'NO_JDK',
    `the local stack needs a JDK 17 (found ${found.join(', ') || 'none'}): install one, and set JAVA_HOME to it`,
  );
}

async function homeOnPath(config: Config): Promise<string | undefined> {
  try {
    const { stderr } = await execute('java', ['-XshowSettings:properties', '-version'], {
      env: programEnvironment(config),
    });
    return /java\.home = (.*)/.exec(stderr)?.[1]?.trim();
  } catch {
    return undefined;
  }
}

/** The folder of a class path's jars: class-path.ts fills it. */
export const classPathFolder = (config: Config, name: ClassPathName) => join(config.jars, name, 'lib');

type JavaRun = Omit<Extract<Run, { kind: 'java' }>, 'kind'>;

/** The jar of what is compiled here. It goes first: a class of ours may stand in for one of the same name. */
const ownJars: Readonly<Partial<Record<ClassPathName, string>>> = { flink: 'orderflow-flink-1.jar' };

function classPathOf(config: Config, name: ClassPathName): string {
  const folder = classPathFolder(config, name);
  return [ownJars[name] ?? [], '*']
    .flat()
    .map((jar) => join(folder, jar))
    .join(delimiter);
}

/** Java knows MIT's variable for where Kerberos is configured by another name. */
const kerberosOptions = ({ environment: { KRB5_CONFIG } }: Config) =>
  KRB5_CONFIG ? [`-Djava.security.krb5.conf=${KRB5_CONFIG}`] : [];

/** The arguments of `java` for a run. */
export const javaArguments = (config: Config, { classPath, mainClass, jvm, args }: JavaRun): string[] => [
  ...kerberosOptions(config),
  ...jvm,
  '-cp',
  classPathOf(config, classPath),
  mainClass,
  ...args,
];

/** Runs a program of the JDK to its end; rejects when it fails. */
export async function runJdk(config: Config, program: 'java' | 'keytool', args: readonly string[]): Promise<void> {
  await execute(join(await findJavaHome(config), 'bin', program), args, { env: programEnvironment(config) });
}

/** Runs a Java program to its end; rejects when it fails. */
export const runJava = (config: Config, run: JavaRun): Promise<void> =>
  runJdk(config, 'java', javaArguments(config, run));
