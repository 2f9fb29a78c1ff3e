import { expect, test } from 'vitest';
import {
  byLetter,
  createLetterIndex,
  filterLetters,
  letterOf,
  stateOf,
  type Letter,
} from '../../dead-letters/letters.js';
import { obstacleTo } from '../../dead-letters/replay.js';
import { mostReleases } from '../../model/release.js';
import type { KafkaRecord } from '../../model/record.js';
import { headersOf } from '../../model/release.js';
import { topics } from '../../model/topics.js';
import type { Failure } from '../../transforms/decoding/decode.js';
import { toDeadLetter } from '../../transforms/step/dead-letter.js';
import { NOW, utf8 } from '../transforms/fixtures.js';

const failure: Failure = { reason: 'UNDECODABLE', error: 'no order', orderId: '', messageId: '', createdAt: NOW };

/** A record of dead_letter: that of raw_order at the offset, as it was set aside by the validator. */
function record(
  offset: number,
  at: number,
  { release = '', changes = {}, step = 'validator', topic = 'raw_order' } = {},
): KafkaRecord {
  const headers = headersOf(release);
  const original = {
    topic,
    partition: 3,
    offset,
    timestamp: NOW,
    key: null,
    value: utf8('bytes'),
    headers,
  };
  const { key, value } = toDeadLetter(original, step, { ...failure, ...changes });
  return { topic: 'dead_letter', partition: 0, offset: at, timestamp: NOW + at, key, value };
}

const lettersOf = (...records: KafkaRecord[]) => {
  const index = createLetterIndex();
  records.forEach(index.add);
  return index.result();
};

const first: Letter = {
  id: 'raw_order/3/7/validator',
  topic: 'raw_order',
  step: 'validator',
  reason: 'UNDECODABLE',
  error: 'no order',
  orderId: '',
  messageId: '',
  returned: 0,
  at: NOW,
  position: '0@0',
};

test('names a dead letter by where its record stood and the step, once, though it was written twice', () => {
  expect(lettersOf(record(7, 0), record(7, 1))).toEqual({ letters: [first], unreadable: 0 });
});

test('tells a record from the one that stood in its place before the topic was made anew', () => {
  const second = { ...first, id: 'raw_order~2/3/7/validator', at: NOW + 1, position: '0@1' };
  // Both are sent back to the topic that there is.
  expect(lettersOf(record(7, 0), record(7, 1, { topic: 'raw_order~2' })).letters).toEqual([first, second]);
  // One that comes back from there keeps the name that it had.
  const back = record(9, 2, { topic: 'raw_order~2', release: `${first.id}/1` });
  expect(lettersOf(record(7, 0), back).letters).toEqual([{ ...first, returned: 1, at: NOW + 2, position: '0@2' }]);
});

test('a dead letter that came back keeps its name, and shows how it came back last', () => {
  const again = record(40, 2, { release: `${first.id}/1`, changes: { reason: 'INVALID_ORDER' } });
  const copy = record(41, 3, { release: `${first.id}/1` });
  const back = { ...first, reason: 'INVALID_ORDER', returned: 1, at: NOW + 2, position: '0@2' };
  expect(lettersOf(record(7, 0), again, copy).letters).toEqual([back]);
  expect(lettersOf(again, record(7, 3), copy).letters).toEqual([back]);
});

test('lists the longest set aside first, and counts what is no dead letter', () => {
  const junk = { ...record(1, 1), value: Uint8Array.of(255) };
  const { letters, unreadable } = lettersOf(record(9, 5), junk, { ...junk, value: null }, record(8, 2));
  expect([letters.map(({ id }) => id), unreadable]).toEqual([
    ['raw_order/3/8/validator', 'raw_order/3/9/validator'],
    2,
  ]);
});

test('filters by step, reason, order and time, and limits', () => {
  const all = [1, 2, 3, 4].map((n) =>
    letterOf(
      record(n, n, {
        step: n === 4 ? 'router' : 'validator',
        changes: { orderId: n > 1 ? 'o-1' : 'o-2', reason: n === 3 ? 'TOO_LARGE' : 'UNDECODABLE' },
      }),
    )!,
  );
  const offsets = (filter: Parameters<typeof filterLetters>[1]) => filterLetters(all, filter).map(({ at }) => at - NOW);
  expect(offsets({})).toEqual([1, 2, 3, 4]);
  expect(offsets({ step: 'router' })).toEqual([4]);
  expect(offsets({ reason: 'TOO_LARGE' })).toEqual([3]);
  expect(offsets({ order: 'o-1', step: 'validator' })).toEqual([2, 3]);
  expect(offsets({ since: NOW + 3 })).toEqual([3, 4]);
  expect(offsets({ limit: 2 })).toEqual([1, 2]);
});

test('a letter waits until it is released, and again when it has come back', () => {
  const line = { letter: first.id, number: 1, claimedAt: NOW, sentAt: NOW, by: 'ops', why: '' };
  const claimed = { ...line, number: 2, sentAt: null };
  expect(stateOf(first, [])).toBe('waiting');
  expect(stateOf(first, [line])).toBe('released');
  expect(stateOf({ ...first, returned: 1 }, [line])).toBe('waiting');
  expect(stateOf({ ...first, returned: 1 }, [line, claimed])).toBe('claimed');
  expect(byLetter([line, claimed])).toEqual(new Map([[first.id, [line, claimed]]]));
});

test.each([
  [
    'TOO_LATE',
    { topic: 'enriched_order', step: 'aggregator', reason: 'TOO_LATE' },
    /^it came too late to be aggregated/,
  ],
  ['a stage that is gone', { step: 'packer' }, /^packer reads no raw_order any more/],
  ['what has come back from the last release', { returned: mostReleases }, /^it has come back from release 1022/],
  ['a topic that its stage does not read', { topic: 'dead_letter' }, /^validator reads no dead_letter any more/],
] as const)('refuses %s in a sentence', (_what, changes, sentence) => {
  expect(obstacleTo({ ...first, ...changes })).toMatch(sentence);
});

test('refuses what was not kept whole', () => {
  const value = new Uint8Array(topics.dead_letter.maxMessageBytes);
  const original = { topic: 'raw_order', partition: 3, offset: 7, timestamp: NOW, key: null, value };
  const letter = { ...record(7, 0), value: toDeadLetter(original, 'validator', failure).value };
  expect(obstacleTo(letterOf(letter)!)).toBe('its value was too large to be kept whole: publish the original again');
  expect(obstacleTo(first)).toBeNull();
});
