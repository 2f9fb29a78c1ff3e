/** When a process is to end. */
import { once } from 'node:events';

/** Resolves at the first SIGTERM or SIGINT. */
export const untilSignal = (): Promise<unknown> => Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')]);
