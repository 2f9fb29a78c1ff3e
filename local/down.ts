/** Stops the local stack. */
import { join } from 'node:path';
import type { ListrTask } from 'listr2';
import type { Config } from '../config.js';
import { stopService } from './lifecycle.js';
import { withLock } from './lock.js';
import { runningProcess } from './pid-file.js';
import { type Progress, runTasks } from './progress.js';
import type { ServiceName } from './service.js';
import { services } from './services.js';
import { launchMs } from './up.js';

/**
 * Stops the local services that run (all, or those named by `only`), with all their processes, in the reverse order of the table: the
 * workers before what they talk to. Resolves to the names of those that ran. May be called again.
 */
export async function down(
  config: Config,
  { only, progress = 'list' }: { only?: readonly ServiceName[]; progress?: Progress } = {},
): Promise<readonly ServiceName[]> {
  // It would start again what is stopped, and may be at it.
  const isWhole = !only || only.includes('supervisor');
  const hadSupervisor = isWhole && (await stopService(config, 'supervisor'));
  return withLock(join(config.home, 'run'), { waitMs: launchMs }, async () => {
    const chosen = services.filter((service) => !only || only.includes(service.name)).toReversed();
    const stopped = chosen.map((service) => service.name).filter((name) => runningProcess(config, name));
    const tasks = chosen.map(({ name }): ListrTask => ({
      title: `stop ${name}`,
      task: async () => void (await stopService(config, name)),
    }));
    await runTasks(tasks, { progress, concurrent: false });
    return hadSupervisor ? ['supervisor' as const, ...stopped] : stopped;
  });
}
