import { expect, test } from 'vitest';
import type { EnrichmentFacts, EnrichmentQuery, StatusChange } from '../../metastore/metastore.js';
import { deadLetterCodec, enrichedOrderCodec, orderCodec, toMillis, v1 } from '../../proto/messages.js';
import { createEnricher } from '../../transforms/enricher.js';
import {
  EMPTY,
  UNKNOWN_FIELD,
  aRecord,
  anEnrichedOrder,
  anOrder,
  counting,
  onlyOutput,
  shop,
  utf8,
  warehouse,
  plain,
} from './fixtures.js';
import { plainVault } from './vaults.js';

function anEnricher(facts: Partial<EnrichmentFacts> = {}) {
  const queries: EnrichmentQuery[] = [];
  const statuses: StatusChange[] = [];
  const enrich = createEnricher({
    vault: plainVault,
    metastore: {
      async lookupForEnrichment(batch) {
        queries.push(...batch);
        return batch.map(() => ({ fromLocation: warehouse, toLocation: shop, ipRegion: 'EU-SOUTH', ...facts }));
      },
      async recordStatuses(changes) {
        statuses.push(...changes);
        return changes;
      },
    },
  });
  return { enrich, queries, statuses, ...counting() };
}

const validRecord = aRecord('valid_order', orderCodec.encode(anOrder()));
const createdAt = toMillis(anOrder().createdAt);

test('adds the locations and the region of the address', async () => {
  const { enrich, queries, statuses, context, counts } = anEnricher();
  const output = onlyOutput(await enrich([validRecord], context));
  expect(queries).toEqual([{ fromLocationId: 'L1', toLocationId: 'L2', ipAddress: '192.0.2.7' }]);
  expect(Object.keys(output)).toEqual(['enriched_order']);
  expect(output.enriched_order?.key).toEqual(utf8('o-1'));
  expect(enrichedOrderCodec.decode(output.enriched_order?.value ?? EMPTY)).toEqual(
    enrichedOrderCodec.decode(enrichedOrderCodec.encode(anEnrichedOrder())),
  );
  expect(statuses).toEqual([
    {
      orderId: 'o-1',
      messageId: 'm-1',
      createdAt,
      status: 'ENRICHED',
      recordedBy: 'enricher',
      detail: '',
      facts: '["Warehouse Nord","EU-NORTH","Shop Süd","EU-SOUTH","EU-SOUTH"]',
    },
  ]);
  expect(counts).toEqual({ in: 1, out: 1 });
});

test('leaves the region empty for an address that no network holds', async () => {
  const { enrich, context } = anEnricher({ ipRegion: null });
  const output = onlyOutput(await enrich([validRecord], context));
  expect(enrichedOrderCodec.decode(output.enriched_order?.value ?? EMPTY).ipRegion).toBe('');
});

test('keeps fields of the order that it does not know', async () => {
  const value = Uint8Array.from([...orderCodec.encode(anOrder()), ...UNKNOWN_FIELD]);
  const { enrich, context } = anEnricher();
  const output = onlyOutput(await enrich([aRecord('valid_order', value)], context));
  const { order } = enrichedOrderCodec.decode(output.enriched_order?.value ?? EMPTY);
  expect(plain(orderCodec.encode(order as v1.Order))).toEqual(plain(value));
});

test('sets an order aside whose locations are unknown', async () => {
  const { enrich, statuses, context, counts } = anEnricher({ fromLocation: null, toLocation: null });
  const output = onlyOutput(await enrich([validRecord], context));
  const error = 'not in the reference data: from_location_id L1, to_location_id L2';
  expect(Object.keys(output)).toEqual(['dead_letter']);
  expect(deadLetterCodec.decode(output.dead_letter?.value ?? EMPTY)).toMatchObject({
    value: Buffer.from(validRecord.value ?? EMPTY),
    step: 'enricher',
    reason: v1.DeadLetterReason.UNKNOWN_LOCATION,
    error,
    orderId: 'o-1',
    messageId: 'm-1',
  });
  expect(statuses.map(({ status, detail }) => [status, detail])).toEqual([
    ['DEAD_LETTERED', `UNKNOWN_LOCATION: ${error}`],
  ]);
  expect(counts).toEqual({ in: 1, dead_letter: 1, 'dead_letter.UNKNOWN_LOCATION': 1 });
});
