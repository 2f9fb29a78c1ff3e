/** One order's account for people: what `reconcile --order` prints. */
import type { OrderAccount } from '../reconcile/one-order.js';
import { showStory } from './order.js';
import { printable } from './printable.js';
import { problemText } from './report-text.js';
import { table } from './table.js';

const time = (millis: number) => new Date(millis).toISOString();

export function orderAccountText({
  orderId,
  records,
  story,
  waiting,
  claims,
  requests,
  problems,
  reconciled,
}: OrderAccount): string {
  const rows = records.map(({ topic, partition, offset, time: at, messageId, release, detail }) => [
    time(at),
    topic,
    `${partition}@${offset}`,
    messageId,
    [detail, release && `release ${release}`].filter(Boolean).join(', '),
  ]);
  const held = claims.map(({ of, messageId, record, attempt, isDone }) => [
    of,
    [messageId && `message ${messageId}`, record, attempt !== null && `attempt ${attempt}`, isDone && 'ended']
      .filter(Boolean)
      .join(', '),
  ]);
  const asked = (requests ?? []).map(({ time: at, outcome, status, idempotencyKey }) => [
    at,
    outcome,
    String(status),
    idempotencyKey,
  ]);
  return [
    story ? showStory(story, waiting) : printable(`order ${orderId}: the metastore knows nothing of it`),
    table(['time', 'topic', 'at', 'message', 'what'], rows),
    ...(held.length > 0 ? [table(['claim on', 'held by'], held)] : []),
    ...(asked.length > 0 ? [table(['time', "partner's journal", 'status', 'idempotency key'], asked)] : []),
    ...(problems.length > 0 ? [problems.map(problemText).join('\n')] : []),
    verdict(records.length, reconciled),
  ].join('\n\n');
}

function verdict(records: number, reconciled: boolean): string {
  if (records === 0) return 'no topic holds a record of it';
  return reconciled ? `${records} records, and all fits together` : `${records} records, and something is wrong`;
}
