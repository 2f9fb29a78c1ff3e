/** A customer who is erased while orders are at every stage: what becomes of them, and who can still find out who ordered. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig, type Config } from '../../config.js';
import { openKms } from '../../kms/open-kms.js';
import { createPool } from '../../metastore/connection.js';
import { loadReferenceData } from '../../metastore/load-reference-data.js';
import type { Metastore } from '../../metastore/metastore.js';
import { createPostgresMetastore } from '../../metastore/postgres.js';
import type { KafkaRecord } from '../../model/record.js';
import { redeliveryFunction, stages, type StageName } from '../../model/stages.js';
import type { TopicName } from '../../model/topics.js';
import { erase } from '../../personal-data/erase.js';
import { createKeyring } from '../../personal-data/keyring.js';
import { rewrapKeys } from '../../personal-data/rewrap.js';
import { createVault, type Vault } from '../../personal-data/vault.js';
import { createStageFunctions, type StageDependencies } from '../../pipelines/stage-functions.js';
import { deadLetterCodec, fromMillis, orderCodec, rejectedOrderCodec, v1, type Order } from '../../proto/messages.js';
import type { DeliveryOutcome } from '../../transforms/delivery/partner-answer.js';
import type { PersonalDataMode } from '../../transforms/step/personal-data.js';
import type { StepOutput } from '../../transforms/step/step.js';
import { orderflow } from '../cli/orderflow.js';
import { startDatabase } from '../metastore/implementations.js';
import { reference } from '../metastore/orders.js';
import { aPartnerThat, notTaken, retryPolicy } from '../transforms/delivery-fixtures.js';
import { anOrder, NOW } from '../transforms/fixtures.js';
import { sealedBy } from '../transforms/vaults.js';

const customerId = 'CUSTOMER-TO-BE-ERASED-4711';
const ipAddress = '2001:db8:77:66::4711';
let database: Awaited<ReturnType<typeof startDatabase>>;
let pool: pg.Pool;
let metastore: Metastore;
let folder: string;
let config: Config;
let environment: Record<string, string>;
let time = NOW;

beforeAll(async () => {
  database = await startDatabase();
  const { database: where } = database.postgres;
  folder = await mkdtemp(join(tmpdir(), 'orderflow-erase-'));
  environment = { ORDERFLOW_HOME: folder, ORDERFLOW_POSTGRES_URL: where.url, ORDERFLOW_PERSONAL_DATA: 'sealed' };
  config = loadConfig(environment);
  pool = createPool(where, { connections: 2 });
  metastore = createPostgresMetastore(where, { connections: 2 });
});
afterAll(async () => {
  await metastore.close();
  await pool.end();
  await database.pool.end();
  await database.postgres.stop();
  await rm(folder, { recursive: true });
});

/** Stages as they run now: in processes that have just begun, and so with no key in memory. */
function aFlow(personalData: PersonalDataMode) {
  const topics: Partial<Record<TopicName, KafkaRecord[]>> = {};
  const answer = { now: { kind: 'DELIVERED', status: 201 } as DeliveryOutcome };
  const partner = { ...aPartnerThat(() => answer.now), close: async () => undefined };
  const newVault = (): Vault => createVault(createKeyring({ kms: openKms(config), metastore }));
  const topic = (name: TopicName) => (topics[name] ??= []);
  function append(name: TopicName, key: Uint8Array, value: Uint8Array): void {
    const own = topic(name);
    own.push({ topic: name, partition: 0, offset: own.length, timestamp: NOW, key, value });
  }
  const dependencies = (): StageDependencies => ({
    ...{ metastore, partner, clock: () => time, maxOrderBytes: 900_000, allowedLatenessMs: 86_400_000 },
    ...{ retry: { ...retryPolicy, retryMs: 1, retryMaxMs: 1 }, vault: newVault(), personalData },
  });
  const call = async (name: StageName | typeof redeliveryFunction, batch: readonly unknown[]) => {
    const step = createStageFunctions[name](dependencies()) as unknown as (
      batch: readonly unknown[],
      context: object,
    ) => Promise<readonly (readonly StepOutput[])[]>;
    for (const output of (await step(batch, { count: () => undefined })).flat())
      for (const [name, record] of Object.entries(output)) append(name as TopicName, record.key, record.value);
  };
  const read: Partial<Record<StageName, number>> = {};
  return {
    topics,
    answer,
    partner,
    newVault,
    publish: (order: Order) => append('raw_order', Buffer.from(order.orderId), orderCodec.encode(order)),
    /** Runs a stage over what it has not read yet, or over the first records again. */
    async run(name: StageName, first?: Partial<Record<TopicName, number>>): Promise<void> {
      const { input: from } = stages.find((stage) => stage.name === name)!;
      const input = topic(from);
      const batch = first ? input.slice(0, first[from]) : input.slice(read[name] ?? 0);
      read[name] = input.length;
      if (batch.length > 0) await call(name, batch);
    },
    redeliver: () => call(redeliveryFunction, ['tick']),
  };
}

