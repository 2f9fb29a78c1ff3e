/** What others have written to the topics that a backfill reads beside the orders. */
import { expect, test } from 'vitest';
import { paneIn } from '../../backfill/compare.js';
import { placeSetAside } from '../../backfill/set-aside.js';
import { deadLetterCodec, v1 } from '../../proto/messages.js';
import { toAggregatedOrder } from '../../transforms/aggregator.js';

const noMessages = [null, new Uint8Array(0), Buffer.from('ffffff', 'hex')];
const minute = 60_000;
const windows = { from: 0, to: 60 * minute };

test('what is no pane is passed over, and so is one of another size or time', () => {
  const pane = (start: number, size: number) =>
    toAggregatedOrder('L 1', { orders: 2, items: 3, amounts: { EUR: 4 } }, { start, end: start + size }, 0).value;
  expect(paneIn(pane(minute, minute), windows, 60)).toEqual([
    `${minute} L 1`,
    { orders: 2, items: 3, amounts: { EUR: 4 }, revision: 0 },
  ]);
  for (const value of [...noMessages, pane(minute, 2 * minute), pane(windows.to, minute)])
    expect(paneIn(value, windows, 60)).toBeUndefined();
});

test('what is no letter is passed over, and so is one of another step, topic or reason', () => {
  const letterOf = (changes: Partial<v1.IDeadLetter> = {}) => {
    const reason = v1.DeadLetterReason.PROCESSING_FAILED;
    const letter = { topic: 'enriched_order~2', partition: 1, offset: 7, step: 'aggregator', reason, ...changes };
    return deadLetterCodec.encode(v1.DeadLetter.create(letter));
  };
  const place = (value: Uint8Array | null) => placeSetAside({ value }, 'enriched_order~2');
  expect(place(letterOf())).toBe('1@7');
  const others = [{ step: 'router' }, { topic: 'enriched_order' }, { reason: v1.DeadLetterReason.TOO_LATE }];
  for (const value of [...noMessages, ...others.map(letterOf)]) expect(place(value)).toBeUndefined();
});
