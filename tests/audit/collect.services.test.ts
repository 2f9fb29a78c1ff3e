/** Denials of a real Kafka and a real PostgreSQL come into the audit trail: each once, within 10 s, and no flood of them. */
import type pg from 'pg';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { collect, collectOnce } from '../../audit/collect.js';
import { verifyTrail } from '../../audit/verify.js';
import { actingAs, type Config } from '../../config.js';
import { withKafkaAdmin } from '../../kafka/client.js';
import { applyTopics } from '../../kafka/topics.js';
import { asKafkaOwner } from '../../local/kafka.js';
import { up } from '../../local/up.js';
import { appendAuditEvent, listAuditEvents } from '../../metastore/audit-trail.js';
import { createPool, withPool } from '../../metastore/connection.js';
import { databaseOf } from '../../metastore/database.js';
import { prepareSchema } from '../../metastore/prepare.js';
import type { AuditEvent } from '../../model/audit.js';
import { localStack, removeLocalStack } from '../local-stack.js';

/** What a denial may take until it stands in the trail. */
const patience = { timeout: 10_000, interval: 100 };

let config: Config;
let pool: pg.Pool;
let owner: Config;
beforeAll(async () => {
  config = await localStack({ ORDERFLOW_PROFILE: 'secured' });
  owner = asKafkaOwner(config);
  await up(config, { only: ['kafka', 'postgres'], progress: 'silent' });
  await prepareSchema(config, Date.now());
  await applyTopics(owner);
  pool = createPool(databaseOf(config, 'auditor'), { connections: 2 });
}, 600_000);
afterAll(async () => {
  await pool.end();
  await removeLocalStack(config);
});

/** The auditor's service in this process, publishing as the broker's owner: nobody else has a right yet. */
function start() {
  const { kafkaSecurity } = owner;
  const named = (file: string) => file.replaceAll('{principal}', 'owner');
  const ofOwner = { ...kafkaSecurity, certFile: named(kafkaSecurity.certFile), keyFile: named(kafkaSecurity.keyFile) };
  const over = new AbortController();
  const problems: unknown[] = [];
  const done = collect(
    { ...actingAs(config, 'auditor'), kafka: owner.kafka, kafkaSecurity: ofOwner },
    { signal: over.signal, onRound: () => undefined, onProblem: (error) => problems.push(error) },
  );
  return {
    problems,
    stop: async () => {
      over.abort();
      await done;
    },
  };
}
let running: ReturnType<typeof start> | undefined;
afterEach(async () => {
  await running?.stop();
  running = undefined;
});

const denials = async (wanted: (event: AuditEvent) => boolean) =>
  (await listAuditEvents(pool, { outcome: 'denied' }, 1_000)).filter(wanted);
const detailsOf = ({ details }: AuditEvent) => JSON.parse(details) as Record<string, unknown>;
const of = (source: string, action: string) => (event: AuditEvent) =>
  event.action === action && detailsOf(event).source === source;

/** The broker takes it for User:page by its certificate; nobody has given it a right. */
const asPage = () => {
  const { kafkaSecurity } = owner;
  return { ...actingAs(owner, 'page'), kafkaSecurity };
};

