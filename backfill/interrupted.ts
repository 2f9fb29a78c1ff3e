/** Ctrl-C while a backfill writes. */
import { OperatorError } from '../errors.js';

/** Fails with INTERRUPTED where it is asked for, and says what is written by then. */
export function requireGoingOn(signal: AbortSignal, panes = 0): void {
  if (!signal.aborted) return;
  const written =
    panes > 0 ? `${panes} panes are written, and running it again writes the rest` : 'nothing was written';
  throw new OperatorError('INTERRUPTED', `interrupted: ${written}`, { exitCode: 130 });
}