let lastOrder = 0;
const order = (changes: v1.Order.$Properties = {}) =>
  anOrder({
    ...{ orderId: `o-${++lastOrder}`, messageId: `m-${lastOrder}`, customerId, ipAddress },
    ...{ fromLocationId: 'LOC-A', toLocationId: 'LOC-B', promisedBy: fromMillis(NOW + 30 * 86_400_000) },
    ...changes,
  });

/** The forms in which a value may lie somewhere: as it is, in hexadecimal, and in base64 wherever it begins in three bytes. */
function formsOf(text: string): string[] {
  const base64 = [0, 1, 2].map((shift) => {
    const all = Buffer.concat([Buffer.alloc(shift), Buffer.from(text)]).toString('base64');
    return all.slice(Math.ceil((shift * 8) / 6), -4);
  });
  return [text, Buffer.from(text).toString('hex'), ...base64];
}
const needles = [...formsOf(customerId), ...formsOf(ipAddress)];

/** Where a value is found: in bytes of topics, and in all tables' rows as PostgreSQL writes them. Knows nothing of messages. */
async function findings({ topics }: ReturnType<typeof aFlow>): Promise<string[]> {
  const places: [place: string, text: string][] = Object.entries(topics).flatMap(([name, records]) =>
    records.map((record): [string, string] => [
      `topic ${name}`,
      [record.key, record.value].map((bytes) => Buffer.from(bytes!).toString('latin1')).join(' '),
    ]),
  );
  const { rows: tables } = await pool.query<{ name: string }>(
    `SELECT c.oid::regclass::text AS name FROM pg_class c WHERE relkind IN ('r', 'v', 'm') AND relnamespace = current_schema()::regnamespace`,
  );
  for (const { name } of tables) {
    const { rows } = await pool.query<{ text: string }>(`SELECT t::text AS text FROM ${name} t`);
    for (const { text } of rows) places.push([`table ${name}`, text]);
  }
  const found = places.filter(([, text]) => needles.some((needle) => text.includes(needle)));
  return [...new Set(found.map(([place]) => place))].sort();
}

/** In hexadecimal. */
const wrappedKeyOf = async (keyId: string) =>
  (
    await pool.query<{ hex: string }>(`SELECT encode(wrapped, 'hex') AS hex FROM customer_keys WHERE key_id = $1`, [
      keyId,
    ])
  ).rows[0]!.hex;

/** The values that ANALYZE has kept of all columns. */
const statistics = async () =>
  (
    await pool.query<{ text: string }>(
      `SELECT string_agg(concat_ws(' ', most_common_vals, histogram_bounds), ' ') AS text FROM pg_stats WHERE schemaname = current_schema()`,
    )
  ).rows[0]!.text;

const statusesOf = async (orderId: string) =>
  (
    await pool.query<{ status: string }>('SELECT status FROM status_history WHERE order_id = $1 ORDER BY recorded_at', [
      orderId,
    ])
  ).rows.map(({ status }) => status);

