/** The slope by which a soak judges memory. */
import { describe, expect, test } from 'vitest';
import { slopePerHour } from '../../bench/memory.js';

const everyMinute = (valueAt: (minute: number) => number) =>
  Array.from({ length: 41 }, (_, minute) => ({ seconds: minute * 60, value: valueAt(minute) }));

describe('slopePerHour', () => {
  test('percent of the mean an hour, for memory that grows or shrinks evenly', () => {
    // From 90 to 110 in 40 minutes: 20 in 40 minutes are 30 an hour, of a mean of 100.
    expect(slopePerHour(everyMinute((minute) => 90 + minute / 2))).toBeCloseTo(30, 9);
    expect(slopePerHour(everyMinute((minute) => 110 - minute / 2))).toBeCloseTo(-30, 9);
  });

  test('does not depend on where the seconds begin', () => {
    const points = everyMinute((minute) => 90 + minute / 2);
    const later = points.map(({ seconds, value }) => ({ seconds: seconds + 86_400, value }));
    expect(slopePerHour(later)).toBeCloseTo(slopePerHour(points), 6);
  });

  test('a saw tooth of even height has next to none', () => {
    expect(Math.abs(slopePerHour(everyMinute((minute) => 100 + 10 * (minute % 2))))).toBeLessThan(0.5);
  });

  test.each([
    ['no point', []],
    ['one point', [{ seconds: 0, value: 5 }]],
    ['one moment', [5, 6].map((value) => ({ seconds: 0, value }))],
    ['nothing but zeros', everyMinute(() => 0)],
  ])('is 0 for %s', (_, points) => {
    expect(slopePerHour(points)).toBe(0);
  });
});
