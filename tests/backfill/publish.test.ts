/** Which windows get a pane, and of which revision: for good, for now, or none. */
import { describe, expect, it, test } from 'vitest';
import { differenceOf, type Compared, type Difference, type Held } from '../../backfill/compare.js';
import { closedAt, createPublish, revisionFor } from '../../backfill/publish.js';
import type { PaneRow } from '../../pipelines/backfill/folder.js';
import { aggregatedOrderCodec } from '../../proto/messages.js';

const minute = 60_000;
const config = { allowedLatenessMs: 60 * minute };

const sums = (orders: number) => ({ orders, items: 2 * orders, amounts: { EUR: 3 * orders } });
const rowOf = (orders: number, place = 'L'): PaneRow => ({
  ...{ toLocationId: place, windowStart: 0, windowEnd: minute },
  ...sums(orders),
});
const heldOf = (orders: number, revision = 0): Held => ({ ...sums(orders), revision });

/** A window of the sums, or one of the topic alone. */
function comparedOf(orders: number, held?: Held): Compared {
  const difference = orders === 0 ? 'superfluous' : differenceOf(sums(orders), held);
  return { difference, row: rowOf(orders), ...(held && { held }) };
}

const number = 7;
const none = undefined;
const closed = closedAt(minute, config);

test.each<[Difference, number, Held | undefined]>([
  ['missing', 2, undefined],
  ['missing', 2, heldOf(0, 3)],
  ['equal', 2, heldOf(2)],
  ['different', 2, heldOf(3)],
  ['different', 2, { ...heldOf(2), items: 5 }],
  ['different', 2, { ...heldOf(2), amounts: { EUR: 6, USD: 1 } }],
  ['different', 2, { ...heldOf(2), amounts: {} }],
])('a window is %s', (difference, orders, held) => {
  expect(differenceOf(sums(orders), held)).toBe(difference);
});

it('tells no amount from an amount of nothing', () => {
  expect(differenceOf(sums(2), { ...heldOf(2), amounts: { EUR: 6, USD: 0 } })).toBe('equal');
});

describe('the revision of the pane', () => {
  test.each([
    // orders, held, whole and closed, whole and open, partial and closed, partial and open
    ['missing', 2, undefined, 7, 0, 0, 0],
    ['missing, after a backfill that found nothing', 2, heldOf(0, 3), 7, none, none, none],
    ['equal', 2, heldOf(2), none, none, none, none],
    ['more than is held', 3, heldOf(2), 7, 0, 0, 0],
    ['fewer than are held', 2, heldOf(3), 7, none, none, none],
    ['as many, and other sums', 2, { ...heldOf(2), items: 9 }, 7, 0, 0, 0],
    ['more than a backfill held', 3, heldOf(2, 3), 7, none, none, none],
    ['less than a later backfill held', 2, heldOf(3, 8), none, none, none, none],
    ['superfluous', 0, heldOf(2), 7, none, none, none],
  ] as const)('%s', (_what, orders, held, ...expected) => {
    const compared = comparedOf(orders, held);
    const cases = [
      { isWhole: true, at: closed },
      { isWhole: true, at: closed - 1 },
      { isWhole: false, at: closed },
      { isWhole: false, at: closed - 1 },
    ];
    expect(cases.map((each) => revisionFor(compared, { number, ...each }, config))).toEqual(expected);
  });
});

describe('an interrupt', () => {
  const many = Array.from({ length: 2_500 }, (_, index): Compared => ({
    difference: 'missing',
    row: rowOf(1, `L-${index}`),
  }));

  function publishing(abortAfter: number) {
    const abort = new AbortController();
    const sent: number[] = [];
    if (abortAfter === 0) abort.abort();
    const publish = createPublish(
      config,
      { number, at: closed, isWhole: true },
      {
        signal: abort.signal,
        async send(messages) {
          sent.push(messages.length);
          if (sent.length === abortAfter) abort.abort();
        },
      },
    );
    return { sent, publish };
  }

  it('before the first pane says that nothing was written', async () => {
    const { sent, publish } = publishing(0);
    const message = 'interrupted: nothing was written';
    await expect(publish(many)).rejects.toMatchObject({ code: 'INTERRUPTED', exitCode: 130, message });
    expect(sent).toEqual([]);
  });

  it('in the midst of the panes says how many are written', async () => {
    const { sent, publish } = publishing(3);
    await publish(many.slice(0, 10));
    const message = 'interrupted: 2010 panes are written, and running it again writes the rest';
    await expect(publish(many)).rejects.toMatchObject({ code: 'INTERRUPTED', exitCode: 130, message });
    expect(sent).toEqual([10, 1_000, 1_000]);
  });

  it('after the last pane changes nothing', async () => {
    const { sent, publish } = publishing(3);
    expect(await publish(many)).toBe(2_500);
    expect(sent).toEqual([1_000, 1_000, 500]);
  });
});

it('writes what the window has, with its revision', async () => {
  const values: Uint8Array[] = [];
  const publish = createPublish(
    config,
    { number, at: closed, isWhole: true },
    {
      signal: new AbortController().signal,
      send: async (messages) => void values.push(...messages.map(({ value }) => value as Uint8Array)),
    },
  );
  expect(await publish([comparedOf(2, heldOf(2)), comparedOf(2, heldOf(5))])).toBe(1);
  expect(values.map((value) => aggregatedOrderCodec.decode(value))).toMatchObject([
    { toLocationId: 'L', orders: 2, items: 4, paneIndex: -7, revision: 7 },
  ]);
});
