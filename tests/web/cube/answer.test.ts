/** The numbers that an answer has, from rows that stand in Druid twice, by statements that are run. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { csvOf } from '../../../web/csv.js';
import { answerCube } from '../../../web/cube/answer.js';
import { answerValues } from '../../../web/cube/suggestions.js';
import { readState } from '../../../web/read-state.js';
import type { CubeAnswer } from '../../../web/shared/answers.js';
import { type FakeDruid, startFakeDruid } from '../fake-druid.js';
import { datasources } from '../orders.js';
import { configFor, fakePool } from '../page-server.js';
import type { Row } from '../sql-interpreter.js';

const now = Date.UTC(2026, 0, 31, 12, 0, 30);
let druid: FakeDruid;
beforeAll(async () => {
  druid = await startFakeDruid();
});
beforeEach(() => {
  druid.datasources = datasources(now);
  druid.refusal = undefined;
  druid.statements.length = 0;
});
afterAll(() => druid.stop());

const parts = () => ({ config: configFor(druid), pool: fakePool() });
const ask = (query: string) => answerCube(parts(), readState(new URLSearchParams(query)), now);

/** The rows as they would be read: keys, then values. */
const rowsOf = ({ rows, columns }: CubeAnswer) =>
  rows.map(({ keys, values }) => [...keys, ...columns.map(({ id }) => values[id])]);
const all = 'measure=orders&measure=items&measure=amount&measure=customers&measure=reject_rate';

it('counts distinct orders, in all and in each part', async () => {
  const answer = await ask(`split=order_type&${all}`);
  expect(answer.problems).toEqual([]);
  expect(answer.columns.map(({ id }) => id)).toEqual([
    'orders',
    'items',
    'amount.EUR',
    'amount.JPY',
    'customers',
    'reject_rate',
  ]);
  expect(rowsOf(answer)).toEqual([
    ['EXPRESS', 2, 6, 100, 7_000, 2, 0.5],
    ['STANDARD', 2, 3, 2_500, null, 1, 0.5],
    ['WHOLESALE', 1, 40, null, 90_000, 1, 0],
  ]);
  expect(answer.totals).toEqual({
    orders: 5,
    items: 49,
    'amount.EUR': 2_600,
    'amount.JPY': 97_000,
    customers: 3,
    reject_rate: 0.4,
  });
});

it('asks for no approximate rankings', async () => {
  await ask('split=order_type');
  for (const { context } of druid.statements) expect(context).toMatchObject({ useApproximateTopN: false });
});

it('takes the time from the newest to the oldest', async () => {
  const minute = (count: number) => Date.UTC(2026, 0, 31, 12) - count * 60_000;
  expect(rowsOf(await ask('split=time&last=1h&granularity=minute'))).toEqual([
    [minute(3), 2],
    [minute(5), 2],
    [minute(6), 1],
  ]);
  expect(rowsOf(await ask('split=time&last=all&granularity=day'))).toEqual([[Date.UTC(2026, 0, 31), 6]]);
});

it('begins a split by time with a whole part', async () => {
  const begin = async (query: string) => (await ask(query)).range.from;
  expect(await begin('split=time&last=1h&granularity=hour')).toBe(Date.UTC(2026, 0, 31, 11));
  expect(await begin('split=order_type&last=1h')).toBe(now - 3_600_000);
});

it('filters by several values, and by those that do not count', async () => {
  expect((await ask('is.order_type=EXPRESS&is.order_type=WHOLESALE')).totals).toEqual({ orders: 3 });
  expect((await ask('not.order_type=EXPRESS&not.to_location_id=LOC-A')).totals).toEqual({ orders: 2 });
  expect((await ask('is.currency=&last=6h')).totals).toEqual({ orders: 1 });
  expect((await ask('not.currency=&last=6h')).totals).toEqual({ orders: 5 });
  expect((await ask('not.currency=EUR&last=6h')).totals).toEqual({ orders: 3 });
});

it('counts a rejected order at each of its reasons, and once in all', async () => {
  const answer = await ask('stream=rejected_order&split=reasons');
  expect(rowsOf(answer)).toEqual([
    ['FRAUD_IP', 2],
    ['PAYMENT_DEFAULTER', 1],
  ]);
  expect(answer.totals).toEqual({ orders: 2 });
});

