/** What both forms do with a round: batches of it, some at once, and what their steps put out. */
import type { BatchContext } from '../../../beam/operators/batch-functions.js';
import type { TopicName } from '../../../model/topics.js';
import type { StepOutput } from '../../../transforms/step/step.js';
import type { Outgoing } from './writer.js';

/** Here nobody asks for the steps' counters. */
export const uncounted: BatchContext = { count() {} };

/** The answers of `work` to batches of at most `size`, of which `concurrency` are under way at once. Ends when all have, and rejects as the first that did. */
export async function inBatches<Item, Answer>(
  items: readonly Item[],
  { size, concurrency }: { readonly size: number; readonly concurrency: number },
  work: (batch: readonly Item[]) => Promise<readonly Answer[]>,
): Promise<Answer[]> {
  const starts = Array.from({ length: Math.ceil(items.length / size) }, (_, index) => index * size).values();
  const answers: Answer[] = [];
  const ended = await Promise.allSettled(
    Array.from({ length: concurrency }, async () => {
      for (const start of starts) answers.push(...(await work(items.slice(start, start + size))));
    }),
  );
  const broken = ended.find((one) => one.status === 'rejected');
  if (broken) throw broken.reason;
  return answers;
}

/** The record of an output with its topic. */
export const outgoingOf = (output: StepOutput): Outgoing[] =>
  Object.entries(output).map(([topic, record]) => ({ topic: topic as TopicName, record }));
