/** The fused stages: the same outputs and lines as one after the other, of which each stage knows its own. */
import { describe, expect, test } from 'vitest';
import { createInMemoryMetastore } from '../../metastore/in-memory.js';
import type { ReferenceData } from '../../metastore/reference-data.js';
import { contentOf, type KafkaRecord, type OutgoingRecord } from '../../model/record.js';
import { headersOf, releaseOf, releaseTopicOf } from '../../model/release.js';
import { stageByName, type StageName } from '../../model/stages.js';
import { fusedStages } from '../../model/fusion.js';
import { createFusedFunction, createStageFunctions, type StageDependencies } from '../../pipelines/stage-functions.js';
import { deadLetterCodec, orderCodec } from '../../proto/messages.js';
import type { StepOutput } from '../../transforms/step/step.js';
import { aPartnerThat, noReferenceData, notTaken, retryPolicy } from '../transforms/delivery-fixtures.js';
import { NOW, aRecord, anOrder, clock, plain, rawRecord, shop, warehouse } from '../transforms/fixtures.js';
import { ofPlain } from '../transforms/vaults.js';

const reference: ReferenceData = {
  ...noReferenceData,
  locations: [warehouse, shop, { locationId: 'L-MOON', name: 'Moon', region: 'MOON' }],
  routes: [
    { orderType: 'STANDARD', destination: shop.region, route: 'EXTERNAL', partnerId: 'P1' },
    { orderType: 'STANDARD', destination: warehouse.region, route: 'INTERNAL' },
  ],
  leadTimes: [warehouse, shop, { region: 'MOON' }].flatMap((from) =>
    [warehouse, shop, { region: 'MOON' }].map((to) => ({ fromRegion: from.region, toRegion: to.region, minutes: 60 })),
  ),
  cancelledOrders: ['o-cancelled'],
};

function aMetastore(data = reference) {
  const metastore = createInMemoryMetastore(data, clock);
  const history = () =>
    metastore.history.map(({ status, orderId, recordedBy, detail, about = '' }) =>
      [orderId, recordedBy, status, detail, about].join(' ').trim(),
    );
  return { metastore, history };
}

const dependencies = (metastore: StageDependencies['metastore']): StageDependencies => ({
  metastore,
  partner: { ...aPartnerThat(() => notTaken('HTTP 503')), close: async () => undefined },
  clock,
  maxOrderBytes: 900_000,
  allowedLatenessMs: 86_400_000,
  ...ofPlain,
  retry: retryPolicy,
});

/** A context that keeps who counted what. */
function counting() {
  const counts: Record<string, number> = {};
  const count = (counter: string, by = 1, part = '') => {
    const key = `${part} ${counter}`;
    counts[key] = (counts[key] ?? 0) + by;
  };
  return { counts, context: { count } };
}

const orders = [
  anOrder({ orderId: 'o-external', messageId: 'm-1' }),
  anOrder({ orderId: 'o-internal', messageId: 'm-2', toLocationId: 'L1' }),
  anOrder({ orderId: 'o-cancelled', messageId: 'm-3' }),
  anOrder({ orderId: 'o-unrouted', messageId: 'm-4', toLocationId: 'L-MOON' }),
  anOrder({ orderId: 'o-external', messageId: 'm-5' }),
];
const records: KafkaRecord[] = [
  ...orders.map((order, at) => rawRecord(order, at)),
  aRecord('raw_order', new Uint8Array(0), orders.length),
  // A redelivery.
  rawRecord(orders[0]!, orders.length + 1),
];

const written = (outputs: readonly (readonly StepOutput[])[]) =>
  outputs.flat().flatMap((output) =>
    Object.entries(output).map(([topic, { key, value }]: [string, OutgoingRecord]) => ({
      topic,
      key: plain(key),
      value: plain(value),
    })),
  );

/** The stages one after the other, with topics in between. */
async function oneByOne(metastore: StageDependencies['metastore']) {
  const all: StepOutput[] = [];
  let input: readonly KafkaRecord[] = records;
  for (const [index, stage] of fusedStages.entries()) {
    const step = createStageFunctions[stage](dependencies(metastore)) as unknown as (
      ...of: unknown[]
    ) => Promise<StepOutput[][]>;
    const outputs = (await step(input, counting().context)).flat();
    all.push(...outputs);
    const next = fusedStages[index + 1];
    if (!next) break;
    const topic = stageByName(next).input;
    input = outputs.flatMap((output, offset) =>
      output[topic] ? [{ topic, partition: 0, offset, timestamp: NOW, ...output[topic] }] : [],
    );
  }
  return written([all]);
}

const fused = (metastore: StageDependencies['metastore']) => createFusedFunction(() => dependencies(metastore));
const sorted = (list: readonly { topic: string }[]) => list.map((record) => JSON.stringify(record)).sort();

test('writes and records what the stages do one by one', async () => {
  const [together, apart] = [aMetastore(), aMetastore()];
  const outputs = written(await fused(together.metastore)(records, counting().context));
  const others = await oneByOne(apart.metastore);
  const letters = (list: typeof outputs) => list.filter(({ topic }) => topic === 'dead_letter').length;
  // Dead letters name another place.
  const rest = (list: typeof outputs) => sorted(list.filter(({ topic }) => topic !== 'dead_letter'));
  expect(rest(outputs)).toEqual(rest(others));
  expect(letters(outputs)).toBe(letters(others));
  expect(together.history().sort()).toEqual(apart.history().sort());
});

