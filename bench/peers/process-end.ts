/** When a process of a peer ends. */
import { once } from 'node:events';
import { describeError } from '../../errors.js';

/** Resolves at the first SIGTERM or SIGINT. */
export const untilSignal = (): Promise<unknown> => Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')]);

/** What cannot go on is left to whoever starts the process again: it reads on from what was committed. */
export function endProcess(error: unknown): never {
  console.error(`cannot go on: ${describeError(error)}`);
  process.exit(1);
}
