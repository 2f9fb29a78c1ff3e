/** Compares sums with the panes that a topic holds. */
import type { Config } from '../config.js';
import { offsetsAt, withKafkaAdmin } from '../kafka/client.js';
import { readTopic } from '../kafka/topic-reader.js';
import { limits } from '../model/limits.js';
import { paneCounts } from '../model/panes.js';
import { readPanes, type PaneRow } from '../pipelines/backfill/folder.js';
import { aggregatedOrderCodec, messageIn, toMillis } from '../proto/messages.js';
import type { Sums } from '../transforms/aggregator.js';
import type { Span } from './ranges.js';

/** equal: the topic holds the same. different: it holds other sums. missing: none. superfluous: some where nothing counts. */
export const differences = ['equal', 'different', 'missing', 'superfluous'] as const;
export type Difference = (typeof differences)[number];

/** A to-location's window, as it should be and as the topic has it. */
export interface Compared {
  readonly difference: Difference;
  readonly row: PaneRow;
  readonly held?: Held;
}

export type Held = Sums & { readonly revision: number };

const keyOf = ({ toLocationId, windowStart }: Pick<PaneRow, 'toLocationId' | 'windowStart'>) =>
  `${windowStart} ${toLocationId}`;

/** The pane in a record's value and its key, where it is of a window of that size in the span. */
export function paneIn(value: Uint8Array | null, windows: Span, windowSeconds: number): [string, Held] | undefined {
  const message = messageIn(aggregatedOrderCodec, value);
  if (!message) return undefined;
  const { toLocationId, windowStart, windowEnd, orders, items, amounts, revision } = message;
  const [start, end] = [toMillis(windowStart ?? {}), toMillis(windowEnd ?? {})];
  if (start < windows.from || start >= windows.to || end - start !== windowSeconds * 1000) return undefined;
  const inCurrencies = amounts.map(({ currency, minorUnits }) => [currency ?? '', minorUnits ?? 0] as const);
  const pane = { orders, items, amounts: Object.fromEntries(inCurrencies), revision };
  return [keyOf({ toLocationId, windowStart: start }), pane];
}

/** The newest panes that a topic has of windows of that size in the span. */
async function newestPanes(config: Config, topic: string, windows: Span, windowSeconds: number) {
  const panes = new Map<string, Held>();
  const from = await withKafkaAdmin(config, (admin) => offsetsAt(admin, topic, windows.from - limits.ahead));
  await readTopic(
    config,
    topic,
    ({ value }) => {
      const [key, pane] = paneIn(value, windows, windowSeconds) ?? [];
      if (key !== undefined && pane && paneCounts(pane, panes.get(key))) panes.set(key, pane);
    },
    { from },
  );
  return panes;
}

/** Each window of the folder's sums and of the topic, a day after another; what is superfluous comes last, as a row without orders. */
export async function* compareWith(
  config: Config,
  topic: string,
  folder: string,
  { windows, windowSeconds }: { readonly windows: Span; readonly windowSeconds: number },
): AsyncGenerator<readonly Compared[]> {
  const panes = await newestPanes(config, topic, windows, windowSeconds);
  for await (const rows of readPanes(folder)) {
    yield rows.map((row) => {
      const held = panes.get(keyOf(row));
      panes.delete(keyOf(row));
      return { difference: differenceOf(row, held), row, ...(held && { held }) };
    });
  }
  yield [...panes]
    .filter(([, { orders }]) => orders > 0)
    .map(([key, held]): Compared => {
      const [start = '', ...location] = key.split(' ');
      const windowStart = Number(start);
      const row = {
        toLocationId: location.join(' '),
        windowStart,
        windowEnd: windowStart + windowSeconds * 1000,
        ...{ orders: 0, items: 0, amounts: {} },
      };
      return { difference: 'superfluous', row, held };
    });
}

/** How the topic's pane differs from sums in which something counts. */
export function differenceOf(sums: Sums, held: Held | undefined): Difference {
  if (!held || held.orders === 0) return 'missing';
  return isEqual(sums, held) ? 'equal' : 'different';
}

function isEqual(left: Sums, right: Sums): boolean {
  const currencies = new Set([...Object.keys(left.amounts), ...Object.keys(right.amounts)]);
  return (
    left.orders === right.orders &&
    left.items === right.items &&
    [...currencies].every((currency) => (left.amounts[currency] ?? 0) === (right.amounts[currency] ?? 0))
  );
}