describe('a customer who is erased while orders are at every stage', () => {
  it('is found everywhere where orders are plain, by the same search', async () => {
    const flow = aFlow('plain');
    flow.answer.now = notTaken('HTTP 503');
    flow.publish(order());
    flow.publish(order({ lines: [] }));
    flow.publish(order({ promisedBy: fromMillis(NOW) }));
    for (const stage of ['validator', 'enricher', 'router', 'external-processor'] as const) await flow.run(stage);
    expect(await findings(flow)).toEqual([
      'table parked_deliveries',
      'topic dead_letter',
      'topic enriched_order',
      'topic external_order',
      'topic raw_order',
      'topic rejected_order',
      'topic valid_order',
    ]);
    await database.empty();
  });

  it('is found nowhere, cannot be opened, and no order is lost', async () => {
    await loadReferenceData(pool, { ...reference, paymentDefaulters: [] });
    const flow = aFlow('sealed');
    const seal = (changes = {}) => sealedBy(flow.newVault(), order(changes));
    const orders = {
      delivered: await seal(),
      waiting: await seal(),
      rejected: await seal({ promisedBy: fromMillis(NOW) }),
      noRoute: await seal({ orderType: v1.OrderType.WHOLESALE }),
      routed: await seal(),
      enriched: await seal(),
      validated: await seal(),
      undecided: await seal(),
    };
    const kept = await sealedBy(flow.newVault(), order({ customerId: 'CUSTOMER-WHO-STAYS', ipAddress: '192.0.2.1' }));
    const { delivered, waiting, rejected, noRoute, routed, enriched, validated, undecided } = orders;
    for (const one of [delivered, rejected, noRoute]) flow.publish(one);
    const all = ['validator', 'enricher', 'router', 'external-processor'] as const;
    for (const stage of all) await flow.run(stage);
    flow.answer.now = notTaken('HTTP 503');
    flow.publish(waiting);
    for (const stage of all) await flow.run(stage);
    flow.publish(routed);
    for (const stage of all.slice(0, 3)) await flow.run(stage);
    flow.publish(enriched);
    for (const stage of all.slice(0, 2)) await flow.run(stage);
    flow.publish(validated);
    await flow.run('validator');
    flow.publish(undecided);
    flow.publish(kept);
    await pool.query(`INSERT INTO payment_defaulters VALUES ($1), ('CUSTOMER-WHO-OWES')`, [customerId]);
    expect(await findings(flow)).toEqual(['table payment_defaulters']);
    const wrapped = await wrappedKeyOf(delivered.customerKeyId);
    await pool.query('ANALYZE');
    expect(await statistics()).toContain(delivered.customerKeyId);

    const { code, stdout } = await orderflow(['erase-customer', customerId, '--json'], environment);
    expect([code, JSON.parse(stdout)]).toEqual([0, { keyIds: [delivered.customerKeyId], wasDefaulter: true }]);
    expect(await erase(pool, openKms(config), customerId)).toEqual({ keyIds: [], wasDefaulter: false });

    flow.answer.now = { kind: 'DELIVERED', status: 201 };
    time += 60_000;
    for (const stage of all) await flow.run(stage);
    await expect.poll(async () => (await flow.redeliver(), statusesOf(waiting.orderId))).toContain('DELIVERY_FAILED');
    const ends = Object.entries({ ...orders, kept }).map(async ([name, one]) => [
      name,
      (await statusesOf(one.orderId)).at(-1),
    ]);
    expect(Object.fromEntries(await Promise.all(ends))).toEqual({
      ...{ delivered: 'DELIVERED', waiting: 'DELIVERY_FAILED', rejected: 'REJECTED', noRoute: 'DEAD_LETTERED' },
      ...{
        routed: 'DELIVERY_FAILED',
        enriched: 'DELIVERY_FAILED',
        validated: 'DELIVERY_FAILED',
        undecided: 'REJECTED',
      },
      kept: 'DELIVERED',
    });
    const reasons = flow.topics.rejected_order!.map(({ value }) =>
      rejectedOrderCodec.decode(value!).rejections.map(({ reason }) => v1.RejectReason[reason!]),
    );
    expect(reasons).toEqual([['FULFILMENT_DELAY'], ['CUSTOMER_ERASED']]);
    expect(flow.partner.requests.map(({ body }) => (JSON.parse(body) as { orderId: string }).orderId)).toEqual(
      expect.arrayContaining([delivered.orderId, kept.orderId]),
    );
    // Each failed delivery has its dead letter.
    expect(new Set(flow.topics.dead_letter!.map(({ value }) => deadLetterCodec.decode(value!).orderId))).toEqual(
      new Set([noRoute, waiting, routed, enriched, validated].map(({ orderId }) => orderId)),
    );

    // Read from the beginning again, nothing is another.
    const bytes = () => Object.entries(flow.topics).map(([name, records]) => [name, new Set(records.map(({ value }) => Buffer.from(value!).toString('base64')))]); // prettier-ignore
    const once = bytes();
    const lengths = Object.fromEntries(Object.entries(flow.topics).map(([name, { length }]) => [name, length]));
    for (const stage of all) await flow.run(stage, lengths);
    expect(bytes()).toEqual(once);

    expect(await findings(flow)).toEqual([]);
    // What PostgreSQL keeps of columns for its plans outlives the rows.
    const sampled = await statistics();
    expect([...needles, wrapped].filter((needle) => sampled.includes(needle))).toEqual([]);
    const raw = flow.topics.raw_order!.map(({ value }) => orderCodec.decode(value!));
    const opened = await flow.newVault().open(raw, ['customerId']);
    expect(opened.map(({ kind }) => kind)).toEqual([...Object.keys(orders).map(() => 'ERASED'), 'OPEN']);
  });

  it('is told from one who was never seen, and the keys of others are wrapped anew meanwhile', async () => {
    const { code, stdout } = await orderflow(['customer-keys', 'rewrap', '--new-key', '--json'], environment);
    const result = JSON.parse(stdout) as { wrappedWith: Record<string, number> };
    // That of the customer who stays, and that of the hashes.
    expect([code, result]).toEqual([0, { rewrapped: 1, unreadable: 0, wrappedWith: { [Object.keys(result.wrappedWith)[0]!]: 2 } }]); // prettier-ignore
    expect((await rewrapKeys(config)).wrappedWith).toEqual(result.wrappedWith);
    const again = await orderflow(['erase-customer', 'NOBODY'], environment);
    expect([again.code, again.stdout]).toEqual([0, 'no key of this customer is here: erased before, or never seen\n']);
  });
});
