/** Good and bad protobuf, put together as no encoder would: fields, lengths, groups, numbers of bytes. */
import type { Random } from '../generator/random.js';
import { limits } from '../model/limits.js';
import { fieldNumbers } from './field-numbers.js';
import { anything, fails, passes, type Base, type HostileValue, type Kind } from './kind.js';
import { randomBytes } from './kinds-of-bytes.js';
import { bytesField, groupField, join, tag, varint, varintField, wireTypes, type Field } from './wire.js';

const valueOf = (...fields: readonly Field[]): HostileValue => ({ value: join(fields) });

function shuffled<T>(random: Random, items: readonly T[]): T[] {
  const result = [...items];
  for (let last = result.length - 1; last > 0; last--) {
    const other = random.between(0, last);
    [result[last], result[other]] = [result[other]!, result[last]!];
  }
  return result;
}

const pickField = (random: Random, { fields }: Base) => random.pick(fields);
/** A number that no field of an Order has. */
const unknownNumber = (random: Random) => random.pick([17, 31, 32, 100, 2_047, 2_048, 18_999, 20_000, 2 ** 29 - 1]);

/** One field of any kind that the order does not know. */
function unknownField(random: Random): Field {
  const number = unknownNumber(random);
  return random.pick([
    () => varintField(number, BigInt(random.bits()) ** 2n, random.between(1, 10)),
    () => bytesField(number, randomBytes(random, random.between(0, 40))),
    () => ({ number, bytes: Buffer.concat([tag(number, wireTypes.fixed32), randomBytes(random, 4)]) }),
    () => ({ number, bytes: Buffer.concat([tag(number, wireTypes.fixed64), randomBytes(random, 8)]) }),
    () => groupField(number, random.between(1, 5), varintField(1, random.bits()).bytes),
  ])();
}

const smallest = Buffer.from([0x5a, 0]); // a line without anything

