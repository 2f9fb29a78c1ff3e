/** Well-formed orders with a line whose SKU, quantity or price is what nobody expects. */
import { limits } from '../model/limits.js';
import { fieldNumbers } from './field-numbers.js';
import { fails, passesOnce, type Base, type HostileValue, type Kind } from './kind.js';
import { extremes } from './kinds-of-numbers.js';
import { lookAlikes, names, notUtf8, odd } from './odd-texts.js';
import { bytesField, join, varintField, type Field } from './wire.js';

const line = (sku: string | Uint8Array, quantity: bigint | number, price: bigint | number) =>
  bytesField(fieldNumbers.lines, join([bytesField(1, sku), varintField(2, quantity), varintField(3, price)]));
const withLine = ({ fields }: Base, field: Field): HostileValue => ({ value: join([...fields, field]) });

export const kindsOfLines: readonly Kind[] = [
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
      withLine(
        base,
        line(
          random.pick([
            '',
            'a\0',
            '\n',
            'x'.repeat(limits.idLength + 1),
            random.pick(notUtf8),
            random.pick(lookAlikes),
          ]),
          1,
          1,
        ),
      ),
  },
];
