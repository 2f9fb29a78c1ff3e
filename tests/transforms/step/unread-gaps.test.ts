import { expect, test } from 'vitest';
import type { KafkaRecord, UnreadGap } from '../../../model/record.js';
import { noteGaps } from '../../../transforms/step/unread-gaps.js';
import { aRecord, EMPTY } from '../fixtures.js';

function noting({ fails = false } = {}) {
  const happened: unknown[] = [];
  const metastore = {
    recordGaps: async (gaps: readonly UnreadGap[]) => {
      happened.push(gaps);
      if (fails) throw Object.assign(new Error('no'), { code: 'ECONNREFUSED' });
    },
  };
  const step = async (records: readonly KafkaRecord[]) => void happened.push(records.length);
  const context = { count: (counter: string, by?: number) => void happened.push([counter, by]) };
  return {
    happened,
    run: (records: readonly KafkaRecord[]) => noteGaps(step, { stage: 'router', metastore })(records, context),
  };
}

const record = aRecord('enriched_order', EMPTY, 9);

test('writes a gap down before the record behind it is handled, and counts what is missing', async () => {
  const { happened, run } = noting();
  await run([
    { ...record, deletedFrom: null },
    { ...record, topic: 'enriched_order~2', partition: 3, deletedFrom: 4 },
  ]);
  expect(happened).toEqual([
    [{ stage: 'router', topic: 'enriched_order~2', partition: 3, first: 4, next: 9 }],
    2,
    ['deleted_unread', 5],
    ['deleted_unread.enriched_order~2/3', 5],
  ]);
});

test('asks nothing of a batch without gaps', async () => {
  const { happened, run } = noting();
  await run([record, { ...record, deletedFrom: null }]);
  expect(happened).toEqual([2]);
});

test('handles nothing where the gap cannot be written down: the bundle is tried again', async () => {
  const { happened, run } = noting({ fails: true });
  await expect(run([{ ...record, deletedFrom: 0 }])).rejects.toThrow('the metastore did not answer (ECONNREFUSED)');
  expect(happened).toHaveLength(1);
});
