/** Starts what is missing of the local stack. */
import { join } from 'node:path';
import type { ListrTask } from 'listr2';
import type { Config } from '../config.js';
import { makeSecrets } from './authority.js';
import { hasClassPath, resolveClassPath } from './class-path.js';
import { findJavaHome } from './java.js';
import { findService, startService } from './lifecycle.js';
import { withLock } from './lock.js';
import { checkMaven } from './maven.js';
import { checkPaths } from './paths.js';
import { type Progress, runTasks } from './progress.js';
import { reloadPostgres } from './postgres.js';
import type { AddOn, ClassPathName, Service, ServiceName } from './service.js';
import { localServices, services } from './services.js';

export interface UpResult {
  /** The services that were not running before. */
  readonly started: readonly ServiceName[];
  /** Downloads and checks of what must be there beforehand, in seconds. */
  readonly setupSeconds: number;
  /** From then until the last service answered, in seconds. */
  readonly startSeconds: number;
}

/** The supervisor holds the lock while it starts a process, in ms at most. */
export const launchMs = 10_000;

const jarTitles: Readonly<Record<ClassPathName, string>> = {
  kafka: "Kafka's jars",
  flink: "Flink's and Beam's jars",
  druid: "Druid's jars",
  spark: "Spark's jars, and Beam's for it",
};

export interface UpOptions {
  /** Only these services, and what they need. */
  readonly only?: readonly ServiceName[];
  /** Beside the services that are always there, those of these parts. */
  readonly addOns?: readonly AddOn[];
  readonly progress?: Progress;
}

/**
 * Starts the local services that do not run (all but add-ons that were not asked for, or those named by `only` and what they need), as detached processes, and waits until each answers.
 * Safe to call again, and side by side with another one, which then fails with BUSY after a while. Fails with BAD_PATH, the OperatorErrors of
 * startService, and with NO_JDK, NO_MAVEN or MAVEN_FAILED; the services that came up stay up.
 */
export async function up(config: Config, { only, addOns = [], progress = 'list' }: UpOptions = {}): Promise<UpResult> {
  checkPaths(config);
  const wanted = only ? withNeeds(only) : usual(addOns);
  const chosen = localServices(config).filter(({ name }) => wanted.has(name));
  return withLock(join(config.home, 'run'), { waitMs: launchMs }, async () => {
    const begin = performance.now();
    await resolveJars(config, chosen, progress);
    await makeSecrets(config);
    reloadPostgres(config);
    const resolved = performance.now();
    const started: ServiceName[] = [];
    const task = (service: Service): ListrTask => ({
      title: `${service.name}: ${service.what}`,
      task: async (_context, task) => {
        if (await startService(config, service.name)) started.push(service.name);
        else task.title = `${task.title} (was up)`;
      },
    });
    const isSupervisor = ({ name }: Service) => name === 'supervisor';
    const supervisor = chosen.filter(isSupervisor).map(task);
    const tasks = chosen.filter((service) => !isSupervisor(service)).map(task);
    await runTasks(tasks, { progress, concurrent: true });
    // Last: what does not even start is an error here, and nothing to try again and again.
    await runTasks(supervisor, { progress, concurrent: true });
    return {
      started,
      setupSeconds: (resolved - begin) / 1000,
      startSeconds: (performance.now() - resolved) / 1000,
    };
  });
}

const usual = (addOns: readonly AddOn[]): ReadonlySet<ServiceName> =>
  new Set(services.filter(({ addOn }) => !addOn || addOns.includes(addOn)).map(({ name }) => name));

const withNeeds = (names: readonly ServiceName[]): ReadonlySet<ServiceName> =>
  new Set(names.flatMap((name) => [name, ...(findService(name).needs ?? [])]));

/** Downloads the jars that the services need and that are not there, one class path after another: they share Maven's cache. */
async function resolveJars(config: Config, chosen: readonly Service[], progress: Progress): Promise<void> {
  const runs = await Promise.all(chosen.map((service) => service.run(config)));
  const classPaths = new Set(runs.flatMap((run) => (run.kind === 'java' ? run.classPath : [])));
  if (classPaths.size === 0) return;
  const javaHome = await findJavaHome(config);
  const missing: ClassPathName[] = [];
  for (const name of classPaths) if (!(await hasClassPath(config, name))) missing.push(name);
  if (missing.length === 0) return;
  await checkMaven(config, javaHome);
  const tasks = missing.map((name): ListrTask => ({
    title: `${jarTitles[name]}, from Maven Central`,
    task: (_context, task) => resolveClassPath(config, name, (text) => (task.output = text)),
  }));
  await runTasks(tasks, { progress, concurrent: false });
}
