/** The audit trail against a PostgreSQL and a Kafka: its chain, who may do what to it, what of it is found broken, and its way onto the topic. */
import fc from 'fast-check';
import type pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it, test } from 'vitest';
import { breakAt, hashOf, hexOf } from '../../audit/chain.js';
import { decodeAuditEvent, encodeAuditEvent } from '../../audit/message.js';
import { publishEvents } from '../../audit/publish.js';
import { type Broken, verifyTrail } from '../../audit/verify.js';
import type { Config } from '../../config.js';
import { kafkaProducer, withKafkaAdmin } from '../../kafka/client.js';
import { readTopic } from '../../kafka/topic-reader.js';
import { applyTopics } from '../../kafka/topics.js';
import { startService, stopService } from '../../local/lifecycle.js';
import { up } from '../../local/up.js';
import {
  appendAuditEvent,
  auditAnchor,
  auditEventsAfter,
  auditHead,
  forgetAuditEvents,
  unpublishedEvents,
  withAuditEvent,
} from '../../metastore/audit-trail.js';
import { createPool } from '../../metastore/connection.js';
import { migrate } from '../../metastore/migrate.js';
import { type AuditEntry, type AuditEvent, auditLimits } from '../../model/audit.js';
import { localStack, removeLocalStack } from '../local-stack.js';

let config: Config;
let pool: pg.Pool;
beforeAll(async () => {
  config = await localStack();
  await up(config, { only: ['kafka', 'postgres'], progress: 'silent' });
  await migrate({ url: config.postgresUrl });
  pool = createPool({ url: config.postgresUrl }, { connections: 10 });
}, 600_000);
afterAll(async () => {
  await pool.end();
  await removeLocalStack(config);
});

/** As the owner of the tables, who can switch off what guards them. */
async function unguarded(statement: string, values: readonly unknown[] = []): Promise<void> {
  const client = await pool.connect();
  await client.query('BEGIN');
  await client.query('ALTER TABLE audit_events DISABLE TRIGGER USER');
  await client.query(statement, [...values]);
  await client.query('ALTER TABLE audit_events ENABLE TRIGGER USER');
  await client.query('COMMIT');
  client.release();
}

const startAnew = async () => {
  await unguarded('DELETE FROM audit_events');
  await pool.query("UPDATE audit_anchor SET seq = 0, hash = decode(repeat('00', 32), 'hex')");
  await pool.query('UPDATE audit_publication SET seq = 0');
};
beforeEach(startAnew);

const anEntry = (changed: Partial<AuditEntry> = {}): AuditEntry => ({
  ...{ principal: 'ada', host: 'desk-1', person: '', action: 'cancel-order', subjects: ['order O-1'], outcome: 'done' },
  details: { cancelled: 1 },
  ...changed,
});
const append = (changed?: Partial<AuditEntry>) => appendAuditEvent(pool, anEntry(changed));
const appendSome = async (events: number) => {
  for (let index = 0; index < events; index += 1) await append({ subjects: [`order O-${index + 1}`] });
};
const all = () => auditEventsAfter(pool, 0, 10_000);

/** Holds the chain together from the anchor on, as a reader of its own does. */
function expectWhole(events: readonly AuditEvent[], before = { seq: 0, hash: Buffer.alloc(32) as Uint8Array }): void {
  for (const event of events) {
    expect(breakAt(event, before)).toBeNull();
    before = event;
  }
}

