/** What is missing or doubled: all of it counted, and as much of it named as anybody reads. Pure. */
import type { Problem } from './report.js';

/** Where all orders of a week are under way, naming each would take more memory than accounting for them. */
export const mostNamed = 10_000;

export function createProblems() {
  const list: Problem[] = [];
  const totals: Record<Problem['kind'], number> = { lost: 0, doubled: 0, unrecorded: 0 };
  let count = 0;
  return {
    /** By where their records stand, and by name: buckets are in no order. */
    sorted: (): Problem[] => list.sort((a, b) => compare(placeOf(a), placeOf(b))),
    /** `name` is asked only where it is named. */
    add(problem: Problem, name?: () => Partial<Problem>): void {
      count += 1;
      totals[problem.kind] += problem.count;
      if (list.length < mostNamed) list.push(name ? named(problem, name()) : problem);
    },
    count: () => count,
    leftOut: () => count - list.length,
    /** Of orders or records. */
    total: (kind: Problem['kind']) => totals[kind],
  };
}

const placeOf = ({ position = '', orderId = '', window = '' }: Problem): readonly [number, number, string] => {
  const [partition, offset] = position.split('@').map(Number);
  return position === '' ? [Infinity, 0, window + orderId] : [partition!, offset!, ''];
};

function compare(a: readonly [number, number, string], b: readonly [number, number, string]): number {
  if (a[0] !== b[0]) return a[0] < b[0] ? -1 : 1;
  return a[1] - b[1] || (a[2] < b[2] ? -1 : Number(a[2] > b[2]));
}

const named = ({ kind, count, what, ...more }: Problem, name: Partial<Problem>): Problem => ({
  kind,
  count,
  ...name,
  ...more,
  what,
});
