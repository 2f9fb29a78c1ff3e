import fc from 'fast-check';
import { expect, test } from 'vitest';
import { incarnationOf, topicNameOf } from '../../model/incarnation.js';
import {
  attemptOf,
  formatRelease,
  headersOf,
  isFor,
  mostReleases,
  parseRelease,
  positionOf,
  releaseHeader,
  releaseOf,
} from '../../model/release.js';
import { stageNames } from '../../model/stages.js';
import { topicNames } from '../../model/topics.js';
import { aRecord, EMPTY, utf8 } from '../transforms/fixtures.js';

const letter = { topic: 'raw_order', partition: 3, offset: 1234, step: 'validator' };
const record = aRecord('raw_order', EMPTY, 7);

test('a name of a release is read back as it was', () => {
  const release = fc.record({
    letter: fc.record({
      topic: fc
        .tuple(fc.constantFrom(...topicNames), fc.integer({ min: 1, max: 9_999 }))
        .map(([topic, incarnation]) => incarnationOf(topic, incarnation)),
      partition: fc.nat(999_999_999),
      offset: fc.nat(999_999_999_999_999),
      step: fc.constantFrom(...stageNames),
    }),
    number: fc.integer({ min: 1, max: mostReleases }),
  });
  fc.assert(
    fc.property(release, (one) => {
      expect(parseRelease(formatRelease(one))).toEqual(one);
    }),
  );
});

test.each([
  '',
  'raw_order/3/1234/validator',
  'raw_order/3/1234/validator/0',
  'raw_order/3/1234/validator/1023',
  'raw_order/-3/1/validator/1',
  '../1/2/x/3',
  'raw_order~0/3/1/validator/1',
  'raw_order~/3/1/validator/1',
])('takes no release from "%s"', (text) => {
  expect(parseRelease(text)).toBeNull();
  expect(releaseOf({ ...record, headers: [{ key: releaseHeader, value: utf8(text) }] })).toBeNull();
});

test('a record says by its header which release it is, where it stands, and which attempt that makes', () => {
  const released = {
    ...record,
    headers: [{ key: 'other', value: null }, ...headersOf('raw_order/3/1234/validator/2')],
  };
  expect(releaseOf(released)).toEqual({ letter, number: 2 });
  expect(positionOf(released)).toEqual({
    topic: 'raw_order',
    partition: 1,
    offset: 7,
    released: { partition: 3, offset: 1234, number: 2 },
  });
  expect([attemptOf(released), attemptOf(record)]).toEqual([3, 1]);
});

test.each([undefined, null, [], [{ key: releaseHeader, value: null }], headersOf('valid_order/3/1234/enricher/1')])(
  'a record with the headers %j is no release of its topic',
  (headers) => {
    expect(releaseOf({ ...record, headers })).toBeNull();
    expect(positionOf({ ...record, headers })).toEqual({ topic: 'raw_order', partition: 1, offset: 7 });
  },
);

test('a release is for the stage that set the record aside, and any other record for each stage', () => {
  const released = { ...aRecord('enriched_order', EMPTY), headers: headersOf('enriched_order/0/5/router/1') };
  expect([isFor('router', released), isFor('aggregator', released)]).toEqual([true, false]);
  expect([isFor('router', record), isFor('aggregator', record)]).toEqual([true, true]);
});

test('a topic that was made anew keeps its name, and its records are none of before', () => {
  expect([1, 2, 12].map((incarnation) => incarnationOf('raw_order', incarnation))).toEqual([
    'raw_order',
    'raw_order~2',
    'raw_order~12',
  ]);
  expect(['raw_order', 'raw_order~2', 'raw_order~12'].map(topicNameOf)).toEqual(Array(3).fill('raw_order'));
  const now = { ...record, topic: 'raw_order~2' };
  expect(positionOf(now)).toEqual({ ...positionOf(record), topic: 'raw_order~2' });
  // What was set aside before is sent back to the topic that there is, and stays what it was.
  const released = { ...now, headers: headersOf('raw_order/3/1234/validator/2') };
  expect(releaseOf(released)).toEqual({ letter, number: 2 });
  expect(positionOf(released)).toEqual({
    topic: 'raw_order',
    partition: 1,
    offset: 7,
    released: { partition: 3, offset: 1234, number: 2 },
  });
});