export const kindsOfStructure: readonly Kind[] = [
  {
    name: 'fields in another order',
    weight: 30,
    may: passes,
    make: (random, { fields }) => valueOf(...shuffled(random, fields)),
  },
  {
    name: 'fields twice',
    weight: 20,
    may: passes,
    make: (random, base) => valueOf(...base.fields, ...Array.from({ length: 3 }, () => pickField(random, base))),
  },
  {
    name: 'a field missing',
    weight: 30,
    // One of several lines may go.
    may: ['valid', 'dead-lettered'],
    make(random, { fields }) {
      const at = random.between(0, fields.length - 1);
      return valueOf(...fields.slice(0, at), ...fields.slice(at + 1));
    },
  },
  {
    name: 'unknown fields',
    weight: 40,
    may: passes,
    make: (random, { fields }) =>
      valueOf(
        ...shuffled(random, [...fields, ...Array.from({ length: random.between(1, 9) }, () => unknownField(random))]),
      ),
  },
  {
    name: 'an unknown field in a line',
    weight: 20,
    may: passes,
    make: (random, { fields }) =>
      valueOf(
        ...fields,
        bytesField(fieldNumbers.lines, join([bytesField(1, 'sku'), varintField(2, 1), unknownField(random)])),
      ),
  },
  {
    name: 'a known field of the wrong wire type',
    weight: 40,
    // Beside the right one it is an unknown field.
    may: passes,
    make(random, { fields }) {
      const number = random.between(1, 12);
      const isNumber = number === fieldNumbers.orderType || number === fieldNumbers.paymentMethod;
      return valueOf(...fields, isNumber ? bytesField(number, 'x') : varintField(number, random.bits()));
    },
  },
  {
    name: 'a known field in the wrong wire type instead',
    weight: 20,
    may: fails,
    make(random, { fields }) {
      const number = random.between(1, 12);
      const others = fields.filter((field) => field.number !== number);
      const isNumber = number === fieldNumbers.orderType || number === fieldNumbers.paymentMethod;
      return valueOf(...others, isNumber ? bytesField(number, 'x') : varintField(number, random.bits()));
    },
  },
  {
    name: 'a wire type that does not exist',
    weight: 10,
    may: fails,
    make: (random, { fields }) =>
      valueOf(...fields, { number: 0, bytes: tag(unknownNumber(random), random.pick([4, 6, 7])) }),
  },
  {
    name: 'field number 0',
    weight: 10,
    may: fails,
    make: (random, { fields }) => valueOf(varintField(0, random.bits()), ...fields),
  },
  {
    name: 'numbers of ten bytes',
    weight: 20,
    may: passes,
    make: (random, { fields }) =>
      valueOf(...fields, varintField(fieldNumbers.orderType, 1, 10), varintField(unknownNumber(random), 1, 10)),
  },
  {
    name: 'numbers of more than ten bytes',
    weight: 30,
    may: fails,
    make(random, { fields }) {
      const number = random.pick([fieldNumbers.orderType, fieldNumbers.paymentMethod, unknownNumber(random)]);
      return valueOf(...fields, varintField(number, 1, random.between(11, 60)));
    },
  },
  {
    name: 'a tag of more than five bytes',
    weight: 10,
    may: fails,
    make: (random, { fields }) => {
      const bytes = Buffer.concat([varint(20 * 8, random.between(6, 12)), varint(1)]);
      return valueOf({ number: 20, bytes }, ...fields);
    },
  },
  {
    name: 'a length beyond the end',
    weight: 40,
    may: fails,
    make(random, { fields }) {
      const claimed = random.pick([2n ** 31n - 1n, 2n ** 32n - 1n, 2n ** 32n, 2n ** 63n, 2n ** 64n - 1n, 1_000n]);
      return valueOf(...fields, bytesField(random.between(1, 20), 'x', claimed));
    },
  },
  {
    name: 'a length that ends within the next field',
    weight: 20,
    may: anything,
    make(random, { fields }) {
      const at = random.between(0, fields.length - 1);
      const claimed = random.between(0, 60);
      return valueOf(...fields.slice(0, at), bytesField(random.between(1, 12), 'text', claimed), ...fields.slice(at));
    },
  },
  {
    name: 'groups within groups',
    weight: 20,
    may: passes,
    make: (random, { fields }) =>
      valueOf(...fields, groupField(unknownNumber(random), random.between(1, limits.depth - 1))),
  },
  {
    name: 'groups too deep',
    weight: 20,
    may: fails,
    make: (random, { fields }) =>
      valueOf(
        ...fields,
        groupField(unknownNumber(random), random.pick([limits.depth, 97, 98, 99, 100, 101, 102, 20_000])),
      ),
  },
  {
    name: 'groups that do not match',
    weight: 20,
    may: fails,
    make(random, { fields }) {
      const [start, end] = [tag(20, wireTypes.groupStart), tag(20, wireTypes.groupEnd)];
      const wrong = random.pick([[start], [end], [start, tag(21, wireTypes.groupEnd)], [start, start, end]]);
      return valueOf(...fields, { number: 20, bytes: Buffer.concat(wrong) });
    },
  },
  {
    name: 'many unknown fields',
    weight: 0.4,
    may: passes,
    make: (random, { fields }) =>
      valueOf(...fields, ...Array<Field>(random.between(1_000, limits.fields - 1_000)).fill(varintField(20, 1))),
  },
  {
    name: 'too many fields',
    weight: 0.6,
    may: fails,
    make: (random, { fields }) =>
      valueOf(...fields, ...Array<Field>(random.between(limits.fields, 2 * limits.fields)).fill(varintField(20, 1))),
  },
  {
    name: 'lines by the thousand',
    weight: 1,
    may: ['valid', 'dead-lettered'],
    make: (random, { fields }) =>
      valueOf(
        ...fields,
        ...Array<Field>(random.between(900, 1_100)).fill(fields.find(({ number }) => number === fieldNumbers.lines)!),
      ),
  },
  {
    name: 'empty lines up to the last byte',
    weight: 0.2,
    may: fails,
    make: (_random, { fields, maxOrderBytes }) => ({
      value: Buffer.concat([join(fields), ...Array<Buffer>((maxOrderBytes >> 1) - 1_000).fill(smallest)]),
    }),
  },
  {
    name: 'times in many pieces',
    weight: 10,
    // Protobuf merges them.
    may: passes,
    make: (random, { fields }) =>
      valueOf(...fields, ...Array<Field>(random.between(1, 200)).fill(bytesField(fieldNumbers.createdAt, ''))),
  },
];
