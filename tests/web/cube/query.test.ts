/** The statements: their text and parameters, and that nothing of a request gets into the text. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  currenciesStatement,
  sortColumn,
  statementNames,
  statementOf,
  valuesStatement,
} from '../../../web/cube/query.js';
import type { Question } from '../../../web/cube/question.js';
import { readState } from '../../../web/read-state.js';
import { type MeasureName, streamOf } from '../../../web/shared/model.js';
import { locations } from '../orders.js';
import { anyState } from '../states.js';

const [from, to] = [Date.UTC(2026, 0, 31, 12), Date.UTC(2026, 0, 31, 13)];

function questionOf(query: string, rest: Partial<Question> = {}): Question {
  const { stream, splits, filters, granularity } = readState(new URLSearchParams(query));
  return { stream, splits, filters, granularity, from, to, locations: [], ...rest };
}
const asked = (...measures: MeasureName[]) => ({ measures, currencies: ['EUR', 'JPY'] });
const inTime = '__time >= MILLIS_TO_TIMESTAMP(?) AND __time < MILLIS_TO_TIMESTAMP(?)';
const rows = 'SELECT COUNT(*) AS "orders", SUM("records") AS "records"';
const perOrder = 'order_id, COUNT(*) AS "records"';

describe('orders', () => {
  it('are counted one by one', () => {
    expect(statementOf('orders', questionOf(''), asked('orders'), { limit: 1 })).toEqual({
      text: `${rows} FROM (SELECT ${perOrder} FROM "raw_order" WHERE ${inTime} AND order_id <> '' GROUP BY 1)`,
      parameters: [from, to],
    });
  });

  it('are sorted by the first measure, and limited', () => {
    const question = questionOf('split=order_type&split=currency', { from: null, to: null });
    expect(statementOf('orders', question, asked('orders', 'customers'), { by: 'orders', limit: 11 }).text).toBe(
      'SELECT s0, s1, COUNT(*) AS "orders", SUM("records") AS "records" FROM (' +
        `SELECT COALESCE("order_type", '') AS s0, COALESCE("currency", '') AS s1, ${perOrder} FROM "raw_order" ` +
        `WHERE order_id <> '' GROUP BY 1, 2, 3) GROUP BY 1, 2 ORDER BY "orders" DESC, s0, s1 LIMIT 11`,
    );
  });

  it('take the newest times first', () => {
    const question = questionOf('split=order_type&split=time&granularity=5min');
    expect(statementOf('orders', question, asked('orders'), { by: 'orders', limit: 11 }).text).toBe(
      'SELECT s0, s1, COUNT(*) AS "orders", SUM("records") AS "records" FROM (' +
        `SELECT COALESCE("order_type", '') AS s0, TIME_FLOOR(__time, 'PT5M') AS s1, ${perOrder} FROM "raw_order" ` +
        `WHERE ${inTime} AND order_id <> '' GROUP BY 1, 2, 3) GROUP BY 1, 2 ORDER BY s1 DESC, "orders" DESC, s0 LIMIT 11`,
    );
  });

  it('take the filters as parameters, and rows without a value as the value of no text', () => {
    const question = questionOf('is.order_type=EXPRESS&is.order_type=&not.currency=EUR&not.order_id=&is.message_id=a');
    expect(statementOf('orders', question, asked('orders'), { limit: 1 })).toEqual({
      text:
        `${rows} FROM (SELECT ${perOrder} FROM "raw_order" WHERE ${inTime} ` +
        'AND ("order_type" IS NULL OR "order_type" IN (?, ?)) ' +
        'AND ("currency" IS NULL OR NOT ("currency" IN (?))) ' +
        'AND ("order_id" IS NOT NULL AND NOT ("order_id" IN (?))) ' +
        `AND "message_id" IN (?) AND order_id <> '' GROUP BY 1)`,
      parameters: [from, to, 'EXPRESS', '', 'EUR', '', 'a'],
    });
  });

  it('count at each of their reasons', () => {
    const question = questionOf('stream=rejected_order&split=reasons&is.reasons=FRAUD_IP');
    expect(statementOf('orders', question, asked('orders'), { limit: 5 }).text).toBe(
      'SELECT s0, COUNT(*) AS "orders", SUM("records") AS "records" FROM (' +
        `SELECT "reasons" AS s0, ${perOrder} FROM "rejected_order" WHERE ${inTime} AND "reasons" IN (?) ` +
        `AND order_id <> '' GROUP BY 1, 2) GROUP BY 1 ORDER BY s0 LIMIT 5`,
    );
  });

  it('are summed up one by one, each currency for itself', () => {
    const question = questionOf('split=order_type');
    expect(statementOf('orders', question, asked('amount', 'items'), { by: sortColumn('amount'), limit: 7 })).toEqual({
      text:
        'SELECT s0, COUNT(*) AS "orders", SUM("records") AS "records", SUM("items") AS "items", ' +
        'SUM("amount_0") AS "amount_0", SUM("amount_1") AS "amount_1" FROM (' +
        `SELECT COALESCE("order_type", '') AS s0, ${perOrder}, MAX(items) AS "items", ` +
        'MAX(amount) FILTER (WHERE currency = ?) AS "amount_0", MAX(amount) FILTER (WHERE currency = ?) AS "amount_1" ' +
        `FROM "raw_order" WHERE ${inTime} AND order_id <> '' GROUP BY 1, 2) GROUP BY 1 ORDER BY "amount_0" DESC, s0 LIMIT 7`,
      parameters: ['EUR', 'JPY', from, to],
    });
  });

  it('are those of a sample', () => {
    const { text } = statementOf('orders', questionOf(''), asked('orders'), { limit: 1 }, 53);
    expect(text).toContain(`AND order_id <> '' AND MOD(TIMESTAMP_TO_MILLIS(__time), 53) = 0 GROUP BY 1)`);
    expect(() => statementOf('orders', questionOf(''), asked('orders'), { limit: 1 }, 1.5)).toThrow('every so many-th');
  });
});

it('records have the same columns as orders', () => {
  const question = questionOf('split=order_type');
  expect(statementOf('records', question, asked('items', 'amount'), { by: 'items', limit: 7 })).toEqual({
    text:
      `SELECT COALESCE("order_type", '') AS s0, COUNT(*) AS "orders", SUM(items) AS "items", ` +
      'SUM(amount) FILTER (WHERE currency = ?) AS "amount_0", SUM(amount) FILTER (WHERE currency = ?) AS "amount_1" ' +
      `FROM "raw_order" WHERE ${inTime} AND order_id <> '' GROUP BY 1 ORDER BY "items" DESC, s0 LIMIT 7`,
    parameters: ['EUR', 'JPY', from, to],
  });
});

it('customers are those of the sketches', () => {
  expect(statementOf('customers', questionOf(''), asked('customers'), { limit: 1 }).text).toBe(
    `SELECT APPROX_COUNT_DISTINCT_BUILTIN(customers) AS "customers" FROM "raw_order" WHERE ${inTime}`,
  );
});

describe('aggregates', () => {
  const spaceless = (text: string) => text.replace(/\s+/g, ' ');

  it('take the newest pane of each location and window', () => {
    const question = questionOf('stream=aggregated_order&split=time&is.to_location_id=LOC-A');
    const { text, parameters } = statementOf('panes', question, asked('orders', 'amount'), { by: 'orders', limit: 7 });
    const newest = (value: string) =>
      `LATEST_BY(${value}, MILLIS_TO_TIMESTAMP(COALESCE("revision", 0) * 4294967296 + "orders"))`;
    expect(spaceless(text)).toBe(
      `SELECT TIME_FLOOR(__time, 'PT1M') AS s0, SUM(orders) AS "orders", ` +
        'SUM("amount EUR") AS "amount_0", SUM("amount JPY") AS "amount_1" FROM ( SELECT to_location_id, __time, ' +
        `${newest('orders')} AS orders, ` +
        `${newest(`JSON_VALUE(amounts, '$.EUR' RETURNING BIGINT)`)} AS "amount EUR", ` +
        `${newest(`JSON_VALUE(amounts, '$.JPY' RETURNING BIGINT)`)} AS "amount JPY" ` +
        `FROM aggregated_order WHERE ${inTime} AND "to_location_id" IN (?) GROUP BY 1, 2) ` +
        'GROUP BY 1 ORDER BY s0 DESC, "orders" DESC LIMIT 7',
    );
    expect(parameters).toEqual([from, to, 'LOC-A']);
  });

  it('have regions and names of the metastore, as parameters', () => {
    const question = questionOf('stream=aggregated_order&split=to_region&is.to_location=Aachen', { locations });
    const { text, parameters } = statementOf('panes', question, asked('orders'), { by: 'orders', limit: 7 });
    expect(text).toContain(
      `CASE WHEN to_location_id IN (?, ?) THEN ? WHEN to_location_id IN (?) THEN ? ELSE '' END AS s0`,
    );
    expect(text).toContain('AND to_location_id IN (?) GROUP BY');
    expect(parameters).toEqual(['LOC-A', 'LOC-B', 'NORTH', 'LOC-C', 'SOUTH', from, to, 'LOC-A']);
  });

  it('are none where no location has the name, and those of unknown locations where none is asked for', () => {
    const named = questionOf('stream=aggregated_order&is.to_location=Atlantis', { locations });
    expect(statementOf('panes', named, asked('orders'), { limit: 1 }).text).toContain('AND FALSE GROUP BY');
    const unknown = questionOf('stream=aggregated_order&not.to_region=', { locations });
    expect(statementOf('panes', unknown, asked('orders'), { limit: 1 }).text).toContain(
      'AND NOT ((FALSE OR NOT (to_location_id IN (?, ?, ?)))) GROUP BY',
    );
  });

  it('refuse a currency that is none', () => {
    const question = questionOf('stream=aggregated_order');
    const statement = () => statementOf('panes', question, { measures: ['amount'], currencies: ["E'"] }, { limit: 1 });
    expect(statement).toThrow('three upper-case letters');
  });
});

it('dead letters count once each', () => {
  const question = questionOf('stream=dead_letter&split=step');
  expect(statementOf('letters', question, asked('dead_letters'), { by: 'dead_letters', limit: 7 }).text).toBe(
    'SELECT s0, COUNT(*) AS "dead_letters" FROM (' +
      `SELECT COALESCE("step", '') AS s0, "topic" AS "key topic", "partition" AS "key partition", "offset" AS "key offset", "step" AS "key step" ` +
      `FROM dead_letter WHERE ${inTime} GROUP BY 1, 2, 3, 4, 5) GROUP BY 1 ORDER BY "dead_letters" DESC, s0 LIMIT 7`,
  );
});

it('keeps what a request says out of the text', () => {
  // Marks that no statement has by itself.
  const mark = fc.string({ minLength: 0, maxLength: 6 }).map((text) => `‹${text}›`);
  const anyLocations = fc.array(fc.record({ locationId: mark, name: mark, region: mark }), { maxLength: 3 });
  fc.assert(
    fc.property(anyState(mark), anyLocations, fc.array(mark, { maxLength: 2 }), (state, known, currencies) => {
      const question: Question = { ...state, from: null, to, locations: known };
      const { measures } = state;
      const [first] = measures;
      const statements = [
        ...statementNames.map((name) => {
          // Currencies of panes are checked: others throw.
          const inUse = name === 'panes' ? ['EUR'] : currencies;
          return statementOf(name, question, { measures, currencies: inUse }, { by: sortColumn(first!), limit: 9 });
        }),
        currenciesStatement(question),
        valuesStatement({ ...question, splits: [streamOf(state.stream).dimensions[0]!.name] }, 9),
      ];
      for (const { text, parameters } of statements) {
        expect(text).not.toMatch(/[‹›]/);
        expect(text.match(/\?/g) ?? []).toHaveLength(parameters.length);
      }
    }),
    { numRuns: 300 },
  );
});
