/** `orderflow order ID`. */
import { loadConfig } from '../config.js';
import { OperatorError } from '../errors.js';
import { withPool } from '../metastore/connection.js';
import { databaseOf } from '../metastore/database.js';
import { listParked, type ParkedOrder } from '../metastore/parked-orders.js';
import { orderStory, type OrderStory, type Publication } from '../metastore/queries.js';
import type { ReleaseLine } from '../metastore/releases.js';
import type { Command } from './command.js';
import { idFrom } from './ids.js';
import { nextTryText } from './parked.js';
import { printable } from './printable.js';
import { table } from './table.js';

const time = (millis: number) => new Date(millis).toISOString();

function showPublication({ messageId, isAccepted, createdAt, lines }: Publication): string {
  const created = createdAt === null ? '' : `, created ${time(createdAt)}`;
  const title = printable(`${isAccepted ? 'accepted' : 'not accepted'}: message ${messageId}${created}`);
  if (lines.length === 0) return `${title}\n  no status is recorded yet`;
  const rows = lines.map(({ recordedAt, status, recordedBy, detail, about }) => [
    time(recordedAt),
    status,
    recordedBy,
    about ? `another record, ${about}: ${detail}` : detail,
  ]);
  return `${title}\n${table(['time', 'status', 'by', 'detail'], rows).replace(/^/gm, '  ')}`;
}

function showRelease({ letter, number, claimedAt, sentAt, by, why }: ReleaseLine): string {
  const when = sentAt === null ? `claimed ${time(claimedAt)}, and not known to be sent` : `sent back ${time(sentAt)}`;
  return printable(`release ${number} of ${letter} ${when}, by ${by}${why ? `: ${why}` : ''}`);
}

function showWaiting(order: ParkedOrder, parked: OrderStory['parked']): string {
  const { partnerId, since, tries, lastAnswer } = order;
  const isLeased = parked?.leasedUntil && parked.since === since;
  return printable(
    [
      `waits for ${partnerId} since ${time(since)}`,
      ...(isLeased ? [`being tried until ${time(parked.leasedUntil)}`] : []),
      `tries ${tries}`,
      `next try ${nextTryText(order)}`,
      `last answer ${lastAnswer || 'unknown'}`,
    ].join(', '),
  );
}

/** The story as text: the publication that counts, the others, what holds the order up: `waiting` is what is parked of it. */
export function showStory(
  { orderId, publications, parked, cancelledAt, releases }: OrderStory,
  waiting: readonly ParkedOrder[],
): string {
  return [
    printable(`order ${orderId}`),
    ...publications.map(showPublication),
    ...waiting.map((order) => showWaiting(order, parked)),
    ...releases.map(showRelease),
    ...(cancelledAt === null ? [] : [`cancelled ${time(cancelledAt)}`]),
  ].join('\n');
}

export const orderCommand: Command<{ id: string; json: boolean }> = {
  builder: (yargs) =>
    yargs
      .positional('id', { type: 'string', demandOption: true, describe: 'the order id', coerce: idFrom })
      .option('json', { type: 'boolean', default: false, describe: 'one JSON object on stdout' })
      .example('orderflow order O-1001', 'where the order is, and why')
      .example('orderflow order O-1001 --json | jq .publications[0].lines', 'times in milliseconds') as never,
  handler: async ({ id, json }) => {
    const { story, waiting } = await withPool(databaseOf(loadConfig(), 'page'), async (pool) => ({
      story: await orderStory(pool, id),
      waiting: await listParked(pool, { orders: [id] }),
    }));
    if (!story) {
      throw new OperatorError(
        'UNKNOWN_ORDER',
        `nothing is known of order ${id}: check the id, or it came in too recently`,
      );
    }
    console.log(json ? JSON.stringify({ ...story, waiting }) : showStory(story, waiting));
  },
};
