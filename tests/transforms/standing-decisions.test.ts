/** What a stage decided of a record stands, whatever has changed when it is read again: the same outputs, byte for byte. */
import { describe, expect, test } from 'vitest';
import { createInMemoryMetastore } from '../../metastore/in-memory.js';
import type { ReferenceData } from '../../metastore/reference-data.js';
import type { Metastore } from '../../metastore/metastore.js';
import type { KafkaRecord } from '../../model/record.js';
import { deadLetterCodec, fromMillis, orderCodec, v1 } from '../../proto/messages.js';
import { createAggregationInput } from '../../transforms/aggregator.js';
import type { DeliveryOutcome } from '../../transforms/delivery/partner-answer.js';
import { createEnricher } from '../../transforms/enricher.js';
import { createExternalProcessor } from '../../transforms/external-processor.js';
import { createRouter } from '../../transforms/router.js';
import type { StepContext } from '../../transforms/step/step.js';
import { createValidator } from '../../transforms/validator.js';
import { aPartnerThat, noReferenceData, retryPolicy, routed } from './delivery-fixtures.js';
import {
  aRecord,
  anOrder,
  clock,
  counting,
  enrichedRecord,
  externalRecord,
  HOUR,
  NOW,
  rawRecord,
  shop,
  warehouse,
} from './fixtures.js';
import { ofPlain, plainVault } from './vaults.js';

const reference: ReferenceData = {
  ...noReferenceData,
  locations: [warehouse, shop],
  routes: [{ orderType: 'STANDARD', destination: '*', route: 'INTERNAL' }],
  leadTimes: [{ fromRegion: warehouse.region, toRegion: shop.region, minutes: 1 }],
};
const { context } = counting();

type Step = (records: readonly KafkaRecord[], context: StepContext) => Promise<readonly (readonly object[])[]>;

/** The look-ups of other reference data, on the claims and histories of this metastore. */
function changed(metastore: Metastore, change: Partial<ReferenceData>): Metastore {
  const other = createInMemoryMetastore({ ...reference, ...change }, clock);
  return {
    ...metastore,
    async lookupForValidation(queries) {
      const now = await other.lookupForValidation(queries);
      const claims = await metastore.lookupForValidation(queries);
      return claims.map(({ claim }, index) => ({ ...now[index]!, claim }));
    },
    lookupForEnrichment: other.lookupForEnrichment,
    lookupRoutes: other.lookupRoutes,
  };
}

const valid = aRecord('valid_order', orderCodec.encode(anOrder()), 5);
const makeValidator = (metastore: Metastore) => createValidator({ metastore, maxOrderBytes: 10_000, ...ofPlain });
const makeEnricher = (metastore: Metastore) => createEnricher({ metastore, vault: plainVault });
const makeRouter = (metastore: Metastore) => createRouter({ metastore });
const region = (text: string) => ({ network: '192.0.2.0/24', region: text });

