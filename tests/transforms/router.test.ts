import { expect, test } from 'vitest';
import type { RouteFacts, RouteQuery, StatusChange } from '../../metastore/metastore.js';
import { stageByName } from '../../model/stages.js';
import { deadLetterCodec, enrichedOrderCodec, routedOrderCodec, v1 } from '../../proto/messages.js';
import { createRouter, partitionOf, routerPartitions } from '../../transforms/router.js';
import {
  EMPTY,
  UNKNOWN_FIELD,
  aRecord,
  anEnrichedOrder,
  anOrder,
  counting,
  enrichedRecord,
  onlyOutput,
  utf8,
  plain,
} from './fixtures.js';

function aRouter(facts: RouteFacts | null) {
  const queries: RouteQuery[] = [];
  const statuses: StatusChange[] = [];
  const route = createRouter({
    metastore: {
      async lookupRoutes(batch) {
        queries.push(...batch);
        return batch.map(() => facts);
      },
      async recordStatuses(changes) {
        statuses.push(...changes);
        return changes;
      },
    },
  });
  return { route, queries, statuses, ...counting() };
}

const record = enrichedRecord(anOrder({ orderType: v1.OrderType.EXPRESS }));
const letter = { key: EMPTY, value: EMPTY };

test('hands an internal order to internal_order', async () => {
  const { route, queries, statuses, context, counts } = aRouter({ route: 'INTERNAL', partnerId: null });
  const output = onlyOutput(await route([record], context));
  expect(queries).toEqual([{ orderType: 'EXPRESS', destination: 'EU-SOUTH' }]);
  expect(Object.keys(output)).toEqual(['internal_order']);
  expect(output.internal_order?.key).toEqual(utf8('o-1'));
  expect(routedOrderCodec.decode(output.internal_order?.value ?? EMPTY)).toEqual(
    v1.RoutedOrder.create({
      enrichedOrder: enrichedOrderCodec.decode(record.value ?? EMPTY),
      route: v1.Route.INTERNAL,
    }),
  );
  expect(statuses.map(({ status, recordedBy, detail }) => [status, recordedBy, detail])).toEqual([
    ['ROUTED', 'router', 'INTERNAL'],
  ]);
  expect(counts).toEqual({ in: 1, out: 1, 'out.INTERNAL': 1 });
});

test('hands an external order with its partner to external_order', async () => {
  const { route, statuses, context, counts } = aRouter({ route: 'EXTERNAL', partnerId: 'P1' });
  const output = onlyOutput(await route([record], context));
  expect(Object.keys(output)).toEqual(['external_order']);
  expect(routedOrderCodec.decode(output.external_order?.value ?? EMPTY)).toMatchObject({
    route: v1.Route.EXTERNAL,
    partnerId: 'P1',
  });
  expect(statuses.map(({ detail }) => detail)).toEqual(['EXTERNAL P1']);
  expect(counts).toEqual({ in: 1, out: 1, 'out.EXTERNAL': 1 });
});

test('keeps fields that it does not know', async () => {
  const value = Uint8Array.from([...enrichedOrderCodec.encode(anEnrichedOrder()), ...UNKNOWN_FIELD]);
  const { route, context } = aRouter({ route: 'INTERNAL', partnerId: null });
  const output = onlyOutput(await route([aRecord('enriched_order', value)], context));
  const { enrichedOrder } = routedOrderCodec.decode(output.internal_order?.value ?? EMPTY);
  expect(plain(enrichedOrderCodec.encode(enrichedOrder as v1.EnrichedOrder))).toEqual(plain(value));
});

test('sets an order aside for which no route is known', async () => {
  const { route, statuses, context, counts } = aRouter(null);
  const output = onlyOutput(await route([record], context));
  expect(Object.keys(output)).toEqual(['dead_letter']);
  expect(deadLetterCodec.decode(output.dead_letter?.value ?? EMPTY)).toMatchObject({
    step: 'router',
    reason: v1.DeadLetterReason.NO_ROUTE,
    error: 'no route for EXPRESS to EU-SOUTH',
    orderId: 'o-1',
  });
  expect(statuses.map(({ status }) => status)).toEqual(['DEAD_LETTERED']);
  expect(counts).toEqual({ in: 1, dead_letter: 1, 'dead_letter.NO_ROUTE': 1 });
});

test('numbers the partitions as the stage table lists the topics', () => {
  expect(routerPartitions).toEqual(stageByName('router').outputs);
  expect([{ internal_order: letter }, { external_order: letter }, { dead_letter: letter }].map(partitionOf)).toEqual([
    0, 1, 2,
  ]);
});
