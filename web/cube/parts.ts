/** The parts of the system that the page reads from, and what is said of one that does not answer. */
import type { Config } from '../../config.js';
import { OperatorError } from '../../errors.js';
import type { Pool } from '../../metastore/connection.js';

/** What the page reads from: Druid and the others as the configuration has them, the metastore through its connections. */
export interface Parts {
  readonly config: Config;
  readonly pool: Pool;
}

/** The sentence about a part that does not answer. Other errors are thrown on. */
export function problemOf(error: unknown): string {
  if (error instanceof OperatorError) return error.message;
  throw error;
}