it('sums the newest panes, by regions of the metastore', async () => {
  const answer = await ask('stream=aggregated_order&split=to_region&measure=orders&measure=items&measure=amount');
  expect(answer.columns.map(({ id }) => id)).toEqual(['orders', 'items', 'amount.EUR', 'amount.JPY']);
  expect(rowsOf(answer)).toEqual([
    ['NORTH', 3, 6, 350, 20],
    ['SOUTH', 2, 4, 250, null],
  ]);
  expect((await ask('stream=aggregated_order&is.to_location=Aachen')).totals).toEqual({ orders: 3 });
  expect((await ask('stream=aggregated_order&not.to_region=NORTH')).totals).toEqual({ orders: 2 });
});

it('counts each dead letter once, though it has no order', async () => {
  const answer = await ask('stream=dead_letter&split=step&split=reason&measure=dead_letters&measure=orders&last=6h');
  expect(rowsOf(answer)).toEqual([
    ['validator', 'UNDECODABLE', 2, 0],
    ['enricher', 'UNKNOWN_LOCATION', 1, 0],
  ]);
});

it('has times to delivery beside what Druid counts', async () => {
  const answer = await ask('stream=external_order&split=time&measure=delivery_p95&measure=orders');
  expect(answer.columns.map(({ id, unit }) => [id, unit])).toEqual([
    ['delivery_p95', 'millis'],
    ['orders', 'count'],
  ]);
  expect(answer.totals).toEqual({ delivery_p95: 4_200, orders: 3 });
  expect(answer.rows.map(({ values }) => Object.keys(values)).flat()).toContain('delivery_p95');
});

const manyOrders = (count: number): Row[] =>
  Array.from({ length: count }, (_, index) => ({
    ...druid.datasources.raw_order![0]!,
    order_id: `P-${index}`,
    to_location_id: `LOC-${index % 1_100}`,
    amount: index,
  }));

it('cuts at 1,000 rows, says so, and has all measures of the rows that it shows', async () => {
  druid.datasources.raw_order = [...manyOrders(1_100), ...manyOrders(500)];
  const answer = await ask('split=to_location_id&measure=amount&measure=orders');
  expect(answer.rows).toHaveLength(1_000);
  expect(answer.notes).toEqual([
    'There are more rows: the 1,000 with the most amount are shown. A filter shows others.',
  ]);
  expect(rowsOf(answer)[0]).toEqual(['LOC-1099', 1_099, 1]);
  expect(rowsOf(answer).every(([, , orders]) => orders === 1)).toBe(true);
  expect(answer.totals).toMatchObject({ orders: 1_100 });
});

it('shows the newest 1,000 of a finer time than that', async () => {
  const [row] = druid.datasources.raw_order!;
  druid.datasources.raw_order = Array.from({ length: 1_500 }, (_, index) => ({
    ...row!,
    order_id: `P-${index}`,
    __time: new Date(now - 1_000 - index * 1_000),
  }));
  const answer = await ask('split=time&granularity=second&measure=orders&measure=items');
  expect(answer.rows).toHaveLength(1_000);
  expect(answer.notes).toEqual([expect.stringContaining('the newest 1,000 are shown')]);
  expect(rowsOf(answer).at(-1)).toEqual([Math.floor((now - 1_000_000) / 1_000) * 1_000, 1, 2]);
});

it('draws the lines that have the most', async () => {
  druid.datasources.raw_order = manyOrders(50).map((row, index) => ({ ...row, payment_method: `M-${index % 12}` }));
  const answer = await ask('split=time&split=payment_method');
  const shown = answer.rows.map(({ keys }) => keys[1]).sort();
  expect(shown).toEqual(['M-0', 'M-1', 'M-10', 'M-11', 'M-2', 'M-3', 'M-4', 'M-5', 'M-6', 'M-7']);
  expect(answer.notes).toEqual(['There are more: the 10 values of payment method with the most orders are shown.']);
});

