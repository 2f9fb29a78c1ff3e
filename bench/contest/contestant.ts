/** What takes part in the contest: a system that carries orders from `raw_order` to all that follows, at the same promises. */
import { availableParallelism } from 'node:os';
import type { Config } from '../../config.js';
import type { ServiceName } from '../../local/service.js';
import type { ReferenceData } from '../../metastore/reference-data.js';

/**
 * The promises are those of docs/architecture.md: every topic of the stage table is written, the same claims and statuses are made in the
 * metastore, each order is delivered once, and after `kill -9` at any line nothing is lost and no effect is doubled. `orderflow reconcile` says
 * whether it was so.
 */
export interface Contestant {
  readonly name: string;
  /** In a few words, for the table. */
  readonly does: string;
  /** Orderflow's own, which the others are compared with. */
  readonly isOurs?: true;
  /** Under which it has its turns, where these are not those of all. */
  readonly conditions?: Conditions;
  /** What it needs of the local stack beside Kafka, PostgreSQL and the partner. */
  readonly services: readonly ServiceName[];
  /** Builds or installs what it needs, once; may be called again. Fails where that cannot be had. */
  prepare?(): Promise<void>;
  /**
   * Starts it on an empty stack with tables, reference data and topics: it reads each topic from its beginning. Resolves when it has begun to
   * read, or will within seconds.
   */
  start(arena: Arena): Promise<Running>;
}

export interface Conditions {
  /** Settings of the configuration. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Of the orders that others get as fast as possible, where all of them would take too long: 0.1, say. */
  readonly share?: number;
  /** Bytes of an order; see OrderOptions. */
  readonly orderBytes?: number;
  /** Reference data for the tables, and what of them orders are made of. Made for each turn: they may be large. */
  readonly reference?: () => { readonly tables: ReferenceData; readonly data: ReferenceData };
}

/** For those that do best with a process or thread for each core. */
export const perCore: Conditions = { settings: { ORDERFLOW_PARALLELISM: String(availableParallelism()) } };

export interface Arena {
  /** Where Kafka, PostgreSQL and the partner are; its parallelism is the number of subtasks, threads or processes of a stage. */
  readonly config: Config;
  /** For logs and state; there is nothing in it yet. */
  readonly folder: string;
}

export interface Running {
  /** The processes that it started itself: with their children, they are what it costs beside the services. */
  readonly pids: readonly number[];
  /** Resolves when all of them have ended. */
  stop(): Promise<void>;
}
