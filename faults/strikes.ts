/** How each fault is done. */
import { existsSync, watch } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../config.js';
import { OperatorError } from '../errors.js';
import { listJobs } from '../flink/jobs.js';
import { down } from '../local/down.js';
import { killService } from '../local/lifecycle.js';
import type { ServiceName } from '../local/service.js';
import { up } from '../local/up.js';
import { workerPids } from '../local/workers.js';
import { type Behaviour, setPartnerBehaviour } from '../partner/behaviour.js';
import type { StrikeContext, Struck } from './strike.js';

/** `kill -9` to services, all at the same moment. */
export function killServices(config: Config, services: readonly ServiceName[]): Promise<Struck> {
  const at = Date.now();
  for (const name of services) killService(config, name);
  return Promise.resolve({ at, target: services.join(' and '), services });
}

/** `kill -9` to one of the worker processes. */
export function killWorker({ config, random }: StrikeContext): Promise<Struck> {
  const workers = workerPids(config);
  if (workers.length === 0) throw new OperatorError('NO_WORKER', 'the worker pool has no worker to kill');
  const pid = random.pick(workers);
  const at = Date.now();
  process.kill(pid, 'SIGKILL');
  return Promise.resolve({ at, target: `worker ${pid}, one of ${workers.length}`, services: [] });
}

/** How long one waits for a checkpoint that is cut in the middle, in checkpoint intervals. */
const patience = 10;

/**
 * `kill -9` to the TaskManager between the beginning of a job's checkpoint and its end: Flink makes the folder chk-N first, and
 * writes its file _metadata when all tasks have answered. One that was quicker than the kill is waited out for the next.
 */
export async function killInCheckpoint({ config, random }: StrikeContext): Promise<Struck> {
  const { id, name } = random.pick(await listJobs(config));
  const folder = join(config.home, 'flink', 'checkpoints', id);
  const over = AbortSignal.timeout(patience * config.checkpointMs);
  const struck = await new Promise<{ at: number; checkpoint: string }>((resolve, reject) => {
    const watcher = watch(folder, { signal: over }, (_event, file) => {
      if (!file?.startsWith('chk-') || !existsSync(join(folder, file))) return;
      if (existsSync(join(folder, file, '_metadata'))) return;
      killService(config, 'taskmanager');
      watcher.close();
      resolve({ at: Date.now(), checkpoint: file });
    });
    watcher.once('error', reject);
    over.addEventListener('abort', () => reject(new OperatorError('NO_CHECKPOINT', `${name} makes no checkpoints`)));
  });
  return {
    at: struck.at,
    target: `taskmanager, in ${struck.checkpoint} of ${name}`,
    services: ['taskmanager'],
  };
}

/** The stand-in partner behaves in some way until it is healed. */
export const misbehave =
  (behaviour: Partial<Behaviour>) =>
  async ({ config }: StrikeContext): Promise<Struck> => {
    await setPartnerBehaviour(config, behaviour);
    return {
      at: Date.now(),
      target: Object.entries(behaviour)
        .map(([name, value]) => `${name} ${value}`)
        .join(', '),
      services: [],
      heal: () => setPartnerBehaviour(config, {}),
    };
  };

/** Nobody listens at the partner's port until it is healed. */
export async function refuseConnections({ config }: StrikeContext): Promise<Struck> {
  const only = ['partner'] as const;
  await down(config, { only, progress: 'silent' });
  return {
    at: Date.now(),
    target: 'nobody listens',
    services: [],
    heal: async () => void (await up(config, { only, progress: 'silent' })),
  };
}
