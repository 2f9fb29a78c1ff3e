/** Records that are odd around their value, and orders that come again. */
import type { Random } from '../generator/random.js';
import { limits } from '../model/limits.js';
import { orderCodec, v1 } from '../proto/messages.js';
import { fieldNumbers } from './field-numbers.js';
import { fails, passes, passesOnce, type Base, type HostileValue, type Kind } from './kind.js';
import { randomBytes } from './kinds-of-bytes.js';
import { bytesField, join } from './wire.js';

/** The order, filled up with an unknown field to that many bytes. */
function ofSize({ fields }: Base, size: number): HostileValue {
  const order = join(fields);
  // Tag and length of the field take six bytes from 2 MiB on, five below.
  const filling = (bytes: number) => bytesField(20, Buffer.alloc(bytes, 0x2a)).bytes;
  const head = filling(size - order.length).length - (size - order.length);
  return { value: Buffer.concat([order, filling(size - order.length - head)]) };
}

const good = ({ fields }: Base) => join(fields);

export const kindsOfRecords: readonly Kind[] = [
  { name: 'a good order', weight: 150, may: passes, make: (_random, base) => ({ value: good(base) }) },
  {
    name: 'an order again, byte for byte',
    weight: 20,
    may: passesOnce,
    make: (_random, { earlier }) => ({ value: orderCodec.encode(earlier()) }),
  },
  {
    name: 'an order again under another message id',
    weight: 20,
    may: ['valid', 'rejected'],
    make: (_random, { order, earlier }) => ({
      value: orderCodec.encode(v1.Order.create({ ...earlier(), messageId: order.messageId })),
    }),
  },
  {
    name: 'a message id again with another order',
    weight: 20,
    may: passesOnce,
    make: (_random, { order, earlier }) => ({
      value: orderCodec.encode(v1.Order.create({ ...order, messageId: earlier().messageId })),
    }),
  },
  {
    name: 'an order again that lacks something',
    weight: 20,
    may: fails,
    make: (_random, { earlier }) => ({ value: orderCodec.encode(v1.Order.create({ ...earlier(), currency: '' })) }),
  },
  { name: 'no value', weight: 10, may: fails, make: () => ({ value: null }) },
  { name: 'no value and no key', weight: 5, may: fails, make: () => ({ value: null, key: null }) },
  { name: 'a value of no bytes', weight: 10, may: fails, make: () => ({ value: Buffer.alloc(0) }) },
  { name: 'no key', weight: 20, may: passes, make: (_random, base) => ({ value: good(base), key: null }) },
  {
    name: 'the key of another order',
    weight: 20,
    may: passes,
    make: (_random, base) => ({ value: good(base), key: Buffer.from(base.earlier().orderId) }),
  },
  {
    name: 'a key that is no text',
    weight: 20,
    may: passes,
    make: (random: Random, base) => ({ value: good(base), key: randomBytes(random, random.pick([0, 1, 30, 3_000])) }),
  },
  {
    name: 'an enormous key',
    weight: 0.2,
    may: fails,
    make: (random) => ({ value: randomBytes(random, 20), key: Buffer.alloc(limits.rawRecordBytes - 1_000, 0x6b) }),
  },
  {
    name: 'absurd record times',
    weight: 10,
    // Of a record from long ago, the order is from the future.
    may: [...passes, ...fails],
    make: (random, base) => ({
      value: good(base),
      timestamp: random.pick([-1, 0, -(2 ** 62), 2 ** 63, 8.64e15 + 1, 2 ** 53]),
    }),
  },
  {
    name: 'absurd record times of what is no order',
    weight: 10,
    may: fails,
    make: (random) => ({
      value: Buffer.from([random.between(0, 255)]),
      timestamp: random.pick([-1, 0, -(2 ** 62), 2 ** 63, 8.64e15 + 1, 2 ** 53]),
    }),
  },
  {
    name: 'an order of the greatest size',
    weight: 0.2,
    may: passes,
    make: (_random, base) => ofSize(base, base.maxOrderBytes),
  },
  {
    name: 'an order a byte too large',
    weight: 0.2,
    may: fails,
    make: (_random, base) => ofSize(base, base.maxOrderBytes + 1),
  },
  {
    name: 'a record as large as the topic takes',
    weight: 0.2,
    may: fails,
    make: (_random, base) => ofSize(base, limits.rawRecordBytes - 1_000),
  },
  {
    name: 'a mebibyte of text in an id',
    weight: 0.2,
    may: fails,
    make: (random, base) => ({
      value: join([
        ...base.fields,
        bytesField(random.pick([fieldNumbers.orderId, fieldNumbers.ipAddress]), Buffer.alloc(850_000, '1.')),
      ]),
    }),
  },
];
