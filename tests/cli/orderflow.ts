/** The built command as a process of its own, for tests. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { type Config, projectRoot } from '../../config.js';

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Where nothing listens: a machine on which no service runs. */
export const nothingRuns: Readonly<Record<string, string>> = {
  ORDERFLOW_KAFKA: '127.0.0.1:1',
  ORDERFLOW_POSTGRES_URL: 'postgres://orderflow:secret@127.0.0.1:1/orderflow',
  ORDERFLOW_FLINK_URL: 'http://127.0.0.1:1',
  ORDERFLOW_JOB_SERVER: '127.0.0.1:1',
  ORDERFLOW_WORKER_POOL: '127.0.0.1:1',
  ORDERFLOW_PARTNER_URL: 'http://127.0.0.1:1/orders',
  ORDERFLOW_DRUID_URL: 'http://127.0.0.1:1',
};

/** The settings of a stack, for a command that is to work with it. */
export const settingsOf = ({ environment }: Config): Record<string, string> =>
  Object.fromEntries(
    Object.entries(environment).filter((entry): entry is [string, string] => entry[0].startsWith('ORDERFLOW_')),
  );

/** Runs `orderflow WORDS` to its end, with these settings alone. */
export function orderflow(
  words: readonly string[],
  settings: Readonly<Record<string, string>> = nothingRuns,
): Promise<Ended> {
  const others = Object.entries(process.env).filter(([name]) => !name.startsWith('ORDERFLOW_'));
  const env = { ...Object.fromEntries(others), ...settings };
  return new Promise((resolve) => {
    const program = join(projectRoot, 'dist', 'cli', 'main.js');
    execFile(process.execPath, [program, ...words], { env, maxBuffer: 2 ** 26 }, (error, stdout, stderr) => {
      const code = error ? Number(error.code) : 0;
      resolve({ code, stdout, stderr });
    });
  });
}
