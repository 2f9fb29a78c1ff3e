/** Walks the audit trail's chain, and holds the topic's copies against the table: what was changed, taken out or put in is found. */
import type { Config } from '../config.js';
import { readTopic } from '../kafka/topic-reader.js';
import { type AuditHead, auditAnchor, auditEventsAfter } from '../metastore/audit-trail.js';
import type { Pool } from '../metastore/connection.js';
import type { AuditEvent } from '../model/audit.js';
import { breakAt, hashOf, hexOf, isSameHash } from './chain.js';
import { decodeAuditEvent, millisOf } from './message.js';

/** The first event of which something is wrong. */
export interface Broken {
  readonly seq: number;
  readonly where: 'table' | 'topic' | 'head';
  /** In a few words. */
  readonly problem: string;
}

export interface Verified {
  /** Where the chain begins, and the newest event. */
  readonly first: number;
  readonly last: number;
  /** The newest event's hash, in hex. */
  readonly head: string;
  /** Records of the topic that were compared; null where it was not read. */
  readonly compared: number | null;
  readonly broken: Broken | null;
}

export interface VerifyOptions {
  /** A head that was noted before: the chain has to hold it. */
  readonly head?: AuditHead | undefined;
  /** Leave the topic out. */
  readonly tableOnly?: boolean;
}

const pageSize = 1_000;
/** No setting lets events be forgotten sooner (audit_forget). */
const leastKeepMs = 90 * 86_400_000;

/**
 * Verifies the trail as it is; events may be appended meanwhile. The first break that it finds, in the table before the topic, is `broken`. Fails as
 * the metastore and Kafka do.
 */
export async function verifyTrail(config: Config, pool: Pool, options: VerifyOptions = {}): Promise<Verified> {
  const anchor = await auditAnchor(pool);
  const { last, broken } = await walkTable(pool, anchor, options.head);
  const found = { first: anchor.seq + 1, last: last.seq, head: hexOf(last.hash) };
  if (broken || options.tableOnly) return { ...found, compared: null, broken };
  return { ...found, ...(await compareTopic(config, pool, anchor, last)) };
}

async function walkTable(pool: Pool, anchor: AuditHead, head: AuditHead | undefined) {
  let last = anchor;
  const wrong = (seq: number, problem: string, where: Broken['where'] = 'table') => ({
    last,
    broken: { seq, where, problem },
  });
  const isOtherHead = (at: AuditHead) => head?.seq === at.seq && !isSameHash(head.hash, at.hash);
  if (isOtherHead(anchor)) return wrong(anchor.seq, 'it is not the head that was noted', 'head');
  for (;;) {
    const page = await auditEventsAfter(pool, last.seq, pageSize);
    for (const event of page) {
      const problem = breakAt(event, last);
      if (problem !== null) return wrong(event.seq, problem);
      if (isOtherHead(event)) return wrong(event.seq, 'it is not the head that was noted', 'head');
      last = event;
    }
    if (page.length < pageSize) break;
  }
  if (head && head.seq > last.seq)
    return wrong(last.seq + 1, `the chain ends before the head that was noted, ${head.seq}`, 'head');
  return { last, broken: null };
}

/**
 * The topic has one partition, in the order of the chain; an event may stand there several times. Those that are older than the topic's retention
 * are gone; those that the table has forgotten are only looked at.
 */
async function compareTopic(config: Config, pool: Pool, anchor: AuditHead, last: AuditHead) {
  let broken: Broken | null = null;
  let compared = 0;
  let oldest: number | null = null;
  let newest: number | null = null;
  let part: AuditEvent[] = [];
  const wrong = (seq: number, problem: string) => void (broken ??= { seq, where: 'topic', problem });

  async function comparePart(): Promise<void> {
    const events = part;
    part = [];
    if (broken || events.length === 0) return;
    const seqs = events.map(({ seq }) => seq).filter((seq) => seq > anchor.seq && seq <= last.seq);
    const from = Math.min(...seqs) - 1;
    const rows = seqs.length > 0 ? await auditEventsAfter(pool, from, Math.max(...seqs) - from) : [];
    const hashes = new Map(rows.map(({ seq, hash }) => [seq, hash]));
    for (const event of events) {
      const { seq } = event;
      if (newest !== null && seq > newest + 1)
        wrong(newest + 1, `the topic lacks it: ${seq} comes after ${newest} there`);
      newest = Math.max(newest ?? 0, seq);
      oldest ??= seq;
      if (!isSameHash(event.hash, hashOf(event))) wrong(seq, 'its copy on the topic was changed');
      else if (seq > last.seq) await later(event);
      else if (seq > anchor.seq && !isSameHash(hashes.get(seq)!, event.hash))
        wrong(seq, 'the table has another event under this number than the topic');
      else if (seq === anchor.seq && !isSameHash(anchor.hash, event.hash))
        wrong(seq, 'the table goes on from another event than the topic has under this number');
      else if (seq <= anchor.seq && millisOf(event) > Date.now() - leastKeepMs)
        wrong(seq, 'it was taken out of the table, though it is younger than any event that is forgotten');
      if (broken) return;
    }
  }

  /** Appended since the table was read, or before somebody took it out at the end. */
  async function later(event: AuditEvent): Promise<void> {
    const [row] = await auditEventsAfter(pool, event.seq - 1, 1);
    if (row?.seq !== event.seq || !isSameHash(row.hash, event.hash))
      wrong(event.seq, `the table lacks it: it ends with ${last.seq}`);
  }

  await readTopic(config, 'audit', async (record) => {
    compared += 1;
    const event = eventOf(record.value);
    if (!event) return wrong(newest === null ? 0 : newest + 1, `the record ${record.offset} of the topic is no event`);
    part.push(event);
    if (part.length === pageSize) await comparePart();
  });
  await comparePart();
  broken ??= await missingOnTopic(pool, oldest, newest);
  return { compared, broken };
}

function eventOf(value: Uint8Array | null): AuditEvent | null {
  try {
    return value && decodeAuditEvent(value);
  } catch {
    return null;
  }
}

/** What Kafka has confirmed has to be there, but for what is older than anything that is deleted there. */
async function missingOnTopic(pool: Pool, oldest: number | null, newest: number | null): Promise<Broken | null> {
  const { rows } = await pool.query<{ published: number; seq: number | null }>(
    `SELECT p.seq::float8 AS published, min(e.seq)::float8 AS seq
     FROM audit_publication p LEFT JOIN audit_events e
       ON e.seq <= p.seq AND e.at > now() - $1 * interval '1 ms' AND (e.seq < $2 OR e.seq > $3 OR $2 IS NULL)
     GROUP BY p.seq`,
    [leastKeepMs, oldest, newest],
  );
  const { published, seq } = rows[0]!;
  return seq === null
    ? null
    : { seq, where: 'topic', problem: `the topic lacks it, and was given all up to ${published}` };
}
