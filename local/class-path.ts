/** Resolves the jars through Maven, once for each version of a pom. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createWriteStream, existsSync } from 'node:fs';
import { appendFile, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { createInterface } from 'node:readline';
import { type Config, projectRoot } from '../config.js';
import { OperatorError } from '../errors.js';
import { findJavaHome } from './java.js';
import { withLock } from './lock.js';
import { programEnvironment } from './paths.js';
import type { ClassPathName } from './service.js';

/** Where each class path's pom and sources lie. */
const sources: Readonly<Record<ClassPathName, string>> = {
  kafka: 'local/kafka',
  flink: 'flink',
  druid: 'druid',
  spark: 'spark',
};

const markerFile = (config: Config, name: ClassPathName) => join(config.jars, name, 'lib.sha256');

/** A hash of the poms and of what is compiled and packed: another hash, another class path. */
async function sourceHash(name: ClassPathName): Promise<string> {
  const folder = join(projectRoot, sources[name]);
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => relative(folder, join(parentPath, name)));
  const hash = createHash('sha256');
  for (const file of files.filter((path) => /(^|\/)(pom\.xml|src\/main\/.*)$/.test(path)).sort())
    hash.update(file).update(await readFile(join(folder, file)));
  return hash.digest('hex');
}

/** Whether the class path is there, and made from the pom as it is now. */
export async function hasClassPath(config: Config, name: ClassPathName): Promise<boolean> {
  const marker = markerFile(config, name);
  return existsSync(marker) && (await readFile(marker, 'utf8')) === (await sourceHash(name));
}

/**
 * Makes the class path unless it is there already. `onProgress` gets a short text for each jar that is downloaded.
 * Fails with MAVEN_FAILED, which names the log. Waits while another process is at it. May be called again.
 */
export async function resolveClassPath(
  config: Config,
  name: ClassPathName,
  onProgress: (text: string) => void = () => {},
): Promise<void> {
  await withLock(config.jars, { waitMs: Infinity }, async () => {
    if (!(await hasClassPath(config, name))) await runMaven(config, name, onProgress);
  });
}

async function runMaven(config: Config, name: ClassPathName, onProgress: (text: string) => void): Promise<void> {
  const out = join(config.jars, name);
  const log = join(config.home, 'logs', `maven-${name}.log`);
  await mkdir(join(config.home, 'logs'), { recursive: true });
  // What Maven makes there, and nothing else: the folder may be one of the user's.
  for (const made of ['lib', 'lib.sha256', 'extensions', 'target'])
    await rm(join(out, made), { recursive: true, force: true });
  await writeFile(log, '');
  const environment = { ...programEnvironment(config), JAVA_HOME: await findJavaHome(config) };
  const pom = join(projectRoot, sources[name], 'pom.xml');
  const maven = spawn('mvn', ['-B', '-f', pom, 'package', `-Dorderflow.out=${out}`], {
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  maven.stderr.pipe(createWriteStream(log, { flags: 'a' }));
  const exit = new Promise<number | null>((resolve, reject) => maven.once('error', reject).once('close', resolve));
  let jars = 0;
  for await (const line of createInterface({ input: maven.stdout })) {
    await appendFile(log, `${line}\n`);
    // "Downloaded from central: https://…/x-1.0.jar (12 kB at 1 MB/s)"
    const jar = /^(?:\[INFO\] )?Downloaded from .*\/([^/ ]+\.jar) /.exec(line)?.[1];
    if (jar) onProgress(`${++jars} jars downloaded: ${jar}`);
  }
  if ((await exit) !== 0) {
    throw new OperatorError('MAVEN_FAILED', `Maven could not resolve the jars of ${sources[name]}/pom.xml: see ${log}`);
  }
  await writeFile(markerFile(config, name), await sourceHash(name));
}
