/** What a ledger counts, and where it keeps it. */
import type { TopicPosition } from '../kafka/topic-reader.js';
import type { Storage } from './storage.js';

export interface LedgerOptions {
  /** What the validator takes; a larger value is no order. */
  readonly maxOrderBytes: number;
  readonly windowSeconds: number;
  /** What dead letters call the raw_order that is read (model/incarnation.ts). Default: its name. */
  readonly rawTopic?: () => string;
  /** The first offset of each partition of raw_order that counts; those that are missing count from 0. */
  readonly from?: TopicPosition;
  /** Records of raw_order from before that time (ms) do not count. */
  readonly publishedSince?: number;
  /** Default: in memory. */
  readonly storage?: Storage;
}