test('answers each record with its own outputs, and the same ones again', async () => {
  const { metastore, history } = aMetastore();
  const outputs = await fused(metastore)(records, counting().context);
  const topics = outputs.map((list) => list.flatMap((output) => Object.keys(output)));
  expect(topics).toEqual([
    ['valid_order', 'enriched_order', 'external_order'],
    ['valid_order', 'enriched_order', 'internal_order'],
    ['rejected_order'],
    ['valid_order', 'enriched_order', 'dead_letter'],
    ['rejected_order'],
    ['dead_letter'],
    [],
  ]);
  const lines = history();
  const again = await fused(metastore)(records, counting().context);
  expect(written(again)).toEqual(written(outputs));
  expect(history()).toEqual(lines);
});

test('counts each stage for itself', async () => {
  const { counts, context } = counting();
  await fused(aMetastore().metastore)(records, context);
  expect(counts).toMatchObject({
    'validator in': 7,
    'validator out': 3,
    'enricher in': 3,
    'enricher out': 3,
    'router in': 3,
    'router out': 2,
    'router dead_letter.NO_ROUTE': 1,
  });
});

describe('what a later stage sets aside', () => {
  const letterOf = (outputs: readonly (readonly StepOutput[])[]) =>
    deadLetterCodec.decode(outputs.flat().find((output) => output.dead_letter)!.dead_letter!.value);

  test('is named by the record that was carried, and is sent back to the topic of its stage', async () => {
    const { metastore } = aMetastore();
    const outputs = await fused(metastore)([rawRecord(orders[3]!, 8)], counting().context);
    const letter = letterOf(outputs);
    expect(letter).toMatchObject({ topic: 'raw_order', partition: 1, offset: 8, step: 'router' });
    expect(plain(letter.value)).toEqual(plain(outputs.flat()[1]!.enriched_order!.value));
    expect(releaseTopicOf(letter)).toBe('enriched_order');

    // As `dead-letters replay` sends it, once there is a route; read by the router's own job.
    const name = 'raw_order/1/8/router/1';
    metastore.claimRelease(name, contentOf(letter.value));
    const released = { ...aRecord('enriched_order', letter.value, 99), headers: headersOf(name) };
    expect(releaseOf(released)).toMatchObject({ number: 1 });
    // Whoever else writes it, on the topic that it was carried from, writes an ordinary record: not one that the validator passes over.
    expect(releaseOf({ ...released, topic: 'raw_order' })).toBeNull();
    const moon = { orderType: 'STANDARD', destination: 'MOON', route: 'INTERNAL' } as const;
    const mended = createInMemoryMetastore({ ...reference, routes: [...reference.routes, moon] }, clock);
    const router = createStageFunctions.router(
      dependencies({ ...metastore, lookupRoutes: mended.lookupRoutes }),
    ) as unknown as (...of: unknown[]) => Promise<StepOutput[][]>;
    const [[output] = []] = await router([released], counting().context);
    expect(Object.keys(output!)).toEqual(['internal_order']);
  });

  test('is one order that its stage fails on, with its line in the history of the order', async () => {
    const { metastore, history } = aMetastore();
    const failing = {
      ...metastore,
      lookupForEnrichment: async (queries: Parameters<typeof metastore.lookupForEnrichment>[0]) => {
        if (queries.some(({ toLocationId }) => toLocationId === 'L1'))
          throw Object.assign(new Error('a value that it cannot take'), { code: '22P02' });
        return metastore.lookupForEnrichment(queries);
      },
    };
    const outputs = await fused(failing)(records.slice(0, 2), counting().context);
    expect(outputs.map((list) => list.flatMap((output) => Object.keys(output)))).toEqual([
      ['valid_order', 'enriched_order', 'external_order'],
      ['valid_order', 'dead_letter'],
    ]);
    expect(letterOf(outputs)).toMatchObject({ step: 'enricher', orderId: 'o-internal', messageId: 'm-2' });
    expect(history()).toContainEqual(expect.stringMatching(/^o-internal enricher DEAD_LETTERED PROCESSING_FAILED: /));
    expect(history().filter((line) => line.endsWith(' 1@1'))).toEqual([]);
  });
});

test('hands on the record itself to the first stage alone: a release of it is none of what follows', async () => {
  const { metastore } = aMetastore({ ...reference, locations: [warehouse] });
  const name = 'raw_order/1/3/validator/1';
  const record = { ...rawRecord(anOrder(), 9), headers: headersOf(name), deletedFrom: 4 };
  metastore.claimRelease(name, contentOf(record.value));
  const outputs = await fused(metastore)([record], counting().context);
  const letter = deadLetterCodec.decode(outputs.flat().find((output) => output.dead_letter)!.dead_letter!.value);
  expect(letter).toMatchObject({ topic: 'raw_order', offset: 9, step: 'enricher', release: '' });
  expect(plain(letter.value)).toEqual(plain(orderCodec.encode(anOrder())));
});

test.each<[StageName, string, string | undefined]>([
  ['enricher', 'raw_order', 'valid_order'],
  ['enricher', 'valid_order', 'valid_order'],
  ['enricher', 'valid_order~2', 'valid_order'],
  ['router', 'raw_order~3', 'enriched_order'],
  ['validator', 'raw_order', 'raw_order'],
  ['router', 'valid_order', undefined],
  ['aggregator', 'raw_order', undefined],
  ['external-processor', 'raw_order', undefined],
])('a letter of the %s on %s is sent back to %s', (step, topic, expected) => {
  expect(releaseTopicOf({ topic, step })).toBe(expected);
});
