/** Well-formed orders whose fields hold what nobody expects. */
import type { Random } from '../generator/random.js';
import { limits } from '../model/limits.js';
import { fieldNumbers } from './field-numbers.js';
import { fails, passesOnce, type Base, type HostileValue, type Kind } from './kind.js';
import { bytesField, join, varintField, type Field } from './wire.js';

/** The order with one field instead of those of its number. */
const withField = ({ fields }: Base, field: Field): HostileValue => ({
  value: join([...fields.filter(({ number }) => number !== field.number), field]),
});
const withText = (base: Base, name: keyof typeof fieldNumbers, text: string | Uint8Array) =>
  withField(base, bytesField(fieldNumbers[name], text));

const ids = ['messageId', 'orderId', 'customerId', 'fromLocationId', 'toLocationId'] as const;
const texts = [...ids, 'ipAddress', 'currency'] as const;

/** What objects have without having been given it, and what programs take for something else. */
const names = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'valueOf', 'null', 'undefined',
  'NaN', 'true', '0', '-1', '[object Object]', "'; DROP TABLE order_claims; --", '${7*7}', '%s%n', '../../etc/passwd',
  '<script>', '{}', '\\', '"', '*', 'a b', ' ']; // prettier-ignore

/** Text that is an id all the same, however odd it looks: two of them are the same or not, but nothing in between. */
const odd = ['é', 'e\u0301', 'É', 'ß', 'ss', 'İ', 'i\u0307', 'ﬁ', 'ſ', 'K', '\u212a', '\ufeff', '\u200b', '\u202eabc',
  '\u2028', '\ufffd', '\ufffe', '\uffff', '\u{10ffff}', '👩‍👩‍👧‍👦', '𝟘', '٣', 'א', 'A', 'Ａ', 'a', '\u00a0', '\ue000']; // prettier-ignore

/** UTF-8 that is none: cut off, overlong, surrogates, beyond the last character, single bytes. */
const notUtf8 = [
  'ff',
  'c3',
  'c080',
  'eda080',
  'edbfbf',
  'eda080edb080',
  'f4908080',
  'f8888080',
  'e28228',
  '80',
  'fe',
].map((hex) => Buffer.from(hex, 'hex'));

const addresses = {
  odd: ['::', '::1', '0.0.0.0', '255.255.255.255', '::ffff:192.0.2.1', '::192.0.2.1', '64:ff9b::192.0.2.33', 'FE80::ABCD',
    '2001:0db8:0000:0000:0000:0000:0000:0001', 'ff02::1', '1::', '::ffff:c000:201', '127.0.0.1', '100.64.0.1'],
  none: ['', ' ', '1.2.3', '1.2.3.4.5', '1.2.3.256', '01.2.3.4', '0x7f.1', '2130706433', '1.2.3.4/32', '::1/128', 'fe80::1%eth0',
    '::1%', '1::2::3', ':::', 'g::1', '1.2.3.4 ', '[::1]', '1.2.3.4:80', 'localhost', '::ffff:1.2.3.4.5', '1:2:3:4:5:6:7:8:9',
    '١.٢.٣.٤', '1.2.3.4\n', '1.2.3.4\0', ':'.repeat(500), '1.'.repeat(1_000)],
} as const; // prettier-ignore

const currencies = [
  '',
  'EU',
  'EURO',
  'eur',
  'ＥＵＲ',
  '€',
  'E R',
  'EUR\n',
  '\nEUR',
  'ÄÖÜ',
  '123',
  'EUR\0',
  'A'.repeat(100_000),
];

/** int64 and its neighbours. */
const extremes = [
  2n ** 63n - 1n,
  -(2n ** 63n),
  2n ** 53n,
  2n ** 53n - 1n,
  2n ** 53n + 1n,
  -1n,
  2n ** 31n,
  2n ** 32n,
  10n ** 18n,
];

/** An enum is an int32, to which greater numbers are cut: those that become a value of ours are left out. */
const noEnum = [0n, 5n, 99n, ...extremes].filter((value) => ![1n, 2n, 3n, 4n].includes(BigInt.asIntN(32, value)));

const timestamp = (number: number, seconds: bigint | number, nanos: bigint | number = 0) =>
  bytesField(number, join([varintField(1, seconds), varintField(2, nanos)]));
/** Seconds of: year 0, 1, 1969, 9999, 10000; ms and µs taken for seconds; int64. */
const absurdSeconds = [
  -62_167_219_200n,
  -62_135_596_801n,
  -1n,
  253_402_300_800n,
  1_700_000_000_000n,
  10n ** 18n,
  ...extremes.slice(0, 2),
];

const line = (sku: string | Uint8Array, quantity: bigint | number, price: bigint | number) =>
  bytesField(fieldNumbers.lines, join([bytesField(1, sku), varintField(2, quantity), varintField(3, price)]));
const withLine = ({ fields }: Base, field: Field): HostileValue => ({ value: join([...fields, field]) });

const control = (random: Random) =>
  String.fromCharCode(random.pick([0, 0, 0, 1, 7, 8, 9, 10, 13, 27, 31, 127, 128, 155, 159]));

