/** Compares sums with the panes that a topic holds. */
import type { Config } from '../config.js';
import { offsetsAt, withKafkaAdmin } from '../kafka/client.js';
import { readTopic } from '../kafka/topic-reader.js';
import { limits } from '../model/limits.js';
import { paneCounts } from '../model/panes.js';
import { readPanes, type PaneRow } from '../pipelines/backfill/folder.js';
import { aggregatedOrderCodec, toMillis } from '../proto/messages.js';
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

/** The newest panes that a topic has of windows of that size in the span. */
async function newestPanes(config: Config, topic: string, windows: Span, windowSeconds: number) {
  const panes = new Map<string, Held>();
  const from = await withKafkaAdmin(config, (admin) => offsetsAt(admin, topic, windows.from - limits.ahead));
  await readTopic(
    config,
    topic,
    ({ value }) => {
      const { toLocationId, windowStart, windowEnd, orders, items, amounts, revision } = aggregatedOrderCodec.decode(
        value ?? new Uint8Array(0),
      );
      const [start, end] = [toMillis(windowStart ?? {}), toMillis(windowEnd ?? {})];
      if (start < windows.from || start >= windows.to || end - start !== windowSeconds * 1000) return;
      const pane = {
        orders,
        items,
        amounts: Object.fromEntries(amounts.map(({ currency, minorUnits }) => [currency ?? '', minorUnits ?? 0])),
        revision,
      };
      const key = keyOf({ toLocationId, windowStart: start });
      if (paneCounts(pane, panes.get(key))) panes.set(key, pane);
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
      const difference = !held || held.orders === 0 ? 'missing' : isEqual(row, held) ? 'equal' : 'different';
      return { difference, row, ...(held && { held }) };
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

function isEqual(left: Sums, right: Sums): boolean {
  const currencies = new Set([...Object.keys(left.amounts), ...Object.keys(right.amounts)]);
  return (
    left.orders === right.orders &&
    left.items === right.items &&
    [...currencies].every((currency) => (left.amounts[currency] ?? 0) === (right.amounts[currency] ?? 0))
  );
}
