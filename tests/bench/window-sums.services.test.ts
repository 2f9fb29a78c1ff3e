/** The sums of the kafkajs contestants hold each record once, however often it comes, and whoever brings it. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeTables } from '../../bench/peers/kafkajs.js';
import { openWindowSums, type WindowSums } from '../../bench/peers/kafkajs/window-sums.js';
import type { Config } from '../../config.js';
import { up } from '../../local/up.js';
import type { KafkaRecord } from '../../model/record.js';
import { aggregatedOrderCodec } from '../../proto/messages.js';
import { localStack, removeLocalStack } from '../local-stack.js';

let config: Config;
let sums: WindowSums;
beforeAll(async () => {
  config = await localStack();
  await up(config, { only: ['postgres'], progress: 'silent' });
  await makeTables(config);
  sums = openWindowSums(config);
});
afterAll(async () => {
  await sums.close();
  await removeLocalStack(config);
});

const record = (offset: number): KafkaRecord => {
  return { topic: 'enriched_order', partition: 1, offset, timestamp: 0, key: null, value: null };
};

/** Each record is an order of one item for 5 euros. */
const inputsOf = async (records: readonly KafkaRecord[]) =>
  records.map(() => ({ toLocationId: 'BER-1', createdAt: 61_000, orders: 1, items: 1, amounts: { EUR: 5 } }));

async function ordersAfter(offsets: readonly number[], by = sums, inputs: typeof inputsOf = inputsOf) {
  const panes = await by.panesOf(offsets.map(record), inputs);
  return panes.map(({ value }) => {
    const { orders, items, amounts } = aggregatedOrderCodec.decode(value);
    return [Number(orders), Number(items), Number(amounts[0]!.minorUnits)];
  });
}

test('counts new records, and makes the pane of old ones again', async () => {
  expect(await ordersAfter([3, 4])).toEqual([[2, 2, 10]]);
  expect(await ordersAfter([3, 4])).toEqual([[2, 2, 10]]);
  expect(await ordersAfter([4, 5])).toEqual([[3, 3, 15]]);
});

test('sums nothing of a round during which another member summed the same records', async () => {
  const other = openWindowSums(config);
  const inTheMiddle = async (records: readonly KafkaRecord[]) => {
    if (records.length > 0) await ordersAfter([10], other);
    return inputsOf(records);
  };
  await expect(ordersAfter([10], sums, inTheMiddle)).rejects.toThrow('another member');
  await other.close();
  expect(await ordersAfter([10])).toEqual([[4, 4, 20]]);
});