export const kindsOfValues: readonly Kind[] = [
  {
    name: 'control characters in an id, NUL above all',
    weight: 40,
    may: fails,
    make: (random, base) => withText(base, random.pick(ids), `a${control(random)}b`),
  },
  {
    name: 'text that is no UTF-8',
    weight: 40,
    may: fails,
    make: (random, base) =>
      withText(
        base,
        random.pick(texts),
        Buffer.concat([Buffer.from('abc'), random.pick(notUtf8), Buffer.alloc(random.pick([0, 80]), 97)]),
      ),
  },
  {
    name: "a name of JavaScript's, SQL's or a shell's as id",
    weight: 40,
    may: passesOnce,
    make: (random, base) => withText(base, random.pick(ids), random.pick(names)),
  },
  {
    name: 'ids that look alike',
    weight: 40,
    may: passesOnce,
    make: (random, base) => withText(base, random.pick(ids), random.pick(odd)),
  },
  {
    name: 'ids of the greatest length',
    weight: 20,
    may: passesOnce,
    make: (random, { order, fields }) => {
      // Of three bytes each in UTF-8, and all different: what an index has to hold at most.
      const longest = () => Array.from({ length: limits.idLength }, () => random.pick([...'界龍鬱霞'])).join('');
      const [orderId, messageId] = [longest(), longest()];
      const others = fields.filter(({ number }) => number > fieldNumbers.orderId);
      const ids = [bytesField(fieldNumbers.messageId, messageId), bytesField(fieldNumbers.orderId, orderId)];
      return { value: join([...ids, ...others]), key: Buffer.from(order.orderId) };
    },
  },
  {
    name: 'ids that are too long',
    weight: 20,
    may: fails,
    make: (random, base) =>
      withText(
        base,
        random.pick(ids),
        random.pick(['x', 'é', '\u{1f600}']).repeat(random.pick([limits.idLength + 1, 3_000, 100_000])),
      ),
  },
  {
    name: 'empty text',
    weight: 20,
    may: fails,
    make: (random, base) => withText(base, random.pick(texts), ''),
  },
  {
    name: 'an odd IP address',
    weight: 20,
    may: passesOnce,
    make: (random, base) => withText(base, 'ipAddress', random.pick(addresses.odd)),
  },
  {
    name: 'what is no IP address',
    weight: 40,
    may: fails,
    make: (random, base) => withText(base, 'ipAddress', random.pick(addresses.none)),
  },
  {
    name: 'what is no currency',
    weight: 20,
    may: fails,
    make: (random, base) => withText(base, 'currency', random.pick(currencies)),
  },
  {
    name: 'a currency that nobody knows',
    weight: 10,
    may: passesOnce,
    make: (random, base) => withText(base, 'currency', random.pick(['XXX', 'ZZZ', 'NAN'])),
  },
  {
    name: 'enums out of range',
    weight: 20,
    may: fails,
    make: (random, base) =>
      withField(
        base,
        varintField(random.pick([fieldNumbers.orderType, fieldNumbers.paymentMethod]), random.pick(noEnum)),
      ),
  },
  {
    name: 'absurd times of creation',
    weight: 30,
    may: fails,
    make: (random, base) =>
      withField(base, timestamp(fieldNumbers.createdAt, random.pick([...absurdSeconds, 0n, 946_684_799n]))),
  },
  {
    name: 'absurd promises',
    weight: 20,
    may: fails,
    make: (random, base) =>
      withField(base, timestamp(fieldNumbers.promisedBy, random.pick(absurdSeconds.filter((s) => s !== -1n)))),
  },
  {
    name: 'promises at the ends of time',
    weight: 20,
    may: passesOnce,
    make: (random, base) => {
      const seconds = random.pick([-62_135_596_800n, -1n, 0n, 253_402_300_799n]);
      return withField(base, timestamp(fieldNumbers.promisedBy, seconds, random.pick([0, 1, 999_999_999])));
    },
  },
  {
    name: 'nanoseconds out of range',
    weight: 10,
    may: fails,
    make: (random, base) =>
      withField(
        base,
        timestamp(
          random.pick([fieldNumbers.createdAt, fieldNumbers.promisedBy]),
          1_700_000_000,
          random.pick([-1n, 1_000_000_000n, 2n ** 31n - 1n, -(2n ** 31n)]),
        ),
      ),
  },
  {
    name: 'a price out of range',
    weight: 30,
    may: fails,
    make: (random, base) =>
      withLine(
        base,
        line('sku', 1, random.pick(extremes.filter((price) => price > BigInt(limits.amount) || price < 0n))),
      ),
  },
  {
    name: 'a quantity out of range',
    weight: 20,
    may: fails,
    make: (random, base) => withLine(base, line('sku', random.pick([0, limits.items, 2 ** 32 - 1]), 1)),
  },
  {
    name: 'quantities and prices of the greatest size',
    weight: 10,
    may: passesOnce,
    make: ({ pick }, { fields }) => {
      const [quantity, price] = pick([[1, limits.amount], [limits.items, 1], [limits.items, limits.amount / limits.items], [1, 0]]) as [number, number]; // prettier-ignore
      return {
        value: join([...fields.filter(({ number }) => number !== fieldNumbers.lines), line('sku', quantity, price)]),
      };
    },
  },
  {
    name: 'an odd SKU',
    weight: 20,
    may: passesOnce,
    make: (random, base) => withLine(base, line(random.pick([...names, ...odd, '界'.repeat(limits.idLength)]), 1, 1)),
  },
  {
    name: 'a SKU that is none',
    weight: 20,
    may: fails,
    make: (random, base) =>
      withLine(base, line(random.pick(['', 'a\0', '\n', 'x'.repeat(limits.idLength + 1), random.pick(notUtf8)]), 1, 1)),
  },
];
