/** Laws of the account, for any histories. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { accountFor, ends, order, raw, traceOf, withPanes, type OrderEnd, type Trace } from './histories.js';

interface Life {
  readonly end: OrderEnd;
  readonly redeliveries: number;
}

const lives = fc.array(fc.record<Life>({ end: fc.constantFrom(...ends), redeliveries: fc.nat(2) }), {
  minLength: 1,
  maxLength: 12,
});

const idOf = (index: number) => `o-${index}`;

/** The traces of all lives, each in its own order. An order that the validator sets aside has no redeliveries. */
function tracesOf(all: readonly Life[]): Trace[][] {
  return all.map(({ end, redeliveries }, index) => [
    ...Array.from({ length: end === 'deadAtValidator' ? 0 : redeliveries }, () => raw(order(idOf(index)))),
    ...traceOf(order(idOf(index)), end, index),
  ]);
}

/** Interleaves the lists, keeping the order of each, as the numbers say. */
function interleave(lists: readonly Trace[][], choices: readonly number[]): Trace[] {
  const rest = lists.map((list) => [...list]);
  const result: Trace[] = [];
  for (let turn = 0; ; turn++) {
    const open = rest.filter((list) => list.length > 0);
    if (open.length === 0) return result;
    result.push(open[(choices[turn % choices.length] ?? 0) % open.length]!.shift()!);
  }
}

const choices = fc.array(fc.nat(1_000), { minLength: 1, maxLength: 50 });

test('consistent histories have nothing lost and nothing doubled, however they interleave', () => {
  fc.assert(
    fc.property(lives, choices, (all, order) => {
      const report = accountFor(withPanes(interleave(tracesOf(all), order)));
      const sum = Object.values(report.outcomes).reduce((total, count) => total + count, 0);
      expect(report).toMatchObject({ lost: 0, duplicated: 0, reconciled: true, problems: [], orders: all.length });
      expect(sum).toBe(report.raw);
    }),
  );
});

test('without the trace of its end, exactly that order is lost', () => {
  fc.assert(
    fc.property(lives, choices, fc.nat(), (all, order, chosen) => {
      const traces = tracesOf(all);
      const victim = chosen % all.length;
      traces[victim] = traces[victim]!.slice(0, -1);
      const report = accountFor(withPanes(interleave(traces, order)));
      expect(report.problems.filter(({ kind }) => kind === 'lost').map(({ orderId }) => orderId)).toEqual([
        idOf(victim),
      ]);
      expect(report).toMatchObject({ lost: 1, duplicated: 0, reconciled: false });
    }),
  );
});
