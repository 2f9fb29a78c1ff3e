/** THE table of the faults: what is done to the stack, and how long it may take until orders move again. */
import type { Config } from '../config.js';
import type { Random } from '../generator/random.js';
import type { ServiceName } from '../local/service.js';
import { killInCheckpoint, killServices, killWorker, misbehave, refuseConnections } from './strikes.js';

/** What a fault is done with. */
export interface StrikeContext {
  readonly config: Config;
  /** Seeded: the same seed chooses the same victims, in the order of the table. */
  readonly random: Random;
}

/** A fault that was done. */
export interface Struck {
  /** When, in ms since the epoch. */
  readonly at: number;
  /** What was hit, in a few words. */
  readonly target: string;
  /** The services that were killed. */
  readonly services: readonly ServiceName[];
  /** Ends a fault that lasts; those that are over at once have none. */
  readonly heal?: () => Promise<void>;
}

export interface Fault {
  readonly name: string;
  /** From the fault, or from its end where it lasts, until orders move again: in s, at most. */
  readonly limitSeconds: number;
  strike(context: StrikeContext): Promise<Struck>;
}

const service = (name: ServiceName): Fault => ({
  name,
  limitSeconds: 60,
  strike: ({ config }) => killServices(config, [name]),
});

const killable = [
  'worker-pool',
  'taskmanager',
  'jobmanager',
  'job-server',
  'expansion-service',
  'kafka',
  'postgres',
] as const satisfies readonly ServiceName[];

const pair = (name: string): Fault => ({
  name,
  limitSeconds: 60,
  strike: ({ config, random }) => {
    const first = random.pick(killable);
    return killServices(config, [first, random.pick(killable.filter((other) => other !== first))]);
  },
});

export const faults: readonly Fault[] = [
  { name: 'worker', limitSeconds: 30, strike: killWorker },
  ...killable.map(service),
  { name: 'in a checkpoint', limitSeconds: 60, strike: killInCheckpoint },
  { name: 'partner refuses connections', limitSeconds: 60, strike: refuseConnections },
  { name: 'partner times out', limitSeconds: 60, strike: misbehave({ delayMs: 5_000 }) },
  { name: 'partner answers 500', limitSeconds: 60, strike: misbehave({ status: 500 }) },
  { name: 'partner is slow', limitSeconds: 60, strike: misbehave({ delayMs: 1_000 }) },
  { name: 'answers lost after effect', limitSeconds: 60, strike: misbehave({ drop: 'after', share: 0.5 }) },
  pair('a pair at once'),
  pair('another pair at once'),
];
