/**
 * THE table of what the page can show: the streams with their dimensions and measures. Columns of Druid are named here and nowhere else, and
 * a test compares the table with the supervisor specs.
 */

import type { Right } from './rights.js';

/** What can be computed of a stream. How, stands in druid/measures.ts; `delivery_p95` comes from the metastore. */
export const measures = {
  orders: { label: 'orders', unit: 'count' },
  items: { label: 'items', unit: 'count' },
  amount: { label: 'amount', unit: 'money' },
  customers: { label: 'customers', unit: 'count' },
  reject_rate: { label: 'reject rate', unit: 'share' },
  delivery_p95: { label: 'created to delivered, p95', unit: 'millis' },
  dead_letters: { label: 'dead letters', unit: 'count' },
} as const satisfies Record<string, { readonly label: string; readonly unit: Unit }>;

/** `money`: minor units of a currency; `share`: 0 to 1; `millis`: milliseconds. */
export type Unit = 'count' | 'money' | 'share' | 'millis';
export type MeasureName = keyof typeof measures;

export interface Dimension {
  /** Its name in the URL and, unless `of` is set, the column. */
  readonly name: string;
  readonly label: string;
  /** What the metastore's reference data say of the location in the column `to_location_id`. */
  readonly of?: 'name' | 'region';
  /** A row has several values at once, and counts at each of them. */
  readonly isMulti?: true;
  /** Each value is one order's: for those who may see single orders. */
  readonly isOrder?: true;
}

export interface Stream {
  readonly label: string;
  /** What its time is, in words. */
  readonly time: string;
  /** In the order in which one goes down from one to the next. */
  readonly dimensions: readonly Dimension[];
  readonly measures: readonly MeasureName[];
  /** Columns that are neither split by nor filtered by, and why. */
  readonly notOffered: Readonly<Record<string, string>>;
}

const createdAt = 'when the order was created';
const positions = {
  'kafka.partition': 'where the record stands',
  'kafka.offset': 'where the record stands',
  'kafka.timestamp': 'when the record was written; the time of a row is that of its order',
};
const orderColumns = {
  promised_by: 'a time of its own for nearly each order',
  items: 'the measure items',
  amount: 'the measure amount',
  lines: 'a list',
  customers: 'the measure customers',
  ...positions,
};

const orderType = { name: 'order_type', label: 'order type' };
const ids = [
  { name: 'order_id', label: 'order id', isOrder: true },
  { name: 'message_id', label: 'message id', isOrder: true },
] as const;
const locationIds = [
  { name: 'to_location_id', label: 'to-location id' },
  { name: 'from_location_id', label: 'from-location id' },
] as const;
const payment = [
  { name: 'payment_method', label: 'payment method' },
  { name: 'currency', label: 'currency' },
] as const;
const locations = [
  { name: 'to_region', label: 'to-region' },
  { name: 'to_location', label: 'to-location' },
  { name: 'from_region', label: 'from-region' },
  { name: 'from_location', label: 'from-location' },
] as const;
const ipRegion = { name: 'ip_region', label: 'region of the address' };
const routing = [
  { name: 'partner_id', label: 'partner' },
  { name: 'route', label: 'route' },
] as const;
const ofOrders = ['orders', 'items', 'amount', 'customers'] as const;

