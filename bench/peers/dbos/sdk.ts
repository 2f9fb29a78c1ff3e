/** The part of DBOS' SDK that is used here. It is installed apart from the project, and so has no types where this is compiled. */
import { execFile } from 'node:child_process';
import { copyFile, mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { projectRoot } from '../../../config.js';

/** https://docs.dbos.dev/typescript/reference/methods */
export interface Dbos {
  setConfig(config: {
    readonly name: string;
    readonly systemDatabaseUrl: string;
    readonly systemDatabasePoolSize: number;
    readonly applicationVersion: string;
    readonly executorID: string;
    readonly logLevel: string;
    readonly listenQueues?: readonly string[];
  }): void;
  /** Makes DBOS' tables. */
  migrate(systemDatabaseUrl: string): Promise<void>;
  launch(): Promise<void>;
  shutdown(options: { readonly workflowCompletionTimeoutMS: number }): Promise<void>;
  registerWorkflow<Args extends unknown[]>(work: Workflow<Args>, options: { readonly name: string }): Workflow<Args>;
  startWorkflow<Args extends unknown[]>(
    workflow: Workflow<Args>,
    options: { readonly workflowID: string },
  ): (...args: Args) => Promise<{ getResult(): Promise<void> }>;
  runStep<Result>(
    work: () => Promise<Result>,
    options: {
      readonly name: string;
      readonly retriesAllowed: boolean;
      readonly maxAttempts: number;
      readonly intervalSeconds: number;
      readonly backoffRate: number;
    },
  ): Promise<Result>;
  registerQueue(
    name: string,
    options: { readonly workerConcurrency: number; readonly minPollingIntervalMs: number },
  ): Promise<unknown>;
  applySchedules(
    schedules: readonly {
      readonly scheduleName: string;
      readonly workflowFn: Workflow<[Date, unknown]>;
      readonly schedule: string;
    }[],
  ): Promise<void>;
  readonly workflowID: string | undefined;
}

export type Workflow<Args extends unknown[]> = (...args: Args) => Promise<void>;

/** What event receivers use: https://docs.dbos.dev/typescript/reference/plugins */
export interface EventReceiver {
  prepareEnqueuedWorkflow<Args extends unknown[]>(
    workflow: Workflow<Args>,
    args: Args,
    options: { readonly queueName: string; readonly workflowID: string },
  ): Promise<object>;
  /** In one transaction; those that are there already are left out. */
  enqueueWorkflows(workflows: readonly object[]): Promise<unknown>;
}

const source = join(projectRoot, 'bench', 'peers', 'dbos');
const folder = join(projectRoot, '.orderflow', 'peers', 'dbos');

/** Installs the SDK as the lock file says, without scripts. Fails where npm does. */
export async function installSdk(): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const file of ['package.json', 'package-lock.json']) await copyFile(join(source, file), join(folder, file));
  await promisify(execFile)('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: folder });
}

/** The SDK, once it is installed. */
export function loadSdk(): { readonly dbos: Dbos; readonly receiver: EventReceiver } {
  const load = createRequire(join(folder, 'package.json'));
  const { DBOS } = load('@dbos-inc/dbos-sdk') as { DBOS: Dbos };
  return { dbos: DBOS, receiver: load('@dbos-inc/dbos-sdk/eventreceiver') as EventReceiver };
}
