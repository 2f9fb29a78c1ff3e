/** Well-formed orders whose enums and times are numbers that nobody expects. */
import { fieldNumbers } from './field-numbers.js';
import { fails, passesOnce, withField, type Kind } from './kind.js';
import { bytesField, join, varintField } from './wire.js';

/** int64 and its neighbours. */
export const extremes = [
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

export const kindsOfNumbers: readonly Kind[] = [
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
];
