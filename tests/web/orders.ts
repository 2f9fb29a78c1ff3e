/** A few orders as Druid would have them: small enough to count by hand. Some stand there twice, as topics may have them. */
import type { Row } from './sql-interpreter.js';

const minuteMs = 60_000;

interface OrderSketch {
  readonly id: string;
  readonly minute: number;
  readonly type: string;
  readonly to: string;
  readonly currency: string | null;
  readonly customer: string;
  readonly items: number;
  readonly amount: number;
}

/** Three STANDARD, two EXPRESS, one WHOLESALE; O-2 comes twice, and O-6 has no currency. Created so many minutes before now. */
const sketches: readonly OrderSketch[] = [
  { id: 'O-1', minute: 3, type: 'STANDARD', to: 'LOC-A', currency: 'EUR', customer: 'C-1', items: 2, amount: 1_999 },
  { id: 'O-2', minute: 3, type: 'STANDARD', to: 'LOC-B', currency: 'EUR', customer: 'C-1', items: 1, amount: 501 },
  { id: 'O-2', minute: 3, type: 'STANDARD', to: 'LOC-B', currency: 'EUR', customer: 'C-1', items: 1, amount: 501 },
  { id: 'O-3', minute: 5, type: 'EXPRESS', to: 'LOC-B', currency: 'JPY', customer: 'C-2', items: 5, amount: 7_000 },
  { id: 'O-4', minute: 5, type: 'EXPRESS', to: 'LOC-C', currency: 'EUR', customer: 'C-3', items: 1, amount: 100 },
  { id: 'O-5', minute: 6, type: 'WHOLESALE', to: 'LOC-C', currency: 'JPY', customer: 'C-3', items: 40, amount: 90_000 },
  { id: 'O-6', minute: 90, type: 'STANDARD', to: 'LOC-A', currency: null, customer: 'C-4', items: 3, amount: 300 },
];

const rowOf = (now: number, { id, minute, type, to, currency, customer, items, amount }: OrderSketch): Row => ({
  __time: new Date(Math.floor(now / minuteMs) * minuteMs - minute * minuteMs + 15_000),
  order_id: id,
  message_id: `M-${id}`,
  order_type: type,
  from_location_id: 'LOC-A',
  to_location_id: to,
  payment_method: 'CARD',
  currency,
  customers: customer,
  items,
  amount,
});

const regions: Readonly<Record<string, string>> = { 'LOC-A': 'NORTH', 'LOC-B': 'NORTH', 'LOC-C': 'SOUTH' };
const names: Readonly<Record<string, string>> = { 'LOC-A': 'Aachen', 'LOC-B': 'Bergen', 'LOC-C': 'Cádiz' };

/** The metastore's locations. */
export const locations = Object.keys(names).map((locationId) => ({
  locationId,
  name: names[locationId]!,
  region: regions[locationId]!,
}));

/** Two panes of one window: the second, with the higher offset, counts. */
const pane = (now: number, offset: number, to: string, orders: number, amounts: Record<string, number>): Row => ({
  __time: new Date(Math.floor(now / minuteMs) * minuteMs - 5 * minuteMs),
  to_location_id: to,
  pane_index: offset,
  revision: 0,
  orders,
  items: orders * 2,
  amounts,
  'kafka.offset': offset,
});

const letter = (now: number, offset: number, step: string, reason: string, minute: number): Row => ({
  __time: new Date(now - minute * minuteMs),
  topic: 'raw_order',
  partition: 0,
  offset,
  step,
  reason,
  error: 'no order',
  order_id: null,
  message_id: null,
  release: null,
});

/** What Druid has at that time, in ms since the epoch. */
export function datasources(now: number): Record<string, Row[]> {
  const rows = sketches.map((sketch) => rowOf(now, sketch));
  const enriched = rows.map((row) => ({
    ...row,
    from_location: 'Aachen',
    from_region: 'NORTH',
    to_location: names[String(row.to_location_id)]!,
    to_region: regions[String(row.to_location_id)]!,
    ip_region: null,
  }));
  const rejected = rows.filter(({ order_id }) => order_id === 'O-3' || order_id === 'O-1');
  return {
    raw_order: rows,
    valid_order: rows.slice(1),
    rejected_order: [
      ...rejected.map((row): Row => ({ ...row, reasons: ['FRAUD_IP'] })),
      ...rejected.slice(0, 1).map((row): Row => ({ ...row, reasons: ['PAYMENT_DEFAULTER', 'FRAUD_IP'] })),
    ],
    enriched_order: enriched,
    external_order: enriched.slice(3).map((row): Row => ({ ...row, partner_id: 'PARTNER-1', route: 'EXTERNAL' })),
    aggregated_order: [
      pane(now, 7, 'LOC-A', 1, { EUR: 100 }),
      pane(now, 9, 'LOC-A', 3, { EUR: 350, JPY: 20 }),
      pane(now, 8, 'LOC-C', 2, { EUR: 250 }),
    ],
    dead_letter: [
      letter(now, 1, 'validator', 'UNDECODABLE', 2),
      letter(now, 1, 'validator', 'UNDECODABLE', 2),
      letter(now, 2, 'validator', 'UNDECODABLE', 200),
      letter(now, 3, 'enricher', 'UNKNOWN_LOCATION', 4),
    ],
  };
}