describe('of more orders than are counted one by one', () => {
  /** 30,000 orders, of which some have a second record. */
  const records = (isRepeated: (index: number) => boolean) => {
    const [sketch] = druid.datasources.raw_order!;
    const orders = Array.from({ length: 30_000 }, (_, index): Row => ({
      ...sketch!,
      __time: new Date(now - 1_000 - index * 101),
      order_id: `P-${index}`,
      order_type: ['STANDARD', 'EXPRESS', 'WHOLESALE'][index % 3]!,
      items: 2,
      amount: 10,
    }));
    return [...orders, ...orders.filter((_, index) => isRepeated(index))];
  };
  const question = 'split=order_type&measure=orders&measure=items&measure=amount';

  it('the numbers are exact while no order is repeated, and are marked', async () => {
    druid.datasources.raw_order = records(() => false);
    const answer = await ask(`${question}&measure=reject_rate`);
    expect(rowsOf(answer)).toEqual([
      ['EXPRESS', 10_000, 20_000, 100_000, 0.0001],
      ['STANDARD', 10_000, 20_000, 100_000, 0.0001],
      ['WHOLESALE', 10_000, 20_000, 100_000, 0],
    ]);
    expect(answer.totals.orders).toBe(30_000);
    expect(answer.columns.map(({ isApproximate }) => isApproximate)).toEqual([true, true, true, true]);
    expect(answer.notes).toEqual([
      'There are more than 25,000 records: ≈ marks records less the share of repeated ones, seen in every 7th order.',
    ]);
  });

  it('those that are repeated count once, nearly', async () => {
    druid.datasources.raw_order = records((index) => index % 5 === 1);
    const answer = await ask(question);
    expect(druid.datasources.raw_order).toHaveLength(36_000);
    expect(Math.abs(answer.totals.orders! / 30_000 - 1)).toBeLessThan(0.01);
    for (const [, orders, items, amount] of rowsOf(answer) as number[][]) {
      expect(Math.abs(orders! / 10_000 - 1)).toBeLessThan(0.02);
      expect([items! / orders!, amount! / orders!].map(Math.round)).toEqual([2, 10]);
    }
  });
});

it('is empty before a stream has its first row', async () => {
  druid.datasources = {};
  expect(await ask(`split=order_type&${all}`)).toMatchObject({ rows: [], problems: [] });
  expect(await ask('stream=aggregated_order&measure=amount')).toMatchObject({ rows: [], problems: [] });
});

it('says in one sentence that Druid refuses, or does not answer, and has the rest', async () => {
  druid.refusal = 'Not enough merge buffers';
  const refused = await ask('stream=external_order&split=time&measure=orders&measure=delivery_p95');
  expect(refused.problems).toEqual(['Druid answered /druid/v2/sql with 500: Not enough merge buffers']);
  expect(refused.totals).toEqual({ delivery_p95: 4_200 });
  const away = { config: configFor({ url: 'http://127.0.0.1:1' }), pool: fakePool() };
  const answer = await answerCube(away, readState(new URLSearchParams()), now);
  expect(answer.problems).toEqual([
    expect.stringMatching(/^Druid does not answer at http:\/\/127.0.0.1:1: start it with /),
  ]);
});

it('suggests the values of a dimension, the most frequent first', async () => {
  const state = readState(new URLSearchParams('is.order_type=EXPRESS'));
  expect(await answerValues(parts(), state, 'order_type', now)).toEqual(['STANDARD', 'EXPRESS', 'WHOLESALE']);
  expect(await answerValues(parts(), state, 'to_location_id', now)).toEqual(['LOC-B', 'LOC-C']);
});

it('is a CSV file that a spreadsheet reads as numbers, and as no formula', async () => {
  druid.datasources.raw_order = druid.datasources.raw_order!.map((row) =>
    row.order_type === 'EXPRESS' ? { ...row, order_type: '=1+1,"2"' } : row,
  );
  const answer = await ask('split=order_type&measure=orders&measure=amount&measure=reject_rate');
  expect(csvOf(answer)).toBe(
    [
      'order type,orders,amount EUR,amount JPY,reject rate',
      `"'=1+1,""2""",2,1,7000,0`,
      'STANDARD,2,25,,0.5',
      'WHOLESALE,1,,90000,0',
      '',
    ].join('\r\n'),
  );
  expect(csvOf(await ask('split=time')).split('\r\n')[1]).toBe('2026-01-31T11:57:00.000Z,2');
});
