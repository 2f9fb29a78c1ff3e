/** Finds the JDK and runs its programs. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Config } from '../config.js';
import { OperatorError } from '../errors.js';
import { classPathFolder } from './class-path.js';
import type { Run } from './service.js';

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

async function installedJdks(): Promise<string[]> {
  const folder = '/usr/lib/jvm';
  if (!existsSync(folder)) return [];
  const names = await readdir(folder);
  return names.filter((name) => name.includes(String(wantedMajor))).map((name) => join(folder, name));
}

/**
 * The home of a JDK 17: JAVA_HOME, else the `java` on the PATH, else the first fitting one below /usr/lib/jvm.
 * Fails with NO_JDK in one sentence that names what was found instead.
 */
export async function findJavaHome(config: Config): Promise<string> {
  const found: string[] = [];
  for (const home of [config.environment.JAVA_HOME, await homeOnPath(config), ...(await installedJdks())]) {
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
    const { stderr } = await execute('java', ['-XshowSettings:properties', '-version'], { env: config.environment });
    return /java\.home = (.*)/.exec(stderr)?.[1]?.trim();
  } catch {
    return undefined;
  }
}

type JavaRun = Omit<Extract<Run, { kind: 'java' }>, 'kind'>;

/** The arguments of `java` for a run. */
export const javaArguments = (config: Config, { classPath, mainClass, jvm, args }: JavaRun): string[] => [
  ...jvm,
  '-cp',
  join(classPathFolder(config, classPath), '*'),
  mainClass,
  ...args,
];

/** Runs a Java program to its end; rejects when it fails. */
export async function runJava(config: Config, run: JavaRun): Promise<void> {
  const java = join(await findJavaHome(config), 'bin', 'java');
  await execute(java, javaArguments(config, run), { env: config.environment });
}
