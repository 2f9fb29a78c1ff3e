/** Well-formed orders whose ids, addresses and currencies are what nobody expects. */
import type { Random } from '../generator/random.js';
import { limits } from '../model/limits.js';
import { fieldNumbers } from './field-numbers.js';
import { fails, passesOnce, withField, type Base, type Kind } from './kind.js';
import { addresses, currencies, lookAlikes, names, notUtf8, odd } from './odd-texts.js';
import { bytesField, join } from './wire.js';

const withText = (base: Base, name: keyof typeof fieldNumbers, text: string | Uint8Array) =>
  withField(base, bytesField(fieldNumbers[name], text));

const ids = ['messageId', 'orderId', 'customerId', 'fromLocationId', 'toLocationId'] as const;
const texts = [...ids, 'ipAddress', 'currency'] as const;

const control = (random: Random) =>
  String.fromCharCode(random.pick([0, 0, 0, 1, 7, 8, 9, 10, 13, 27, 31, 127, 128, 155, 159]));

export const kindsOfTexts: readonly Kind[] = [
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
    name: 'an odd id',
    weight: 40,
    may: passesOnce,
    make: (random, base) => withText(base, random.pick(ids), random.pick(odd)),
  },
  {
    name: 'an id that looks like another one',
    weight: 40,
    may: fails,
    make: (random, base) => withText(base, random.pick(ids), random.pick(lookAlikes)),
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
];