test('writes down what a role of PostgreSQL and a principal of Kafka were denied, within 10 s', async () => {
  running = start();
  const asRole = withPool(databaseOf(config, 'page'), (page) =>
    page.query("INSERT INTO locations VALUES ('L', 'x', 'EU')"),
  );
  await expect(asRole).rejects.toMatchObject({ code: 'METASTORE_REFUSED' });
  await vi.waitFor(async () => {
    const [event] = await denials(of('postgres', 'access'));
    expect(event).toMatchObject({
      principal: expect.stringContaining('page') as string,
      host: '127.0.0.1',
      subjects: ['table locations'],
    });
    expect(detailsOf(event!)).toMatchObject({ code: '42501', count: 1 });
  }, patience);

  const wrong = { ...databaseOf(config, 'router'), passwordFile: databaseOf(config, 'page').passwordFile! };
  await expect(withPool(wrong, (router) => router.query('SELECT 1'))).rejects.toMatchObject({
    code: 'METASTORE_REFUSED',
  });
  await vi.waitFor(async () => {
    const [event] = await denials(of('postgres', 'login'));
    expect(event).toMatchObject({ principal: expect.stringContaining('router') as string, subjects: [] });
    expect(detailsOf(event!)).toMatchObject({ code: '28P01' });
  }, patience);

  // The page may look at what stages read, and at nothing else.
  await withKafkaAdmin(asPage(), (admin) => admin.fetchTopicMetadata({ topics: ['rejected_order'] })).catch(
    () => undefined,
  );
  await vi.waitFor(async () => {
    const [event] = await denials(of('kafka', 'access'));
    expect(event).toMatchObject({ principal: 'User:page', host: '127.0.0.1', subjects: ['topic rejected_order'] });
    expect(detailsOf(event!)).toMatchObject({ operation: 'DESCRIBE', request: 'Metadata', rule: 'DefaultDeny' });
  }, patience);

  const nobody = { ...actingAs(config, 'page'), kafkaSecurity: { ...config.kafkaSecurity, user: 'nobody' } };
  await withKafkaAdmin(nobody, (admin) => admin.listTopics()).catch(() => undefined);
  await vi.waitFor(async () => {
    const [event] = await denials(of('kafka', 'login'));
    expect(event).toMatchObject({ host: '127.0.0.1' });
    expect(detailsOf(event!).reason).toMatch(/credentials/);
  }, patience);
  // All of it is published, and whole.
  await vi.waitFor(async () => expect(await verifyTrail(owner, pool)).toMatchObject({ broken: null }), patience);
  expect(running.problems).toEqual([]);
});

test('does so as a service of the secured stack, which counts what comes again', async () => {
  await up(config, { only: ['auditor'], progress: 'silent' });
  const ask = (table: string) =>
    withPool(databaseOf(config, 'enricher'), (pool) => pool.query(`SELECT * FROM ${table}`)).catch(() => undefined);
  for (let time = 0; time < 20; time += 1) await ask('upkeep_runs');
  await ask('migrations');
  const ofEnricher = () => denials((event) => event.principal.includes('enricher'));
  await vi.waitFor(async () => {
    const subjects = (await ofEnricher()).map(({ subjects }) => subjects[0]);
    expect(subjects).toEqual(['table upkeep_runs', 'table migrations']);
  }, patience);
  const counted = await pool.query<{ count: number }>(
    "SELECT count::int FROM audit_repeats WHERE denial->>'subject' = 'table upkeep_runs'",
  );
  expect(counted.rows).toEqual([{ count: 19 }]);
});

test('goes on where it was, and writes down nothing twice, however it was ended', async () => {
  const before = await denials(() => true);
  await collectOnce(config, pool);
  await collectOnce(config, pool);
  expect(await denials(() => true)).toEqual(before);
});

test('lets the auditor add to the trail, and no role change it or choose what it says of itself', async () => {
  const entry = {
    principal: 'x',
    host: '',
    person: '',
    action: 'page',
    subjects: [],
    outcome: 'denied',
    details: {},
  } as const;
  await withPool(databaseOf(config, 'page'), async (page) => {
    await appendAuditEvent(page, entry);
    for (const statement of ['SELECT * FROM audit_events', 'DELETE FROM audit_events', 'SELECT audit_forget(90)'])
      await expect(page.query(statement)).rejects.toMatchObject({ code: '42501' });
    await expect(page.query('INSERT INTO audit_events SELECT 99')).rejects.toMatchObject({ code: '42501' });
  });
  const [event] = await listAuditEvents(pool, { action: 'page' }, 1);
  expect(event).toMatchObject({ role: databaseOf(config, 'page').user, address: '127.0.0.1', principal: 'x' });
  await withPool(databaseOf(config, 'router'), async (router) => {
    await expect(appendAuditEvent(router, entry)).rejects.toMatchObject({ code: '42501' });
  });
  await expect(pool.query('DELETE FROM audit_events')).rejects.toMatchObject({ code: '42501' });
});