describe.each<[what: string, make: (metastore: Metastore) => Step, KafkaRecord, from: object, to: object]>([
  ['an order is cancelled', makeValidator, rawRecord(anOrder(), 5), {}, { cancelledOrders: ['o-1'] }],
  ['a cancellation is taken back', makeValidator, rawRecord(anOrder(), 5), { cancelledOrders: ['o-1'] }, {}],
  ['an address is listed for fraud', makeValidator, rawRecord(anOrder(), 5), {}, { fraudNetworks: ['192.0.2.0/24'] }],
  [
    'an order breaks another rule',
    makeValidator,
    rawRecord(anOrder(), 5),
    { fraudNetworks: ['192.0.2.0/24'] },
    { fraudNetworks: ['192.0.2.7'], paymentDefaulters: ['c-1'] },
  ],
  [
    'lead times change',
    makeValidator,
    rawRecord(anOrder(), 5),
    { leadTimes: [{ fromRegion: warehouse.region, toRegion: shop.region, minutes: 1e6 }] },
    { leadTimes: [{ fromRegion: warehouse.region, toRegion: shop.region, minutes: 2e6 }] },
  ],
  [
    'a location is renamed',
    makeEnricher,
    valid,
    {},
    { locations: [warehouse, { ...shop, name: 'Shop, the new one' }] },
  ],
  ['a location goes', makeEnricher, valid, {}, { locations: [warehouse] }],
  ['a location comes', makeEnricher, valid, { locations: [shop] }, {}],
  ['another location lacks', makeEnricher, valid, { locations: [shop] }, { locations: [warehouse] }],
  ['an address moves', makeEnricher, valid, { ipRegions: [region('EU')] }, { ipRegions: [region('US')] }],
  [
    'a route changes',
    makeRouter,
    enrichedRecord(anOrder(), 5),
    {},
    { routes: [{ orderType: 'STANDARD', destination: '*', route: 'EXTERNAL', partnerId: 'partner one' }] },
  ],
  [
    'the partner changes',
    makeRouter,
    enrichedRecord(anOrder(), 5),
    { routes: [{ orderType: 'STANDARD', destination: '*', route: 'EXTERNAL', partnerId: 'partner one' }] },
    { routes: [{ orderType: 'STANDARD', destination: '*', route: 'EXTERNAL', partnerId: 'partner two' }] },
  ],
  ['a route goes', makeRouter, enrichedRecord(anOrder(), 5), {}, { routes: [] }],
  ['a route comes', makeRouter, enrichedRecord(anOrder(), 5), { routes: [] }, {}],
])('when %s between two readings', (_what, make, record, from, to) => {
  /** The stage before and after the change. */
  async function stages() {
    const metastore = changed(createInMemoryMetastore(reference, clock), from);
    if (record.topic !== 'raw_order') await before(metastore, record.topic);
    return { before: make(metastore), after: make(changed(metastore, to)), metastore };
  }

  test('the same record has the same outputs', async () => {
    const { before, after } = await stages();
    const outputs = await before([record], context);
    expect(outputs.flat()).toHaveLength(1);
    expect(await after([record], context)).toEqual(outputs);
    expect(await after([record, record], context)).toEqual([...outputs, ...outputs]);
    expect(await before([record], context)).toEqual(outputs);
  });

  test('another record, that comes after it, has its own', async () => {
    const { before, after } = await stages();
    const outputs = await before([record], context);
    const { after: fresh } = await stages();
    expect(await fresh([record], context)).not.toEqual(outputs);
    expect(await after([record], context)).toEqual(outputs);
  });
});

async function before(metastore: Metastore, topic: string): Promise<void> {
  const line = { orderId: 'o-1', messageId: 'm-1', createdAt: NOW - HOUR, detail: '' };
  const validated = { ...line, status: 'VALIDATED', recordedBy: 'validator' } as const;
  const enriched = { ...line, status: 'ENRICHED', recordedBy: 'enricher' } as const;
  await metastore.recordStatuses(topic === 'enriched_order' ? [validated, enriched] : [validated]);
}

test('an order that was aggregated is not too late afterwards, nor the other way round', async () => {
  const metastore = createInMemoryMetastore(reference, clock);
  const lax = createAggregationInput({ metastore, allowedLatenessMs: 48 * HOUR });
  const strict = createAggregationInput({ metastore, allowedLatenessMs: 1 });
  const [one, two] = [enrichedRecord(anOrder(), 5), enrichedRecord(anOrder({ orderId: 'o-2', messageId: 'm-2' }), 6)];
  const aggregated = await lax([one], context);
  const aside = await strict([two], context);
  expect([...aggregated, ...aside].map((outputs) => outputs.flatMap(Object.keys))).toEqual([
    ['aggregate'],
    ['dead_letter'],
  ]);
  expect(await strict([one, two], context)).toEqual([...aggregated, ...aside]);
  expect(await lax([one, two], context)).toEqual([...aggregated, ...aside]);
});

test('a refusal makes the same dead letter again, whoever makes it', async () => {
  const metastore = createInMemoryMetastore(reference, clock);
  await routed(metastore, [anOrder()]);
  const answers: DeliveryOutcome[] = [
    { kind: 'REFUSED', status: 422, reason: 'NO_STOCK' },
    { kind: 'DELIVERED', status: 200 },
  ];
  const partner = aPartnerThat(() => answers.shift()!);
  const deliver = createExternalProcessor({ metastore, partner, retry: retryPolicy, vault: plainVault });
  const outputs = await deliver([externalRecord(anOrder(), 5)], context);
  expect(outputs.flat()).toHaveLength(1);
  expect(await deliver([externalRecord(anOrder(), 5)], context)).toEqual(outputs);
  expect(partner.requests).toHaveLength(1);
});

