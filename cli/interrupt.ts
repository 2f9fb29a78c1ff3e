/** Ctrl-C as a signal to end the work in good order. */

const controllers = new Set<AbortController>();

/** Aborts at the first SIGINT or SIGTERM, and where nobody reads the output any more; a second signal ends the process as usual. */
export function interruptSignal(): AbortSignal {
  const controller = new AbortController();
  controllers.add(controller);
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => controller.abort());
  return controller.signal;
}

/** Aborts what has asked for a signal; false where nothing has. May be called again. */
export function interruptAll(): boolean {
  for (const controller of controllers) controller.abort();
  return controllers.size > 0;
}

/**
 * For work that may be cut off anywhere, and is gone on with by calling it again: says so, and exits with 130, as shells have it for SIGINT. Answers with a
 * function that takes this back.
 */
export function exitOnInterrupt(sentence: string): () => void {
  function exit(): void {
    // Progress hides the cursor (DECTCEM).
    if (process.stderr.isTTY) process.stderr.write('\x1b[?25h');
    console.error(`orderflow: interrupted: ${sentence}`);
    process.exit(130);
  }
  process.once('SIGINT', exit);
  return () => void process.off('SIGINT', exit);
}
