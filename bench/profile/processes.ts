/** The processes of a running form that are profiled, and what their profilers write. */
import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Config } from '../../config.js';
import { findJavaHome } from '../../local/java.js';
import { runningProcess } from '../../local/pid-file.js';
import { familyOf } from '../../local/processes.js';
import { addCpuProfile, addExecutionSamples, type Call, type CpuProfile, createCallTree, ownShares } from './stacks.js';
import { whileSampled } from './statements.js';

const execute = promisify(execFile);

/** How long a process may take to write its profile, in ms. */
const writingMs = 60_000;
/** Of what `jfr print` says, in bytes. */
const mostText = 512 * 1024 * 1024;

export interface Profile {
  /** Of its picture: `worker-validator`, `taskmanager`, `postgresql`. */
  readonly name: string;
  readonly root: Call;
  /** What it consists of, as shares of all, the largest first: files and classes by what they take by themselves, or statements. */
  readonly slices: readonly (readonly [string, number])[];
}

const ofCalls = (name: string, root: Call): Profile => ({ name, root, slices: ownShares(root) });
const ofStatements = (name: string, root: Call): Profile => ({
  name,
  root,
  slices: root.calls.map((statement) => [statement.name, statement.weight / root.weight]),
});

const titleOf = (pid: number) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();

/** The workers of all stages, by pid; spares are none. */
function workersOf(config: Config): Map<number, string> {
  const pool = runningProcess(config, 'worker-pool')!.pid;
  const named = familyOf(pool).flatMap(({ pid }) => {
    const [, stage] = /^orderflow worker: (\S+) \S/.exec(titleOf(pid)) ?? [];
    return stage === undefined || stage === 'stage' ? [] : [[pid, stage] as const];
  });
  return new Map(named);
}

async function recorderOf(config: Config): Promise<(program: 'jcmd' | 'jfr', ...args: string[]) => Promise<string>> {
  const bin = join(await findJavaHome(config), 'bin');
  return async (program, ...args) => (await execute(join(bin, program), args, { maxBuffer: mostText })).stdout;
}

/**
 * Profiles the workers, the TaskManager and PostgreSQL while the work goes on. The processes have been started with hook.ts, which writes to `folder`. Rejects as
 * the work does, and where a process writes no profile.
 */
export async function profiled(config: Config, folder: string, work: () => Promise<unknown>): Promise<Profile[]> {
  const workers = workersOf(config);
  const taskManager = String(runningProcess(config, 'taskmanager')!.pid);
  const java = await recorderOf(config);
  const toggle = () => [...workers.keys()].forEach((pid) => process.kill(pid, 'SIGUSR2'));
  await java('jcmd', taskManager, 'JFR.start', 'name=profile', 'settings=profile');
  const statements = createCallTree();
  toggle();
  await whileSampled(config, statements, work);
  toggle();
  const recording = join(folder, 'taskmanager.jfr');
  await java('jcmd', taskManager, 'JFR.dump', 'name=profile', `filename=${recording}`);
  const tree = createCallTree();
  addExecutionSamples(
    tree,
    await java('jfr', 'print', '--events', 'jdk.ExecutionSample', '--stack-depth', '64', recording),
  );
  const stages = [...new Set(workers.values())];
  const ofWorkers = stages.map(async (stage): Promise<Profile> => {
    const pids = [...workers].flatMap(([pid, of]) => (of === stage ? [pid] : []));
    const ofStage = createCallTree();
    for (const pid of pids) addCpuProfile(ofStage, await written(join(folder, `${pid}.cpuprofile`)));
    return ofCalls(`worker-${stage}`, ofStage.root(`workers of the ${stage}, by time on the processor`));
  });
  return [
    ...(await Promise.all(ofWorkers)),
    ofCalls('taskmanager', tree.root('TaskManager, by samples of running threads')),
    ofStatements('postgresql', statements.root('PostgreSQL, by samples of backends that have a statement')),
  ];
}

async function written(file: string): Promise<CpuProfile> {
  const end = performance.now() + writingMs;
  while (!existsSync(file)) {
    if (performance.now() > end) throw new Error(`no profile was written to ${file}`);
    await sleep(100);
  }
  return JSON.parse(await readFile(file, 'utf8')) as CpuProfile;
}
