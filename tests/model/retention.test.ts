import { expect, test } from 'vitest';
import { loadConfig } from '../../config.js';
import { keepProblem, leastKeepDays } from '../../model/retention.js';

const day = 86_400_000;
const retention = { retentionMs: 7 * day, deadLetterRetentionMs: 30 * day, allowedLatenessMs: day };

test('an order is kept for as long as a dead letter, what it becomes when it is sent back, and a segment of each', () => {
  expect(leastKeepDays(retention)).toBe(30 + 1 + 7 + 1 + 1);
  expect(leastKeepDays({ ...retention, allowedLatenessMs: day + 1 })).toBe(41);
  // No segment lives longer than its records do.
  expect(
    leastKeepDays({ retentionMs: 3_600_000, deadLetterRetentionMs: 3_600_000, allowedLatenessMs: 3_600_000 }),
  ).toBe(1);
});

test('the defaults go together, and what does not is refused in one sentence', () => {
  expect(keepProblem(loadConfig({}).keepDays, loadConfig({}))).toBeNull();
  expect(keepProblem(39, retention)).toMatch(/^an order is kept for 40 days at least/);
  expect(() => loadConfig({ ORDERFLOW_KEEP_DAYS: '30' })).toThrow(
    /^bad configuration:\nORDERFLOW_KEEP_DAYS="30": an order is kept for 40 days at least, since a record of it can be read for so long/,
  );
  expect(() => loadConfig({ ORDERFLOW_RETENTION_MS: String(13 * day) })).toThrow(/for 46 days at least/);
});
