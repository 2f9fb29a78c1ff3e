/** Bytes that are broken without a thought of what they mean. */
import type { Random } from '../generator/random.js';
import { orderCodec } from '../proto/messages.js';
import { anything, fails, passesOnce, type Kind } from './kind.js';
import { join } from './wire.js';

export const randomBytes = (random: Random, length: number) =>
  Buffer.from(Uint8Array.from({ length }, () => random.bits() & 255));

export const kindsOfBytes: readonly Kind[] = [
  {
    name: 'random bytes',
    weight: 80,
    may: fails,
    make: (random) => ({ value: randomBytes(random, random.between(0, 120)) }),
  },
  {
    name: 'a few bits flipped',
    weight: 120,
    may: anything,
    make(random, { fields }) {
      const value = join(fields);
      for (let flips = random.between(1, 4); flips > 0; flips--)
        value[random.between(0, value.length - 1)]! ^= 1 << random.between(0, 7);
      return { value };
    },
  },
  {
    name: 'bytes overwritten',
    weight: 40,
    may: anything,
    make(random, { fields }) {
      const value = join(fields);
      const noise = randomBytes(random, random.between(1, 12));
      noise.copy(value, random.between(0, value.length - 1));
      return { value };
    },
  },
  {
    name: 'cut off',
    weight: 60,
    may: fails,
    make(random, { fields }) {
      const value = join(fields);
      // Without its last field, payment_method, of two bytes, it is no complete order either.
      return { value: value.subarray(0, random.between(0, value.length - 1)) };
    },
  },
  {
    name: 'bytes taken out',
    weight: 30,
    may: anything,
    make(random, { fields }) {
      const value = join(fields);
      const at = random.between(0, value.length - 2);
      return { value: Buffer.concat([value.subarray(0, at), value.subarray(at + random.between(1, 8))]) };
    },
  },
  {
    name: 'bytes put in',
    weight: 30,
    may: anything,
    make(random, { fields }) {
      const value = join(fields);
      const at = random.between(0, value.length);
      const noise = randomBytes(random, random.between(1, 8));
      return { value: Buffer.concat([value.subarray(0, at), noise, value.subarray(at)]) };
    },
  },
  {
    name: 'two orders spliced',
    weight: 40,
    may: anything,
    make(random, { fields, earlier }) {
      const [head, rest] = [join(fields), Buffer.from(orderCodec.encode(earlier()))];
      const [at, from] = [random.between(0, head.length), random.between(0, rest.length)];
      return { value: Buffer.concat([head.subarray(0, at), rest.subarray(from)]) };
    },
  },
  {
    name: 'two orders one after the other',
    weight: 10,
    // Protobuf merges them: the fields of the second, the lines of both.
    may: passesOnce,
    make: (_random, { fields, earlier }) => ({
      value: Buffer.concat([join(fields), Buffer.from(orderCodec.encode(earlier()))]),
    }),
  },
  {
    name: 'JSON instead',
    weight: 10,
    may: fails,
    make: (_random, { order }) => ({ value: Buffer.from(JSON.stringify(order)) }),
  },
];
