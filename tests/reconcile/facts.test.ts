/** Facts come back as they were added, from memory and from files. */
import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { blocksInMemory, createFactStore } from '../../reconcile/facts.js';
import { createHasher } from '../../reconcile/hash.js';
import { createNames, idsOf, textsInMemory } from '../../reconcile/names.js';
import { blocksIn, ScratchFile } from '../../reconcile/spill.js';

/** More than a block holds. */
const count = 20_000;

describe.each([
  ['memory', () => undefined],
  ['a file', () => new ScratchFile()],
])('in %s', (_name, open) => {
  test('facts of a bucket, in their order, until they are forgotten', () => {
    using file = open();
    const store = createFactStore(6, file ? blocksIn(file) : blocksInMemory());
    for (const round of [1, 2]) {
      for (let index = 0; index < count; index++) {
        const { words, doubles, at } = store.add(index % 2);
        words.set([index, round], at);
        doubles.set([index / 2, -index], at / 2 + 1);
      }
      const read: number[] = [];
      store.read(1, ({ words, doubles, at: end }) => {
        for (let at = 0; at < end; at += 6) {
          expect([words[at + 1], doubles[at / 2 + 1], doubles[at / 2 + 2]]).toEqual([
            round,
            words[at]! / 2,
            -words[at]!,
          ]);
          read.push(words[at]!);
        }
      });
      expect(read).toEqual(Array.from({ length: count / 2 }, (_, index) => 2 * index + 1));
      store.clear();
      store.read(1, ({ at }) => expect(at).toBe(0));
    }
  });

  test('names, whatever letters they have', () => {
    using file = open();
    const names = createNames(file ?? textsInMemory());
    const all = Array.from({ length: 5_000 }, (_, index) => ({ orderId: `ö-${index}`, messageId: `m-${index * 7}` }));
    const places = all.map(({ orderId, messageId }) => names.add(idsOf(orderId, messageId)));
    expect(places.map((place) => names.get(place))).toEqual(all);
  });
});

test('hashes differ for different bytes, and from hasher to hasher', () => {
  const texts = Array.from({ length: 3_000 }, (_, index) =>
    createHash('sha256')
      .update(String(index))
      .digest()
      .subarray(0, index % 31),
  );
  const different = new Set(texts.map((text) => text.toString('hex')));
  const hasher = createHasher();
  const hashOf = (bytes: Uint8Array, by = hasher) => {
    by.hash(bytes, 0, bytes.length);
    return `${by.low} ${by.high}`;
  };
  expect(new Set(texts.map((text) => hashOf(text))).size).toBe(different.size);
  const [text] = [Buffer.from('ORD-1')];
  expect(hashOf(text)).toBe(hashOf(Buffer.from('ORD-1')));
  expect(hashOf(text, createHasher())).not.toBe(hashOf(text));
});
