/**
 * The time that a batch has. Whoever runs the batch states it once, and whoever asks a server meanwhile, however deep below,
 * takes no more than what is left: node's own AsyncLocalStorage hands it down.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { PublicError } from '../errors.js';

/** Milliseconds within which a batch's call ends, whatever happens: a checkpoint waits for the batches under way. */
export const batchMillis = 5_000;

/** By the clock of `performance.now`. */
const endsAt = new AsyncLocalStorage<number>();

/** A call that had no time left. */
export class DeadlineError extends PublicError {
  readonly code = 'DEADLINE_EXCEEDED';
  constructor() {
    super('no time was left in the batch');
  }
}

/** Runs the work with that many milliseconds, or with what is left where that is less. What it answers or throws is the work's. */
export function withinMillis<T>(millis: number, work: () => T): T {
  return endsAt.run(performance.now() + Math.min(millis, millisLeft()), work);
}

/** What is left of the time, in milliseconds, 0 or less when it is over; Infinity where nobody has set an end. */
export function millisLeft(): number {
  const end = endsAt.getStore();
  return end === undefined ? Infinity : end - performance.now();
}

/** The answer, or a DeadlineError after so many milliseconds. What was asked goes on, and its late answer is given to `onLate`. */
export async function orDeadline<T>(millis: number, answer: Promise<T>, onLate: (late: T) => void): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  let isLate = false;
  const over = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      isLate = true;
      reject(new DeadlineError());
    }, millis);
  });
  void answer.then(
    (value) => isLate && onLate(value),
    () => undefined,
  );
  return Promise.race([answer, over]).finally(() => clearTimeout(timer));
}
