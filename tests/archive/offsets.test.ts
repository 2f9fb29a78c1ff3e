import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ArchivedFile } from '../../archive/files.js';
import { archivedBefore, missingIn } from '../../archive/offsets.js';

const file = (from: number, to: number, day = '2026-01-01'): ArchivedFile => ({
  ...{ topic: 'enriched_order', topicId: 'id', partition: 0, sha256: '', path: `${from}-${to}` },
  ...{ day, from, to },
});

it('what is in no file is missing, each offset once, whatever files there are', () => {
  const span = fc.tuple(fc.nat(60), fc.integer({ min: 1, max: 30 }));
  fc.assert(
    fc.property(fc.array(span, { maxLength: 8 }), fc.nat(50), fc.nat(60), (spans, low, length) => {
      const files = spans.map(([from, size]) => ({ from, to: from + size })).sort((a, b) => a.from - b.from);
      const high = low + length;
      const offsets = missingIn(files, low, high).flatMap(({ from, to }) =>
        Array.from({ length: to - from }, (_, index) => from + index),
      );
      const expected = Array.from({ length }, (_, index) => low + index).filter(
        (offset) => !files.some(({ from, to }) => offset >= from && offset < to),
      );
      expect(offsets).toEqual(expected);
    }),
  );
});

describe('before what Kafka has', () => {
  const day = (text: string) => Date.parse(`${text}T00:00:00Z`);
  const ever = { from: 0, to: day('2027-01-01') };
  const read = (files: readonly ArchivedFile[], low: number, taken = ever) => {
    const { ranges, isWhole } = archivedBefore(files, low, taken);
    return [isWhole, ...ranges.map(({ file: { path }, from, to }) => `${path}: ${from}-${to}`)];
  };

  it('files that follow upon each other are whole from the first offset on', () => {
    expect(read([file(0, 10), file(10, 20)], 20)).toEqual([true, '0-10: 0-10', '10-20: 10-20']);
    expect(read([file(0, 10), file(10, 20)], 15)).toEqual([true, '0-10: 0-10', '10-20: 10-15']);
    expect(read([], 0)).toEqual([true]);
  });

  it('a gap is told, and what follows it is there', () => {
    expect(read([file(0, 10), file(12, 20)], 20)).toEqual([false, '12-20: 12-20']);
    expect(read([file(5, 20)], 20)).toEqual([false, '5-20: 5-20']);
    expect(read([file(0, 19)], 20)).toEqual([false]);
    expect(read([], 20)).toEqual([false]);
  });

  it('each offset is read from one file, where files hold some twice', () => {
    expect(read([file(0, 12), file(8, 20)], 20)).toEqual([true, '0-12: 0-8', '8-20: 8-20']);
  });

  it('days before and after the span are left alone, also where nothing is known of them', () => {
    const files = [file(7, 10, '2026-01-01'), file(10, 20, '2026-01-02'), file(20, 30, '2026-01-03')];
    expect(read(files, 30, { from: day('2026-01-02'), to: day('2026-01-03') })).toEqual([true, '10-20: 10-20']);
    expect(read(files, 30, { from: day('2026-01-01') + 1, to: day('2026-01-02') })).toEqual([false, '7-10: 7-10']);
  });
});
