import { expect, test } from 'vitest';
import { expiringText, upkeepText } from '../../cli/care.js';

const hour = 3_600_000;
const now = Date.UTC(2026, 0, 15);
const run = (hoursAgo: number, problem = '') => ({
  startedBy: 'external-processor',
  startedAt: now - hoursAgo * hour,
  endedAt: now - hoursAgo * hour + 1,
  partitionsMade: 1,
  partitionsDropped: 2,
  linesDeleted: 3,
  claimsDeleted: 4,
  problem,
});
const good = "the metastore's upkeep ran well 20.0 h ago: made 1 partitions, dropped 2, deleted 3 lines and 4 claims";
const todo = "; the external-processor's job runs it daily, or `orderflow retention run`";

test.each([
  ['well', { last: run(20), lastGood: run(20) }, good],
  ['failed since', { last: run(1, 'why'), lastGood: run(20) }, `${good}; FAILED 1.0 h ago: why`],
  [
    'failed always',
    { last: run(1, 'why'), lastGood: null },
    `the metastore's upkeep has never ended well; FAILED 1.0 h ago: why${todo}`,
  ],
  ['missed', { last: run(50), lastGood: run(50) }, `${good.replace('20.0', '50.0')}${todo}`],
  ['unknown', null, "the metastore's upkeep: unknown, PostgreSQL does not answer or has no tables yet"],
])('says of the upkeep that it is %s', (_, upkeep, sentence) => {
  expect(upkeepText(upkeep, now)).toBe(sentence);
});

test('warns of dead letters that are about to be deleted', () => {
  expect(expiringText({ letters: 3, firstAt: now })).toBe(
    'WARNING: Kafka deletes 3 dead letters soon that nobody has sent back, the first from 2026-01-15T00:00:00.000Z on: `orderflow dead-letters list`',
  );
});