describe('the chain', () => {
  it('has what the server knows and what the client says, and the hash that TypeScript computes, too', async () => {
    expect(await append({ person: 'Ada L.', subjects: ['a', 'ä€', ''], details: { 'ü:3': '🙂\u0000', n: 1.5 } })).toBe(
      1,
    );
    const [event] = await all();
    expect(event).toMatchObject({
      ...{ seq: 1, role: 'orderflow', principal: 'ada', host: 'desk-1', person: 'Ada L.', action: 'cancel-order' },
      ...{ subjects: ['a', 'ä€', ''], outcome: 'done', details: '{"ü:3":"🙂\\u0000","n":1.5}', address: '127.0.0.1' },
    });
    expect(Math.abs(event!.atMicros / 1000 - Date.now())).toBeLessThan(60_000);
    expect(hexOf(hashOf(event!))).toBe(hexOf(event!.hash));
  });

  it('is one chain, whoever appends at the same time, and whichever transactions are rolled back', async () => {
    const text = fc.string({ maxLength: 20, unit: 'binary' });
    const entry = fc.record({
      ...{ principal: text, host: text, person: text, subjects: fc.array(text, { maxLength: 3 }) },
      outcome: fc.constantFrom('begun', 'done', 'failed', 'denied'),
      details: fc.dictionary(text, text, { maxKeys: 2 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(entry, fc.boolean()), { minLength: 1, maxLength: 30 }), async (entries) => {
        await startAnew();
        await Promise.all(
          entries.map(([entry, isUndone]) =>
            withAuditEvent(
              pool,
              async (client) => {
                if (!isUndone) return;
                await appendAuditEvent(client, anEntry(entry));
                throw new Error('undone');
              },
              () => anEntry(entry),
            ).catch((error: Error) => expect(error.message).toBe('undone')),
          ),
        );
        const events = await all();
        expect(events).toHaveLength(entries.filter(([, isUndone]) => !isUndone).length);
        expectWhole(events);
      }),
      { numRuns: 20 },
    );
  });

  it('has no event without its change, and no change without its event', async () => {
    await pool.query('CREATE TABLE IF NOT EXISTS changed (id int)');
    const change = (details: object) =>
      withAuditEvent(
        pool,
        (client) => client.query('INSERT INTO changed VALUES (1)'),
        () => ({ ...anEntry(), action: 'NO ACTION' as never, details: details as never }),
      );
    await expect(change({})).rejects.toThrow(/check constraint/);
    expect([(await pool.query('SELECT FROM changed')).rowCount, (await all()).length]).toEqual([0, 0]);
    await pool.query('DROP TABLE changed');
  });

  it('takes what is too long or no text in part, and says so', async () => {
    await append({
      ...{ principal: `\0${'x'.repeat(1_000)}`, host: '\ud800', details: { long: 'y'.repeat(5_000) } },
      subjects: Array.from({ length: 30 }, () => 'z'.repeat(1_000)),
    });
    const [event] = await all();
    expect(event).toMatchObject({ details: '{"tooLong":5029,"moreSubjects":10}', host: '\ufffd' });
    expect([event!.principal.length, event!.subjects.length]).toEqual([auditLimits.name, auditLimits.subjects]);
    expectWhole([event!]);
  });

  it('is on the topic as it is in the table', async () => {
    await append({ subjects: ['order O-1', 'ü'], person: 'Ada' });
    const [event] = await all();
    expect(decodeAuditEvent(encodeAuditEvent(event!))).toEqual(event);
  });
});

describe('what the table lets be done', () => {
  it.each(['UPDATE audit_events SET principal = $$nobody$$', 'DELETE FROM audit_events', 'TRUNCATE audit_events'])(
    'refuses %s',
    async (statement) => {
      await append();
      await expect(pool.query(statement)).rejects.toThrow('audit_events is append-only');
    },
  );
});

describe('publishing', () => {
  /** Deletes the topic's records. */
  const emptyTopic = () =>
    withKafkaAdmin(config, async (admin) => {
      const [bounds] = await admin.fetchTopicOffsets('audit');
      await admin.deleteTopicRecords({ topic: 'audit', partitions: [{ partition: 0, offset: bounds!.high }] });
    });
  const onTopic = async () => {
    const events: AuditEvent[] = [];
    await readTopic(config, 'audit', (record) => void events.push(decodeAuditEvent(record.value as Uint8Array)));
    return events;
  };

  test('keeps what it cannot publish, and publishes it in its order when Kafka is back', async () => {
    await appendSome(3);
    await expect(publishEvents(config, pool)).rejects.toThrow(); // there is no topic yet
    await stopService(config, 'kafka');
    await append();
    await expect(publishEvents(config, pool)).rejects.toThrow();
    expect(await unpublishedEvents(pool)).toEqual({ events: 4, since: Math.round((await all())[0]!.atMicros / 1000) });
    await startService(config, 'kafka');
    const applied = await applyTopics(config);
    expect(applied.find(({ topic }) => topic === 'audit')).toMatchObject({ action: 'created', partitions: 1 });
    // Several at once publish nothing twice.
    const published = await Promise.all([1, 2, 3].map(() => publishEvents(config, pool)));
    expect(published.sort()).toEqual([0, 0, 4]);
    expect(await onTopic()).toEqual(await all());
    expect(await unpublishedEvents(pool)).toEqual({ events: 0, since: null });
  });

  describe('verify', () => {
    /** A topic without records, and so many events on it. */
    beforeEach(async () => {
      await emptyTopic();
      await appendSome(5);
      await publishEvents(config, pool);
    });
    const verify = (options = {}) => verifyTrail(config, pool, options);

    test('finds nothing wrong with what is whole, published twice or not at all', async () => {
      await pool.query('UPDATE audit_publication SET seq = 2');
      await publishEvents(config, pool);
      await append();
      const head = hexOf((await auditHead(pool)).hash);
      expect(await verify()).toEqual({ first: 1, last: 6, head, compared: 8, broken: null });
      expect(await verify({ tableOnly: true })).toMatchObject({ compared: null, broken: null });
      expect(await verify({ head: (await all())[2] })).toMatchObject({ broken: null });
    });

    const changes: [string, string, Omit<Broken, 'problem'> & { problem: RegExp }][] = [
      ['changed', `UPDATE audit_events SET principal = 'eve' WHERE seq = 3`, { seq: 3, where: 'table', problem: /was changed/ }], // prettier-ignore
      ['taken out', 'DELETE FROM audit_events WHERE seq IN (2, 3)', { seq: 4, where: 'table', problem: /2 to 3 .* missing/ }], // prettier-ignore
      ['moved', 'UPDATE audit_events SET seq = seq + 10 WHERE seq >= 3', { seq: 13, where: 'table', problem: /3 to 12/ }], // prettier-ignore
      ['put in at the end', `INSERT INTO audit_events SELECT 6, at, role, address, 'eve', host, person, action, subjects, outcome, details, hash, sha256('x') FROM audit_events WHERE seq = 5`, { seq: 6, where: 'table', problem: /was changed/ }], // prettier-ignore
      [
        'taken out at the beginning',
        'DELETE FROM audit_events WHERE seq <= 2',
        { seq: 3, where: 'table', problem: /1 to 2/ },
      ],
      ['taken out at the end', 'DELETE FROM audit_events WHERE seq >= 4', { seq: 4, where: 'topic', problem: /the table lacks it/ }], // prettier-ignore
      [
        'written anew, all of the chain',
        rewritten(),
        { seq: 2, where: 'topic', problem: /another event under this number/ },
      ],
      ['taken out, with the anchor moved', forgotten(), { seq: 1, where: 'topic', problem: /younger than any/ }],
    ];
    test.each(changes)('finds what was %s', async (_what, statement, { problem, ...broken }) => {
      for (const part of statement.split('\n--\n')) await unguarded(part);
      const { broken: found } = await verify();
      expect(found).toEqual({ ...broken, problem: expect.stringMatching(problem) as string });
    });

    test('finds what was taken out at the end and replaced, once it is published or not', async () => {
      await unguarded('DELETE FROM audit_events WHERE seq >= 4');
      await append({ principal: 'eve' });
      expect((await verify()).broken).toMatchObject({ seq: 4, where: 'topic', problem: /another event/ as never });
    });

    test('finds what is no copy on the topic, and what is missing there', async () => {
      const producer = kafkaProducer(config, 'test');
      await producer.connect();
      const send = (value: Buffer) => producer.send({ topic: 'audit', messages: [{ key: 'x', value }] });
      const [, second] = await all();
      await send(Buffer.from(encodeAuditEvent({ ...second!, principal: 'eve' })));
      expect((await verify()).broken).toMatchObject({ seq: 2, problem: 'its copy on the topic was changed' });
      await emptyTopic();
      expect((await verify()).broken).toMatchObject({ seq: 1, where: 'topic', problem: /lacks it/ as never });
      await send(Buffer.from('no message'));
      expect((await verify()).broken).toMatchObject({ where: 'topic', problem: /is no event/ as never });
      await producer.disconnect();
    });

    test('holds the chain against a head that was noted outside', async () => {
      const [, , third] = await all();
      expect((await verify({ head: { ...third!, hash: Buffer.alloc(32) } })).broken).toMatchObject({
        seq: 3,
        where: 'head',
      });
      expect((await verify({ head: { ...third!, seq: 9 } })).broken).toMatchObject({ seq: 6, where: 'head' });
    });

    test('goes on from the anchor where old events were forgotten, and only those that are published', async () => {
      await unguarded(aged(4));
      await publishedAnew();
      await append();
      await pool.query('UPDATE audit_publication SET seq = 3');
      await expect(forgetAuditEvents(pool, 89)).rejects.toThrow('90 days at least');
      expect(await forgetAuditEvents(pool, 90)).toBe(3);
      expect((await auditAnchor(pool)).seq).toBe(3);
      const events = await all();
      expect(events.map(({ seq, action }) => [seq, action])).toEqual([[4, 'cancel-order'], [5, 'cancel-order'], [6, 'cancel-order'], [7, 'audit forget']]); // prettier-ignore
      expectWhole(events, await auditAnchor(pool));
      await publishEvents(config, pool);
      expect(await verify()).toMatchObject({ first: 4, last: 7, broken: null });
    });

    /** The chain as it is now, on a topic without what was there before. */
    async function publishedAnew(): Promise<void> {
      await emptyTopic();
      await pool.query('UPDATE audit_publication SET seq = 0');
      await publishEvents(config, pool);
    }
  });
});

/** Makes the hashes right again, from an event on, as somebody can who has all rights. */
function rehashed(): string {
  return `DO $$ DECLARE e audit_events; h bytea := (SELECT hash FROM audit_anchor); BEGIN
    FOR e IN SELECT * FROM audit_events ORDER BY seq LOOP
      e.previous_hash := h; h := audit_hash(e);
      UPDATE audit_events SET previous_hash = e.previous_hash, hash = h WHERE seq = e.seq;
    END LOOP; END $$`;
}
function rewritten(): string {
  return `UPDATE audit_events SET principal = 'eve' WHERE seq = 2\n--\n${rehashed()}`;
}
function forgotten(): string {
  return `UPDATE audit_anchor SET seq = 2, hash = (SELECT hash FROM audit_events WHERE seq = 2)\n--\nDELETE FROM audit_events WHERE seq <= 2`;
}
/** As if the first events were half a year old. */
function aged(events: number): string {
  return `DO $$ DECLARE e audit_events; h bytea := (SELECT hash FROM audit_anchor); BEGIN
    FOR e IN SELECT * FROM audit_events ORDER BY seq LOOP
      IF e.seq <= ${events} THEN e.at := e.at - interval '180 days'; END IF;
      e.previous_hash := h; h := audit_hash(e);
      UPDATE audit_events SET at = e.at, previous_hash = e.previous_hash, hash = h WHERE seq = e.seq;
    END LOOP; END $$`;
}
