/** Ctrl-C as a signal to end the work in good order. */

/** Aborts at the first SIGINT or SIGTERM; a second one ends the process as usual. */
export function interruptSignal(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => controller.abort());
  return controller.signal;
}
