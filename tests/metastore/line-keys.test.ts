/** What stands in the database by number, and the keys of lines: changed, they would be another line's. */
import fc from 'fast-check';
import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { firstKey, lastAttempt, lastKey, recorders, slots, tailOf } from '../../metastore/line-keys.js';
import { mostReleases } from '../../model/release.js';
import { stageNames } from '../../model/stages.js';
import { statuses } from '../../model/statuses.js';
import { slotOf } from '../../model/transitions.js';

test('statuses, recorders and slots are only added to, and fit into their bits', () => {
  expect(statuses).toEqual([
    'CREATED',
    'VALIDATED',
    'REJECTED',
    'ENRICHED',
    'ROUTED',
    'DELIVERED',
    'DELIVERY_PENDING',
    'DELIVERY_FAILED',
    'DEAD_LETTERED',
    'RELEASED',
  ]);
  expect(recorders).toEqual(['generator', 'validator', 'enricher', 'router', 'external-processor', 'aggregator']);
  expect(recorders).toEqual(expect.arrayContaining([...stageNames]));
  expect(recorders.length).toBeLessThan(16); // the last number is for those that an earlier version did not know
  expect(slots).toEqual(['CREATED', 'RELEASED', 'DELIVERY_PENDING', '']);
  expect(statuses.every((status) => (slots as readonly string[]).includes(slotOf(status)))).toBe(true);
  expect(mostReleases).toBe(2 ** 10 - 2);
});

test('the view and the migration have the same lists', async () => {
  const sql = await readFile(new URL('../../metastore/migrations/0010_bytes.sql', import.meta.url), 'utf8');
  const listed = [...sql.matchAll(/ARRAY\[\s*('[^\]]*')\s*\]/g)].map(([, names]) =>
    names!.replaceAll(/[\s']/g, '').split(','),
  );
  const of = (first: string) => listed.filter((names) => names[0] === first);
  expect(of('CREATED')).toEqual([statuses, statuses]);
  expect(of('generator')).toEqual([recorders, recorders]);
});

test('a line has a tail of its own for each attempt, recorder and slot, of two bytes', () => {
  const attempt = fc.integer({ min: 1, max: lastAttempt });
  const line = fc.tuple(attempt, fc.constantFrom(...recorders), fc.constantFrom(...statuses));
  fc.assert(
    fc.property(line, line, (one, other) => {
      const same = one[0] === other[0] && one[1] === other[1] && slotOf(one[2]) === slotOf(other[2]);
      expect(tailOf(...one) === tailOf(...other)).toBe(same);
      expect(tailOf(...one)).toBeLessThan(2 ** 16);
    }),
  );
  expect(() => tailOf(lastAttempt + 1, 'validator', 'RELEASED')).toThrow('there is no attempt 1024');
});

test('keys are in the order of the milliseconds, which have six bytes', () => {
  expect(firstKey(Date.UTC(2026, 0, 15))).toBe('019bbef3-b000-0000-0000-000000000000');
  expect(lastKey(0)).toBe('00000000-0000-ffff-ffff-ffffffffffff');
  expect([firstKey(-1), firstKey(Infinity)]).toEqual([firstKey(0), firstKey(2 ** 48 - 1)]);
  fc.assert(
    fc.property(fc.nat(2 ** 47), fc.nat(2 ** 47), (one, other) => {
      expect(Math.sign(firstKey(one) < firstKey(other) ? -1 : Number(one !== other))).toBe(Math.sign(one - other));
      expect(lastKey(one) < firstKey(one + 1)).toBe(true);
    }),
  );
});
