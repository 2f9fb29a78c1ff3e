/**
 * What the archive's files say of a record beside its bytes: the columns of the stream's datasource in Druid, but for the sketch of customers. So
 * the same personal data are in neither: no customer id, no address, and no payment method of a sealed order.
 */
import { isSealed } from '../personal-data/sealing.js';
import type { Cells, ColumnType } from '../kafka/parquet-records.js';
import { topics, type TopicName } from '../model/topics.js';
import {
  isTimestamp,
  messageIn,
  toMillis,
  v1,
  type AggregatedOrder,
  type Codec,
  type DeadLetter,
  type EnrichedOrder,
  type Order,
  type RejectedOrder,
  type RoutedOrder,
  type Timestamp,
} from '../proto/messages.js';

type Cell = Cells[string];
interface Column<Message> {
  readonly type: ColumnType;
  readonly of: (message: Message) => Cell;
}
type Columns<Message> = Readonly<Record<string, Column<Message>>>;

const text = <Message>(of: (message: Message) => string | null | undefined): Column<Message> => ({
  type: 'STRING',
  of: (message) => of(message) ?? '',
});
/** Null beyond what a double counts: hostile orders on `raw_order` have such sums. */
const number = <Message>(of: (message: Message) => number | null | undefined): Column<Message> => ({
  type: 'INT64',
  of(message) {
    const value = of(message) ?? 0;
    return Number.isSafeInteger(value) ? BigInt(value) : null;
  },
});
const time = <Message>(of: (message: Message) => Timestamp | null | undefined): Column<Message> => ({
  type: 'TIMESTAMP',
  of(message) {
    const timestamp = of(message);
    return timestamp && isTimestamp(timestamp) ? new Date(toMillis(timestamp)) : null;
  },
});
const json = <Message>(of: (message: Message) => object): Column<Message> => ({ type: 'JSON', of });

/** The columns of a message that another one holds; all of them null where it does not. */
const within = <Outer, Inner>(columns: Columns<Inner>, of: (message: Outer) => Inner | null | undefined) =>
  Object.fromEntries(
    Object.entries(columns).map(([name, column]) => [
      name,
      {
        type: column.type,
        of(message: Outer) {
          const inner = of(message);
          return inner ? column.of(inner) : null;
        },
      },
    ]),
  ) as Columns<Outer>;

const sumOf = (order: Order, of: (line: v1.IOrderLine) => number) =>
  (order.lines ?? []).reduce((sum, line) => sum + of(line), 0);

const orderColumns: Columns<Order> = {
  order_id: text((order) => order.orderId),
  message_id: text((order) => order.messageId),
  order_type: text((order) => v1.OrderType[order.orderType]),
  from_location_id: text((order) => order.fromLocationId),
  to_location_id: text((order) => order.toLocationId),
  created_at: time((order) => order.createdAt as Timestamp),
  promised_by: time((order) => order.promisedBy as Timestamp),
  currency: text((order) => order.currency),
  payment_method: text((order) => (isSealed(order) ? '' : v1.PaymentMethod[order.paymentMethod])),
  items: number((order) => sumOf(order, ({ quantity }) => quantity ?? 0)),
  amount: number((order) => sumOf(order, ({ quantity, unitPrice }) => (quantity ?? 0) * Number(unitPrice ?? 0))),
  lines: json(({ lines = [] }) => ({
    sku: lines.map(({ sku }) => sku ?? ''),
    quantity: lines.map(({ quantity }) => quantity ?? 0),
    unit_price: lines.map(({ unitPrice }) => Number(unitPrice ?? 0)),
  })),
};

const enrichedColumns: Columns<EnrichedOrder> = {
  ...within(orderColumns, (message: EnrichedOrder) => message.order as Order),
  from_location: text((message) => message.fromLocation?.name),
  from_region: text((message) => message.fromLocation?.region),
  to_location: text((message) => message.toLocation?.name),
  to_region: text((message) => message.toLocation?.region),
  ip_region: text((message) => message.ipRegion),
};

const routedColumns: Columns<RoutedOrder> = {
  ...within(enrichedColumns, (message: RoutedOrder) => message.enrichedOrder as EnrichedOrder),
  route: text((message) => v1.Route[message.route]),
  partner_id: text((message) => message.partnerId),
};

const rejectedColumns: Columns<RejectedOrder> = {
  ...within(orderColumns, (message: RejectedOrder) => message.order as Order),
  reasons: json(({ rejections }) => rejections.map(({ reason }) => v1.RejectReason[reason ?? 0])),
};

const aggregatedColumns: Columns<AggregatedOrder> = {
  to_location_id: text((pane) => pane.toLocationId),
  window_start: time((pane) => pane.windowStart as Timestamp),
  window_end: time((pane) => pane.windowEnd as Timestamp),
  pane_index: number((pane) => pane.paneIndex),
  revision: number((pane) => pane.revision),
  orders: number((pane) => pane.orders),
  items: number((pane) => pane.items),
  amounts: json(({ amounts }) =>
    Object.fromEntries(amounts.map(({ currency, minorUnits }) => [currency ?? '', Number(minorUnits ?? 0)])),
  ),
};

const deadLetterColumns: Columns<DeadLetter> = {
  topic: text((letter) => letter.topic),
  partition: number((letter) => letter.partition),
  offset: number((letter) => letter.offset),
  record_time: time((letter) => letter.recordTime as Timestamp),
  step: text((letter) => letter.step),
  reason: text((letter) => v1.DeadLetterReason[letter.reason]),
  error: text((letter) => letter.error),
  order_id: text((letter) => letter.orderId),
  message_id: text((letter) => letter.messageId),
  release: text((letter) => letter.release),
};

/** THE table of columns, by topic. */
const columnsByTopic: Readonly<Record<TopicName, Columns<never>>> = {
  raw_order: orderColumns,
  valid_order: orderColumns,
  rejected_order: rejectedColumns,
  enriched_order: enrichedColumns,
  internal_order: routedColumns,
  external_order: routedColumns,
  aggregated_order: aggregatedColumns,
  dead_letter: deadLetterColumns,
};

/** The columns of a topic's files, in their order. */
export const columnTypes = (topic: TopicName): Readonly<Record<string, ColumnType>> =>
  Object.fromEntries(Object.entries(columnsByTopic[topic]).map(([name, { type }]) => [name, type]));

/** What the columns say of a value; null in all of them where it is no message of the topic. */
export function cellsOf(topic: TopicName, value: Uint8Array | null): Cells {
  const message = messageIn(topics[topic].codec as Codec<object>, value);
  const columns = Object.entries(columnsByTopic[topic]);
  return Object.fromEntries(columns.map(([name, { of }]) => [name, message ? of(message as never) : null]));
}
