/** Numbers as people read them. */
import { describe, expect, it } from 'vitest';
import { duration, formatCell, formatTime, formatValue, majorUnits } from '../../web/shared/format.js';

describe('money', () => {
  it.each([
    [123_456, 'EUR', '1,234.56'],
    [123_456, 'JPY', '123,456'],
    [123_456, 'BHD', '123.456'],
    [5, 'GBP', '0.05'],
    [7, '???', '7'],
  ])('shows %d minor units of %s as %s', (minor, currency, text) => {
    expect(formatValue(minor, { unit: 'money', currency })).toBe(text);
  });

  it('is a number in major units for a file', () => {
    expect(majorUnits(1_999, 'EUR')).toBe(19.99);
  });
});

it.each([
  [{ unit: 'count' }, 1_234_567, '1,234,567'],
  [{ unit: 'share' }, 0.0415, '4.2%'],
  [{ unit: 'millis' }, 850, '850 ms'],
  [{ unit: 'count' }, null, '–'],
] as const)('shows %o of %d as %s', (column, value, text) => {
  expect(formatValue(value, column)).toBe(text);
});

it.each([
  [850, '850 ms'],
  [12_345, '12.3 s'],
  [250_000, '4 min 10 s'],
  [11_100_000, '3 h 5 min'],
])('shows %d ms as %s', (ms, text) => {
  expect(duration(ms)).toBe(text);
});

it('shows a time as far as it is known', () => {
  const time = Date.UTC(2026, 0, 31, 12, 5, 7);
  expect([1_000, 60_000, 86_400_000].map((ms) => formatTime(time, ms))).toEqual([
    '2026-01-31 12:05:07',
    '2026-01-31 12:05',
    '2026-01-31',
  ]);
});

it('marks estimates', () => {
  const column = { id: 'orders', measure: 'orders', label: 'orders', unit: 'count' } as const;
  expect(formatCell(65_536, { ...column, isApproximate: false })).toBe('65,536');
  expect(formatCell(65_536, { ...column, isApproximate: true })).toBe('≈65,536');
  expect(formatCell(null, { ...column, isApproximate: true })).toBe('–');
});
