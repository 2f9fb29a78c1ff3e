/** What the page shows and what stands in its URL are the same. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BadQuery, readState } from '../../web/read-state.js';
import { limits } from '../../web/shared/model.js';
import {
  type CubeState,
  drilledDown,
  queryOf,
  settled,
  withFilterValue,
  withoutFilterValue,
  withStream,
  withTime,
} from '../../web/shared/state.js';
import { anyState } from './states.js';

const read = (query: string) => readState(new URLSearchParams(query));

it('reads every state from its query string', () => {
  fc.assert(
    fc.property(anyState(), (state) => {
      expect(read(queryOf(state))).toEqual(state);
    }),
    { numRuns: 300 },
  );
});

it('has a state for no query at all', () => {
  expect(read('')).toEqual({
    stream: 'raw_order',
    splits: [],
    filters: [],
    time: { last: '1h' },
    granularity: 'minute',
    measures: ['orders'],
    order: '',
    isLive: true,
  });
});

describe('refuses, in one sentence that begins with the parameter:', () => {
  const values = (count: number) => Array.from({ length: count }, (_, index) => `is.order_id=${index}`).join('&');
  it.each([
    ['colour=red', 'colour: there is no such parameter'],
    ['stream=orders', /^stream: expected one of raw_order, valid_order, /],
    ['stream=raw_order&stream=raw_order', 'stream: expected one value'],
    ['split=ip_address', /^split: the dimensions of raw_order are order_type, /],
    ['split=kafka.offset', /^split: the dimensions of raw_order are /],
    ['split=constructor', /^split: the dimensions of raw_order are /],
    ['split=time&split=time', 'split: expected two different ones'],
    ['split=time&split=order_type&split=currency', 'split: expected at most 2'],
    ['is.colour=red', /^is.colour: the dimensions of raw_order are /],
    ['is."%20OR%201=1', /^is\." OR 1: the dimensions of raw_order are /],
    [`is.order_type=${'x'.repeat(501)}`, 'is.order_type: expected at most 500 characters'],
    ['is.order_type=a%00', 'is.order_type: expected no control characters'],
    [values(201), 'is.order_id: expected at most 200 values in all filters'],
    ['last=1y', /^last: expected one of 5m, 15m, /],
    ['from=2026-01-31T12:00:00Z', 'to: expected from and to together'],
    ['to=2026-01-31T12:00:00Z', 'from: expected from and to together'],
    ['from=yesterday&to=2026-01-31T12:00:00Z', 'from: expected a time such as 2026-01-31T12:00:00Z'],
    ['from=2026-01-31T12:00:00Z&to=2026-01-31T12:00:00Z', 'to: expected a time after from'],
    ['last=1h&from=2026-01-31T12:00:00Z&to=2026-01-31T13:00:00Z', 'last: expected either last, or from and to'],
    ['granularity=week', /^granularity: expected one of second, /],
    ['measure=profit', /^measure: the measures of raw_order are orders, /],
    [
      'stream=external_order&measure=delivery_p95&split=partner_id',
      'measure: delivery_p95 (created to delivered, p95) is known by time alone, without filters',
    ],
    ['refresh=on', 'refresh: expected off, or nothing'],
  ])('%s', (query, problem) => {
    const refused = () => read(query);
    expect(refused).toThrow(BadQuery);
    expect(refused).toThrow(problem);
  });
});

it('allows as many filters and values as the limits say', () => {
  const query = Array.from({ length: limits.values }, (_, index) => `not.order_id=${index}`).join('&');
  expect(read(query).filters[0]?.values).toHaveLength(limits.values);
});

describe('going from one state to the next', () => {
  const begin: CubeState = {
    ...read('stream=enriched_order&split=order_type&is.currency=EUR&measure=orders&measure=amount'),
  };

  it('goes down: the value becomes a filter, and the next dimension divides', () => {
    const down = drilledDown(begin, 'order_type', 'EXPRESS');
    expect(down.splits).toEqual(['to_region']);
    expect(down.filters).toEqual([
      { dimension: 'currency', mode: 'is', values: ['EUR'] },
      { dimension: 'order_type', mode: 'is', values: ['EXPRESS'] },
    ]);
  });

  it('goes down past what is filtered already', () => {
    const state = { ...begin, splits: ['from_location'] };
    expect(drilledDown(withFilterValue(state, 'payment_method', 'is', 'CARD'), 'from_location', 'A').splits).toEqual([
      'ip_region',
    ]);
  });

  it('goes down into one of the values that were chosen before', () => {
    const state = withFilterValue({ ...begin, splits: ['currency'] }, 'currency', 'is', 'JPY');
    expect(drilledDown(state, 'currency', 'JPY').filters).toEqual([
      { dimension: 'currency', mode: 'is', values: ['JPY'] },
    ]);
  });

  it('goes down into a part of the time, with the next finer granularity', () => {
    const at = Date.UTC(2026, 0, 31, 12);
    const hours = { ...begin, splits: ['time'], granularity: 'hour' as const };
    expect(drilledDown(hours, 'time', at)).toEqual({
      ...hours,
      time: { from: at, to: at + 3_600_000 },
      granularity: '5min',
    });
  });

  it('tells the story of an order that one goes down into', () => {
    expect(drilledDown({ ...begin, splits: ['order_id'] }, 'order_id', 'O-1').order).toBe('O-1');
  });

  it('keeps of a stream what the next one has, too', () => {
    const state = withFilterValue({ ...begin, splits: ['to_region', 'time'] }, 'to_region', 'not', 'UK');
    const next = withStream(state, 'raw_order');
    expect(next.splits).toEqual(['time']);
    expect(next.filters).toEqual([{ dimension: 'currency', mode: 'is', values: ['EUR'] }]);
    expect(next.measures).toEqual(['orders', 'amount']);
    expect(withStream(begin, 'dead_letter')).toMatchObject({ splits: ['step'], filters: [], measures: ['orders'] });
  });

  it('leaves out what cannot be measured any more', () => {
    const state = read('stream=external_order&split=time&measure=delivery_p95');
    expect(settled({ ...state, splits: ['partner_id'] }).measures).toEqual(['orders']);
  });

  it('takes one value out of a filter, and the filter with its last one', () => {
    const two = withFilterValue(begin, 'currency', 'is', 'JPY');
    const one = withoutFilterValue(two, two.filters[0]!, 'EUR');
    expect(one.filters).toEqual([{ dimension: 'currency', mode: 'is', values: ['JPY'] }]);
    expect(withoutFilterValue(one, one.filters[0]!, 'JPY').filters).toEqual([]);
  });

  it('chooses a granularity that suits the time', () => {
    expect(withTime(begin, { last: '7d' }).granularity).toBe('hour');
    expect(withTime(begin, { from: 0, to: 60_000 }).granularity).toBe('second');
    expect(withTime(begin, { from: 0, to: 86_400_000 }).granularity).toBe('5min');
  });

  it('stays readable all the way down, for any state', () => {
    fc.assert(
      fc.property(anyState(), fc.string(), (state, value) => {
        const [split] = state.splits;
        if (split === undefined) return;
        // eslint-disable-next-line no-control-regex -- what no value holds
        const picked = split === 'time' ? 60_000 : value.replace(/[\u0000-\u001f]/g, '');
        const down = drilledDown(state, split, picked);
        expect(read(queryOf(down))).toEqual(down);
      }),
    );
  });
});
