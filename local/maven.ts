/** The Maven that is installed. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Config } from '../config.js';
import { OperatorError } from '../errors.js';
import { programEnvironment } from './paths.js';

const oldest = [3, 8] as const;

/** Rejects with NO_MAVEN, in one sentence, unless `mvn` is there and at least 3.8. */
export async function checkMaven(config: Config, javaHome: string): Promise<void> {
  let found = 'none';
  try {
    const environment = { ...programEnvironment(config), JAVA_HOME: javaHome };
    // The version may stand between escape sequences that make it bold: "Apache Maven 3.8.7".
    const { stdout } = await promisify(execFile)('mvn', ['-B', '--version'], { env: environment });
    const [, major, minor] = /Apache Maven (\d+)\.(\d+)/.exec(stdout)?.map(Number) ?? [];
    if (major !== undefined && minor !== undefined) {
      if (major > oldest[0] || (major === oldest[0] && minor >= oldest[1])) return;
      found = `${major}.${minor}`;
    }
  } catch {
    // Not there, or not able to run: the sentence is the same.
  }
  throw new OperatorError(
    'NO_MAVEN',
    `the first start needs Maven ${oldest.join('.')} or newer to download jars (found ${found}): install it, and put mvn on the PATH`,
  );
}
