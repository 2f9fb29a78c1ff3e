/** Starts and stops one service. */
import { spawn } from 'node:child_process';
import { closeSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Config, projectRoot } from '../config.js';
import { OperatorError } from '../errors.js';
import { findJavaHome, javaArguments } from './java.js';
import { lastError, logFile, openLog } from './log-file.js';
import { programEnvironment } from './paths.js';
import { readPid, removePid, runningProcess, writePid } from './pid-file.js';
import { checkPorts } from './ports.js';
import { familyOf, listProcesses, type ProcessInfo, readProcess } from './processes.js';
import { type Run, type Service, type ServiceName, serviceNames } from './service.js';
import { services } from './services.js';

/** Longest time from a service's start to its first good answer, in ms. */
const startLimitMs = 120_000;
/** How long a service may take to end in good order, in ms. */
const stopLimitMs = 15_000;
/** How long the system may take to end one, in ms. */
const killLimitMs = 10_000;
const pollMs = 200;

export function findService(name: ServiceName): Service {
  const service = services.find((row) => row.name === name);
  if (!service) {
    const names = services.map((row) => row.name).join(', ');
    throw new OperatorError('NO_SUCH_SERVICE', `there is no service ${name}: choose one of ${names}`, { exitCode: 2 });
  }
  return service;
}

async function commandLine(config: Config, run: Run): Promise<{ file: string; args: string[] }> {
  if (run.kind === 'program') return { file: run.file, args: [...run.args] };
  if (run.kind === 'java') {
    const home = await findJavaHome(config);
    return { file: join(home, 'bin', 'java'), args: javaArguments(config, run) };
  }
  const module = join(projectRoot, 'dist', run.module);
  if (!existsSync(module)) {
    throw new OperatorError('NOT_BUILT', `${module} is missing: build the project with \`npm run build\``);
  }
  return { file: process.execPath, args: ['--enable-source-maps', module, ...run.args] };
}

/**
 * Starts a service unless it runs, as a process group of its own that outlives us, and waits until it answers. True when it
 * was started, false when it ran already. Fails with PORT_TAKEN, OTHER_SETTINGS (it runs, with other addresses or
 * memory), SERVICE_DIED or SERVICE_SILENT. May be called again.
 */
export async function startService(config: Config, name: ServiceName): Promise<boolean> {
  const isNew = await launchService(config, name);
  await waitUntilReady(config, name);
  await findService(name).arrange?.(config);
  return isNew;
}

/**
 * The first half of startService: the process is there, and written down, but need not answer yet. Fails with PORT_TAKEN, OTHER_SETTINGS
 * or what the service's preparation fails with.
 */
export async function launchService(config: Config, name: ServiceName): Promise<boolean> {
  const service = findService(name);
  const running = runningProcess(config, name);
  const run = await service.run(config);
  const { file, args } = await commandLine(config, run);
  const command = [file, ...args].join(' ');
  if (running) {
    if (running.command === command) return false;
    throw new OperatorError(
      'OTHER_SETTINGS',
      `${name} runs with other settings than the present ones: \`orderflow down\` first, then \`orderflow up\``,
    );
  }
  killLeftovers(config, name);
  await checkPorts(config, service);
  await service.prepare?.(config);
  await spawnDetached(config, name, run, file, args, command);
  return true;
}

/** Starts the process, and writes it down before anything else can happen: a Ctrl-C now leaves none that nobody knows. */
async function spawnDetached(
  config: Config,
  name: ServiceName,
  run: Run,
  file: string,
  args: string[],
  command: string,
): Promise<void> {
  const log = openLog(config, name);
  const { folder = projectRoot, environment = {} } = run.kind === 'java' ? run : {};
  try {
    const child = spawn(file, args, {
      cwd: folder,
      env: { ...programEnvironment(config), ...environment },
      detached: true,
      stdio: ['ignore', log, log],
    });
    const spawned = new Promise<void>((resolve, reject) => child.once('spawn', resolve).once('error', reject));
    if (child.pid !== undefined) recordProcess(config, name, child.pid, command);
    await spawned.catch((cause: unknown) => {
      throw new OperatorError('CANNOT_RUN', `${name} cannot be started: ${file} is missing or no program`, { cause });
    });
    child.unref();
  } finally {
    closeSync(log);
  }
}

