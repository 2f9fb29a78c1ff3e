/** What a fault is done with, and what is known of one that was done. */
import type { Config } from '../config.js';
import type { Random } from '../generator/random.js';
import type { ServiceName } from '../local/service.js';

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
  /** What `orderflow status` said of it, where it was asked. */
  readonly said?: string;
  /** Ends a fault that lasts; those that are over at once have none. */
  readonly heal?: () => Promise<void>;
}
