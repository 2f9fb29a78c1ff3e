/** The limits fit each other, and docs/hostile-input.md says what they are. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readFromKafka, writeToKafka } from '../../beam/pipeline/kafka-io.js';
import { ConfigError, loadConfig, projectRoot } from '../../config.js';
import { limitTable, limits } from '../../model/limits.js';
import { stages } from '../../model/stages.js';
import { topics } from '../../model/topics.js';
import { enrichedOrderCodec, orderCodec, rejectedOrderCodec, routedOrderCodec, v1 } from '../../proto/messages.js';
import { decodeOrder } from '../../transforms/decoding/decode.js';
import { toPartnerRequest } from '../../transforms/delivery/partner-request.js';
import { rules } from '../../transforms/rules/index.js';
import { applyRules } from '../../transforms/rules/rule.js';
import { aRecord, anOrder } from '../transforms/fixtures.js';
import { someFacts } from '../transforms/rules/facts.js';
import protobuf from 'protobufjs/minimal.js';

it('docs/hostile-input.md has the table', () => {
  const docs = readFileSync(join(projectRoot, 'docs', 'hostile-input.md'), 'utf8');
  const rows = docs.split('\n').filter((line) => /^\| *[\d,]+ *\|/.test(line));
  const cells = rows.map((row) => row.split('|').slice(1, -1).map((cell) => cell.trim())); // prettier-ignore
  expect(cells).toEqual(
    Object.values(limitTable).map(({ value, of, beyond, why }) => [value.toLocaleString('en-US'), of, beyond, why]),
  );
});

it('no configuration lets an order through that is too large for a topic', () => {
  expect(loadConfig({}).maxOrderBytes).toBeLessThan(limits.orderBytes);
  expect(() => loadConfig({ ORDERFLOW_MAX_ORDER_BYTES: String(limits.orderBytes + 1) })).toThrow(ConfigError);
});

describe('the largest order', () => {
  const long = (letter: string) => letter.repeat(limits.idLength);
  const location = { locationId: long('界'), name: '界'.repeat(limits.nameLength), region: '界'.repeat(100) };
  const small = anOrder({
    orderId: long('界'),
    messageId: long('龍'),
    customerId: long('霞'),
    fromLocationId: long('鬱'),
    toLocationId: long('界'),
    // What JSON writes longest: a quotation mark takes two characters, and three-byte letters three bytes.
    lines: Array.from({ length: limits.lines }, () => ({ sku: long('界'), quantity: 999_999, unitPrice: 9_999 })),
  });
  const head = orderCodec.encode(small);
  // Filled up with an unknown field.
  const filling = Buffer.alloc(limits.orderBytes - head.length - 7);
  const value = Buffer.concat([
    head,
    protobuf.Writer.create()
      .uint32(127 * 8 + 2)
      .bytes(filling)
      .finish(),
  ]);
  const decoded = decodeOrder(aRecord('raw_order', value), { maxBytes: limits.orderBytes });
  const { order } = decoded as Exclude<typeof decoded, { failure: object }>;
  const overhead = 2_000;

  it('is one', () => {
    expect(decoded.failure).toBeUndefined();
    expect(limits.orderBytes - value.length).toBeLessThan(10);
  });

  it('fits into the topic of every stage', () => {
    const violations = applyRules(rules, order, someFacts({ claim: 'DUPLICATE', fraudNetwork: '192.0.2.0/24', isDefaulter: true, isCancelled: true, isErased: true, leadTimeMinutes: 1e9 })); // prettier-ignore
    const rejections = violations.map(({ reason, detail }) => ({ reason: v1.RejectReason[reason], detail }));
    const enrichedOrder = v1.EnrichedOrder.create({ order, fromLocation: location, toLocation: location, ipRegion: location.region }); // prettier-ignore
    const routed = v1.RoutedOrder.create({ enrichedOrder, route: v1.Route.EXTERNAL, partnerId: '界'.repeat(100) });
    const sizes = {
      valid_order: value.length,
      rejected_order: rejectedOrderCodec.encode(v1.RejectedOrder.create({ order, rejections })).length,
      enriched_order: enrichedOrderCodec.encode(enrichedOrder).length,
      internal_order: routedOrderCodec.encode(routed).length,
      external_order: routedOrderCodec.encode(routed).length,
    } as const;
    expect(violations).toHaveLength(rules.length);
    for (const [topic, size] of Object.entries(sizes))
      expect(size + overhead, topic).toBeLessThan(topics[topic as keyof typeof sizes].maxMessageBytes);
  });

  it('makes a request that the partner takes', () => {
    const message = v1.RoutedOrder.create({
      enrichedOrder: { order, fromLocation: location, toLocation: location },
      partnerId: 'P',
    });
    const { body } = toPartnerRequest(message as never, order, order.paymentMethod);
    expect(Buffer.byteLength(body) * 2).toBeLessThan(limits.requestBytes);
  });

  it('has fewer fields than an order may have', () => {
    expect(limits.lines * 4 + 20).toBeLessThan(limits.fields / 2);
  });
});

describe('every record of every topic', () => {
  const largest = Math.max(...Object.values(topics).map(({ maxMessageBytes }) => maxMessageBytes));

  it('fits as a dead letter, that of a dead letter aside', () => {
    for (const [topic, { maxMessageBytes }] of Object.entries(topics))
      if (topic !== 'dead_letter') expect(maxMessageBytes, topic).toBeLessThan(limits.deadLetterBytes - 128 * 1024);
  });

  it('goes through gRPC with much room', () => {
    expect(largest * 4).toBeLessThanOrEqual(limits.bundleMessageBytes);
  });

  it("goes through Kafka's producers in the pipelines, and what stages read through their consumers", () => {
    const bytesOf = (name: string, source: unknown) =>
      Number(new RegExp(`"${name}": String\\((\\d+) \\* 1024 \\* 1024\\)`).exec(String(source))?.[1]) * 2 ** 20;
    expect(bytesOf('max.request.size', writeToKafka)).toBeGreaterThan(largest);
    const read = stages.map(({ input }) => topics[input].maxMessageBytes);
    expect(bytesOf('fetch.max.bytes', readFromKafka)).toBeGreaterThan(Math.max(...read));
  });
});
