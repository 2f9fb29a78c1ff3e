/** Ctrl-C before a demonstration was at its end. */
import { OperatorError } from '../errors.js';

/** Exit status 130, as shells have it for SIGINT. */
export class DemoInterrupted extends OperatorError {
  constructor(options?: { cause: unknown }) {
    super('INTERRUPTED', 'interrupted before all orders were accounted for: run it again', {
      ...options,
      exitCode: 130,
    });
  }
}
