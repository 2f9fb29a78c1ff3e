/** Makes one call of those that come while another is under way. */

interface Call<Item, Answer> {
  readonly items: readonly Item[];
  readonly resolve: (answers: readonly Answer[]) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * The work, which answers for each item in their order; the items of calls that wait go to it together, `most` of them at once unless a single
 * call has more, and one call is under way at a time. Those that went together fail together.
 */
export function coalesce<Item, Answer>(
  work: (items: readonly Item[]) => Promise<readonly Answer[]>,
  most: number,
): (items: readonly Item[]) => Promise<Answer[]> {
  let waiting: Call<Item, Answer>[] = [];
  let isUnderWay = false;

  function takeCalls(): Call<Item, Answer>[] {
    let count = 0;
    const end = waiting.findIndex(({ items }, index) => (count += items.length) > most && index > 0);
    const calls = end < 0 ? waiting : waiting.slice(0, end);
    waiting = waiting.slice(calls.length);
    return calls;
  }

  async function workOff(): Promise<void> {
    isUnderWay = true;
    while (waiting.length > 0) {
      const calls = takeCalls();
      try {
        const answers = await work(calls.flatMap(({ items }) => items));
        let at = 0;
        for (const { items, resolve } of calls) resolve(answers.slice(at, (at += items.length)));
      } catch (error) {
        for (const { reject } of calls) reject(error);
      }
    }
    isUnderWay = false;
  }

  return (items) =>
    new Promise((resolve, reject) => {
      waiting.push({ items, resolve: (answers) => resolve([...answers]), reject });
      if (!isUnderWay) void workOff();
    });
}
