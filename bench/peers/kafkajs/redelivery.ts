/** Tries parked deliveries again, on a timer of the process's own. */
import { setTimeout as sleep } from 'node:timers/promises';
import { describeError } from '../../../errors.js';
import { createStageFunctions, type StageDependencies } from '../../../pipelines/stage-functions.js';
import { redeliveryFunction } from '../../../model/stages.js';
import type { StepOutput } from '../../../transforms/step/step.js';
import { endProcess } from '../process-end.js';
import { outgoingOf, uncounted } from '../records.js';
import type { Writer } from '../writer.js';

export interface Ticking {
  /** Resolves when the tick that is under way has ended. */
  close(): Promise<void>;
}

/**
 * One tick after the other, `everyMs` apart. A tick that fails comes again with the next. Dead letters that cannot be written end the process: the
 * redeliverer takes those for written that it has answered, as long as it lives.
 */
export function tick(dependencies: StageDependencies, writer: Writer, everyMs: number): Ticking {
  const redeliver = createStageFunctions[redeliveryFunction](dependencies);
  const over = new AbortController();
  async function run(): Promise<void> {
    while (!over.signal.aborted) {
      const outputs = await redeliver([undefined as never], uncounted).catch((error: unknown) => {
        console.error(`parked deliveries were not tried again: ${describeError(error)}`);
        return [];
      });
      await writer.write((outputs.flat() as StepOutput[]).flatMap(outgoingOf));
      await sleep(everyMs, undefined, { signal: over.signal }).catch(() => {});
    }
  }
  const ended = run().catch(endProcess);
  return {
    async close() {
      over.abort();
      await ended;
    },
  };
}
