import { expect, test } from 'vitest';
import { topics } from '../../../model/topics.js';
import { deadLetterCodec, v1 } from '../../../proto/messages.js';
import { toDeadLetter } from '../../../transforms/step/dead-letter.js';
import { EMPTY, NOW, aRecord, utf8 } from '../fixtures.js';

const failure = { reason: 'UNDECODABLE', error: 'no order', orderId: 'o-1', messageId: 'm-1', createdAt: NOW } as const;

test('holds the original bytes, where they came from and what is wrong with them', () => {
  const record = aRecord('raw_order', Uint8Array.of(0, 255, 1), 42);
  const letter = toDeadLetter(record, 'validator', failure);
  expect(letter.key).toEqual(utf8('key'));
  expect(deadLetterCodec.decode(letter.value)).toEqual(
    v1.DeadLetter.create({
      key: Buffer.from('key'),
      value: Buffer.of(0, 255, 1),
      topic: 'raw_order',
      partition: 1,
      offset: 42,
      recordTime: { seconds: NOW / 1000 - 1 },
      step: 'validator',
      reason: v1.DeadLetterReason.UNDECODABLE,
      error: 'no order',
      orderId: 'o-1',
      messageId: 'm-1',
    }),
  );
});

test.each([2 ** 63, -(2 ** 62), 8.64e15 + 1, NaN])(
  "has no time for a record's time of %d, which is none",
  (timestamp) => {
    const record = { ...aRecord('raw_order', Uint8Array.of(1)), timestamp };
    const letter = deadLetterCodec.decode(toDeadLetter(record, 'validator', failure).value);
    expect([letter.recordTime ?? null, letter.value.length]).toEqual([null, 1]);
  },
);

test('makes an empty key and value of a record that has none', () => {
  const letter = toDeadLetter({ ...aRecord('raw_order', null), key: null }, 'validator', failure);
  const message = deadLetterCodec.decode(letter.value);
  expect([letter.key, message.key.length, message.value.length]).toEqual([EMPTY, 0, 0]);
});

test('keeps the whole of the largest record of any topic', () => {
  const value = new Uint8Array(topics.enriched_order.maxMessageBytes).fill(7);
  const letter = toDeadLetter(aRecord('enriched_order', value), 'router', failure);
  expect(Buffer.compare(deadLetterCodec.decode(letter.value).value, value)).toBe(0);
  expect(letter.value.length + letter.key.length).toBeLessThan(topics.dead_letter.maxMessageBytes);
});

test('a huge key counts only once against the limit', () => {
  const key = new Uint8Array(topics.raw_order.maxMessageBytes).fill(7);
  const letter = toDeadLetter({ ...aRecord('raw_order', EMPTY), key }, 'validator', failure);
  expect(letter.key).toEqual(key.subarray(0, 1_024));
  expect(deadLetterCodec.decode(letter.value).key.length).toBe(key.length);
  expect(letter.value.length + letter.key.length).toBeLessThan(topics.dead_letter.maxMessageBytes);
});

test('cuts a value that unpacked to more than the topic takes, and says so', () => {
  const value = new Uint8Array(10 * 1024 * 1024);
  const letter = toDeadLetter(aRecord('raw_order', value), 'validator', failure);
  const kept = 4 * 1024 * 1024 - 64 * 1024 - 3;
  const message = deadLetterCodec.decode(letter.value);
  expect(message.value.length).toBe(kept);
  expect(message.error).toBe(`no order (only ${kept} of the value's ${value.length} bytes are kept)`);
  expect(letter.value.length + letter.key.length).toBeLessThan(topics.dead_letter.maxMessageBytes);
});