describe('a message id', () => {
  const letterOf = (outputs: readonly (readonly object[])[]) =>
    outputs.flat().map((output) => {
      const { dead_letter: letter } = output as { dead_letter?: { value: Uint8Array } };
      return letter ? v1.DeadLetterReason[deadLetterCodec.decode(letter.value).reason] : Object.keys(output)[0];
    });
  const good = rawRecord(anOrder(), 5);

  test.each([
    ['with another order', rawRecord(anOrder({ orderId: 'o-2' }), 6)],
    ['with the same order and another content', rawRecord(anOrder({ customerId: 'c-2' }), 6)],
  ])('that comes again %s is set aside, before and after the first one is read again', async (_what, other) => {
    const metastore = createInMemoryMetastore(reference, clock);
    const validate = makeValidator(metastore);
    expect(letterOf(await validate([good, other], context))).toEqual(['valid_order', 'MESSAGE_ID_REUSED']);
    const outputs = await validate([other], context);
    expect(letterOf(outputs)).toEqual(['MESSAGE_ID_REUSED']);
    expect(letterOf(await validate([good], context))).toEqual(['valid_order']);
    expect(await validate([other], context)).toEqual(outputs);
    const lines = metastore.history.filter(({ status }) => status === 'DEAD_LETTERED');
    expect(lines).toMatchObject([{ about: '1@6', detail: expect.stringMatching(/^MESSAGE_ID_REUSED: /) as string }]);
  });

  test('that comes again with the same bytes is a redelivery', async () => {
    const validate = makeValidator(createInMemoryMetastore(reference, clock));
    await validate([good], context);
    expect(await validate([{ ...good, offset: 6 }], context)).toEqual([[]]);
  });

  test('of a record that is no complete order takes nothing from the one that comes after it', async () => {
    const validate = makeValidator(createInMemoryMetastore(reference, clock));
    const broken = rawRecord(anOrder({ currency: '' }), 4);
    const outputs = await validate([broken, good], context);
    expect(letterOf(outputs)).toEqual(['INVALID_ORDER', 'valid_order']);
    expect(await validate([good, broken], context)).toEqual(outputs.toReversed());
  });
});

describe('an order', () => {
  const bad = anOrder({ promisedBy: fromMillis(NOW - HOUR) });
  const corrected = anOrder({ messageId: 'm-2' });
  const topics = (outputs: readonly (readonly object[])[]) => outputs.map((output) => output.flatMap(Object.keys));

  test.each([
    ['in the same batch', 1],
    ['later', 2],
  ])('that was rejected is accepted in its corrected version, %s', async (_when, batches) => {
    const validate = makeValidator(createInMemoryMetastore(reference, clock));
    const records = [rawRecord(bad, 5), rawRecord(corrected, 6), rawRecord(anOrder({ messageId: 'm-3' }), 7)];
    const outputs =
      batches === 1
        ? await validate(records, context)
        : [...(await validate(records.slice(0, 1), context)), ...(await validate(records.slice(1), context))];
    expect(topics(outputs)).toEqual([['rejected_order'], ['valid_order'], ['rejected_order']]);
    expect(await validate(records, context)).toEqual(outputs);
  });
});

test('of two publications of an order in batches side by side, the one that came first is accepted, however long its batch takes', async () => {
  const metastore = createInMemoryMetastore(reference, clock);
  let open = () => {};
  const held = new Promise<void>((resolve) => (open = resolve));
  const validate = makeValidator({
    ...metastore,
    async lookupForValidation(queries) {
      const facts = await metastore.lookupForValidation(queries);
      if (queries[0]!.messageId === 'm-1') await held;
      return facts;
    },
  });
  const first = validate([rawRecord(anOrder(), 5)], context);
  const second = validate([rawRecord(anOrder({ messageId: 'm-2' }), 6)], context);
  await new Promise(setImmediate);
  open();
  expect((await Promise.all([first, second])).map((outputs) => outputs.flat().flatMap(Object.keys))).toEqual([
    ['valid_order'],
    ['rejected_order'],
  ]);
});

test('a batch whose look-up fails holds up none behind it', async () => {
  const metastore = createInMemoryMetastore(reference, clock);
  const validate = makeValidator({
    ...metastore,
    lookupForValidation: (queries) =>
      queries[0]!.messageId === 'm-1' ? Promise.reject(new Error('gone')) : metastore.lookupForValidation(queries),
  });
  const first = validate([rawRecord(anOrder(), 5)], context);
  const second = validate([rawRecord(anOrder({ messageId: 'm-2' }), 6)], context);
  await expect(first).rejects.toThrow();
  expect((await second).flat().flatMap(Object.keys)).toEqual(['valid_order']);
});