export const streams = {
  raw_order: {
    label: 'raw orders',
    time: createdAt,
    dimensions: [orderType, ...locationIds, ...payment, ...ids],
    measures: [...ofOrders, 'reject_rate'],
    notOffered: orderColumns,
  },
  valid_order: {
    label: 'valid orders',
    time: createdAt,
    dimensions: [orderType, ...locationIds, ...payment, ...ids],
    measures: ofOrders,
    notOffered: orderColumns,
  },
  rejected_order: {
    label: 'rejected orders',
    time: createdAt,
    dimensions: [{ name: 'reasons', label: 'reason', isMulti: true }, orderType, ...locationIds, ...payment, ...ids],
    measures: ofOrders,
    notOffered: orderColumns,
  },
  enriched_order: {
    label: 'enriched orders',
    time: createdAt,
    dimensions: [orderType, ...locations, ...payment, ipRegion, ...ids, ...locationIds],
    measures: ofOrders,
    notOffered: orderColumns,
  },
  internal_order: {
    label: 'internal orders',
    time: createdAt,
    dimensions: [orderType, ...locations, ...payment, ipRegion, ...ids, ...locationIds, ...routing],
    measures: ofOrders,
    notOffered: orderColumns,
  },
  external_order: {
    label: 'external orders',
    time: createdAt,
    dimensions: [...routing, orderType, ...locations, ...payment, ipRegion, ...ids, ...locationIds],
    measures: [...ofOrders, 'delivery_p95'],
    notOffered: orderColumns,
  },
  aggregated_order: {
    label: 'aggregates',
    time: "the window's start",
    dimensions: [
      { name: 'to_region', label: 'to-region', of: 'region' },
      { name: 'to_location', label: 'to-location', of: 'name' },
      { name: 'to_location_id', label: 'to-location id' },
    ],
    measures: ['orders', 'items', 'amount'],
    notOffered: {
      window_end: 'follows from the start',
      pane_index: 'only the newest pane counts: of the newest revision, the one with the most orders',
      revision: 'only the newest pane counts',
      orders: 'the measure orders',
      items: 'the measure items',
      amounts: 'the measure amount',
      ...positions,
    },
  },
  dead_letter: {
    label: 'dead letters',
    time: 'when the original record was written',
    dimensions: [
      { name: 'step', label: 'stage' },
      { name: 'reason', label: 'reason' },
      { name: 'topic', label: 'topic' },
      { name: 'error', label: 'error' },
      ...ids,
      { name: 'release', label: 'release' },
    ],
    measures: ['dead_letters', 'orders'],
    notOffered: {
      partition: 'where the original record stands',
      offset: 'where the original record stands',
      ...positions,
    },
  },
} as const satisfies Record<string, Stream>;

export type StreamName = keyof typeof streams;
export const streamNames = Object.keys(streams) as StreamName[];
export const streamOf = (name: StreamName): Stream => streams[name];

/** The dimension of that name; undefined where the stream has none. */
export const dimensionOf = (stream: StreamName, name: string): Dimension | undefined =>
  streamOf(stream).dimensions.find((dimension) => dimension.name === name);

/** The dimensions that somebody with these rights may split and filter by. */
export const offeredDimensions = (stream: StreamName, rights: readonly Right[]): readonly Dimension[] =>
  streamOf(stream).dimensions.filter(({ isOrder }) => !isOrder || rights.includes('orders'));

/** Times that a split by time divides into: `ms` long, `period` as Druid has it. */
export const granularities = {
  second: { label: 'second', period: 'PT1S', ms: 1_000 },
  minute: { label: 'minute', period: 'PT1M', ms: 60_000 },
  '5min': { label: '5 minutes', period: 'PT5M', ms: 300_000 },
  hour: { label: 'hour', period: 'PT1H', ms: 3_600_000 },
  day: { label: 'day', period: 'P1D', ms: 86_400_000 },
} as const;
export type Granularity = keyof typeof granularities;
export const granularityNames = Object.keys(granularities) as Granularity[];

/** Times that end now, with the granularity that suits them. `all` has no begin. */
export const lastTimes = {
  '5m': { label: 'last 5 minutes', ms: 300_000, granularity: 'second' },
  '15m': { label: 'last 15 minutes', ms: 900_000, granularity: 'minute' },
  '1h': { label: 'last hour', ms: 3_600_000, granularity: 'minute' },
  '6h': { label: 'last 6 hours', ms: 21_600_000, granularity: '5min' },
  '24h': { label: 'last 24 hours', ms: 86_400_000, granularity: '5min' },
  '7d': { label: 'last 7 days', ms: 604_800_000, granularity: 'hour' },
  all: { label: 'all', ms: Infinity, granularity: 'day' },
} as const;
export type LastTime = keyof typeof lastTimes;
export const lastTimeNames = Object.keys(lastTimes) as LastTime[];

/** What one question may ask for at most. */
export const limits = {
  splits: 2,
  filters: 20,
  values: 200,
  valueLength: 500,
  rows: 1_000,
  lines: 10,
  currencies: 10,
} as const;