/** Where it cannot be written down, on a full disk for instance, the process ends: nobody would stop it, or find it. */
function recordProcess(config: Config, name: ServiceName, pid: number, command: string): void {
  try {
    writePid(config, name, { pid, startTime: readProcess(pid)?.startTime ?? 0, command });
  } catch (error) {
    signal(-pid, 'SIGKILL');
    throw error;
  }
}

/** The second half of startService. Fails with SERVICE_DIED or SERVICE_SILENT. */
export async function waitUntilReady(config: Config, name: ServiceName): Promise<void> {
  const service = findService(name);
  const end = performance.now() + startLimitMs;
  for (;;) {
    try {
      await service.checkReady(config);
      return;
    } catch (error) {
      const where = `see ${logFile(config, service.name)}`;
      if (!runningProcess(config, name)) {
        const line = lastError(config, service.name);
        throw new OperatorError('SERVICE_DIED', `${service.name} ended right after its start: ${line} (${where})`);
      }
      if (performance.now() > end) {
        const problem = error instanceof Error ? error.message : String(error);
        throw new OperatorError(
          'SERVICE_SILENT',
          `${service.name} did not answer within ${startLimitMs / 1000} s: ${problem} (${where})`,
        );
      }
    }
    await sleep(pollMs);
  }
}

/** Sends a signal to a process, or to a process group if negative; one that has ended already is no error. */
function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/**
 * Stops a service with all its processes: its own signal first, SIGKILL for what is left after 15 s. True when it ran.
 * May be called again. The caller holds the lock of `run`, as `down` does: the supervisor would start again what it sees dead.
 */
export async function stopService(config: Config, name: ServiceName): Promise<boolean> {
  const running = runningProcess(config, name);
  if (running) {
    const family = familyOfService(config, name).map((process) => process.pid);
    signal(running.pid, findService(name).stopSignal);
    const isGone = () => !family.some((pid) => readProcess(pid));
    const end = performance.now() + stopLimitMs;
    while (!isGone() && performance.now() < end) await sleep(50);
    for (const pid of family) if (readProcess(pid)) signal(pid, 'SIGKILL');
    // It has its ports until the system has cleared it away.
    while (!isGone() && performance.now() < end + killLimitMs) await sleep(50);
  }
  killLeftovers(config, name);
  removePid(config, name);
  return running !== undefined;
}

/** Ends a service as a crash would, by SIGKILL to its main process alone: for fault tests. */
export function killService(config: Config, name: ServiceName): void {
  const running = runningProcess(config, name);
  if (!running) throw new OperatorError('NOT_RUNNING', `${name} does not run`);
  signal(running.pid, 'SIGKILL');
}

/**
 * The processes of a service, or what is left of them when it has died; none when it was not started. Services that it has started
 * itself, as the supervisor does, are not among them.
 */
export function familyOfService(
  config: Config,
  name: ServiceName,
  processes: readonly ProcessInfo[] = listProcesses(),
): ProcessInfo[] {
  const written = readPid(config, name);
  if (!written) return [];
  const others = new Set(serviceNames.filter((other) => other !== name).map((other) => readPid(config, other)?.pid));
  return familyOf(
    written.pid,
    processes.filter(({ pid }) => !others.has(pid)),
  );
}

/** Ends what a service that died has left in its process group. */
function killLeftovers(config: Config, name: ServiceName): void {
  const written = readPid(config, name);
  if (!written) return;
  // A group keeps its number as long as a process is in it, and no new process gets that number.
  const leader = readProcess(written.pid);
  if (leader && leader.startTime !== written.startTime) return;
  for (const { pid, startTime } of familyOfService(config, name)) {
    if (startTime >= written.startTime) signal(pid, 'SIGKILL');
  }
}
