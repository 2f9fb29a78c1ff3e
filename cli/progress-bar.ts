/** How far a command is that takes long. */
import { SingleBar } from 'cli-progress';

export interface Progress {
  /** `of` names what is worked on, where there are several. */
  readonly update: (done: number, total: number, of?: string) => void;
  /** May be called again. */
  readonly stop: () => void;
}

/** Nothing is told elsewhere than on a terminal of what takes less, in ms. */
const quietMs = 5_000;

/** A bar on stderr, where a person sees it; a line every few seconds elsewhere. `what` is counted. */
export function showProgress(what: string): Progress {
  if (!process.stderr.isTTY) {
    let last = performance.now();
    const update: Progress['update'] = (done, total, of) => {
      if (performance.now() - last < quietMs) return;
      last = performance.now();
      console.error(`${of === undefined ? '' : `${of}: `}${done} of ${total} ${what}`);
    };
    return { update, stop: () => undefined };
  }
  const bar = new SingleBar({
    format: `{of}${what} {bar} {value}/{total} · {duration_formatted}`,
    hideCursor: true,
    gracefulExit: false,
    barsize: 30,
  });
  let isStarted = false;
  return {
    update(done, total, of) {
      const payload = { of: of === undefined ? '' : `${of} ` };
      if (!isStarted) bar.start(total, 0, payload);
      isStarted = true;
      bar.setTotal(total);
      bar.update(done, payload);
    },
    stop: () => bar.stop(),
  };
}
