/** Records of a topic that was deleted and made anew: none of them is one of before, wherever it stands. */
import { expect, test } from 'vitest';
import { createInMemoryMetastore } from '../../metastore/in-memory.js';
import type { KafkaRecord } from '../../model/record.js';
import { headersOf } from '../../model/release.js';
import { deadLetterCodec } from '../../proto/messages.js';
import { createAggregationInput } from '../../transforms/aggregator.js';
import { nameOfElement } from '../../transforms/step/element-name.js';
import { createValidator } from '../../transforms/validator.js';
import { noReferenceData } from './delivery-fixtures.js';
import { anOrder, clock, counting, enrichedRecord, HOUR, rawRecord, shop, warehouse } from './fixtures.js';
import { ofPlain } from './vaults.js';

const reference = { ...noReferenceData, locations: [warehouse, shop] };
const { context } = counting();
const anew = (record: KafkaRecord): KafkaRecord => ({ ...record, topic: `${record.topic}~2` });
const topicsOf = (outputs: readonly (readonly object[])[]) => outputs.map((list) => list.flatMap(Object.keys));

function aValidator() {
  const metastore = createInMemoryMetastore(reference, clock);
  const validate = createValidator({ metastore, maxOrderBytes: 10_000, ...ofPlain });
  return { metastore, run: (record: KafkaRecord) => validate([record], context) };
}

function anAggregator() {
  const aggregate = createAggregationInput({
    metastore: createInMemoryMetastore(reference, clock),
    allowedLatenessMs: 24 * HOUR,
  });
  return async (record: KafkaRecord) => topicsOf(await aggregate([record], context));
}

test('what was claimed before stays claimed: the same message in the same place is a redelivery', async () => {
  const { run } = aValidator();
  const record = rawRecord(anOrder(), 5);
  expect(topicsOf(await run(record))).toEqual([['valid_order']]);
  expect(topicsOf(await run(anew(record)))).toEqual([[]]);
  expect(topicsOf(await run(record))).toEqual([['valid_order']]);
});

test('an order in the same place counts no second time', async () => {
  const count = anAggregator();
  const record = enrichedRecord(anOrder(), 5);
  expect(await count(record)).toEqual([['aggregate']]);
  expect(await count(anew(record))).toEqual([[]]);
});

test('two records that were set aside in the same place are two dead letters, each with its line', async () => {
  const { metastore, run } = aValidator();
  await run(rawRecord(anOrder(), 5));
  const other = rawRecord(anOrder({ customerId: 'c-2' }), 6);
  const letters = [await run(other), await run(anew(other))].flat(2).map(({ dead_letter: letter }) => {
    const { topic, partition, offset } = deadLetterCodec.decode(letter!.value);
    return `${topic} ${partition}@${offset}`;
  });
  expect(letters).toEqual(['raw_order 1@6', 'raw_order~2 1@6']);
  const lines = metastore.history.filter(({ status }) => status === 'DEAD_LETTERED');
  expect(lines.map(({ about }) => about)).toEqual(['1@6', '1@6~2']);
});

test('what was set aside before is released to the topic that there is now', async () => {
  const count = anAggregator();
  const record = enrichedRecord(anOrder(), 5);
  await count(record);
  const headers = headersOf('enriched_order/1/5/aggregator/1');
  expect(await count({ ...anew(record), offset: 0, headers })).toEqual([['aggregate']]);
  // It has taken over the claim of its record.
  expect(await count(record)).toEqual([[]]);
});

test('an error names the order of a record', () => {
  expect(nameOfElement(anew(rawRecord(anOrder({ orderId: 'o-7' }), 5)))).toBe('order o-7 (raw_order~2 1@5)');
});
