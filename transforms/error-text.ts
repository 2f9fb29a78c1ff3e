/** What is said of an error in a dead letter: enough to find the bug, and nothing of the order's values. */
import { basename } from 'node:path';
import type { StageName } from '../pipelines/stages.js';
import { RuleError } from './rules/rule.js';

/**
 * An error's kind, code, and the place it was thrown at, with the rule where it was one that failed. Not its message, which
 * may hold an order's values. Never throws.
 */
function describe(error: unknown): string {
  if (error instanceof RuleError) return `rule ${error.reason}: ${describe(error.cause)}`;
  if (!(error instanceof Error)) return 'something that is no Error was thrown';
  const code = (error as { code?: unknown }).code;
  const frame = /\n\s+at (?:.*\()?([^\n()]+:\d+):\d+\)?/.exec(error.stack?.replace(error.message, '') ?? '')?.[1];
  const kind = typeof code === 'string' && /^\w{1,40}$/.test(code) ? `${error.name} ${code}` : error.name;
  return frame ? `${kind} at ${basename(frame)}` : kind;
}

/** The text of a PROCESSING_FAILED. */
export const textOfFailure = (stage: StageName, error: unknown) => `${stage} failed on this record: ${describe(error)}`;
