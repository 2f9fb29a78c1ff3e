/** What both forms do with a round: batches of it, some at once. */

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
