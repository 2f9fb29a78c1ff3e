/** THE table of what is taken from outside: each limit with what happens beyond it and why it is what it is. */

export interface Limit {
  readonly value: number;
  /** What is limited, and in which unit. */
  readonly of: string;
  /** What becomes of what is larger. */
  readonly beyond: string;
  readonly why: string;
}

const KIB = 1024;
const MIB = 1024 * KIB;

/** In the order in which a record meets them. docs/hostile-input.md shows the table, and a test compares the two. */
export const limitTable = {
  rawRecordBytes: {
    value: 2 * MIB,
    of: 'bytes of a batch on `raw_order`, unpacked',
    beyond: 'the broker refuses the batch',
    why: 'the topic is kept uncompressed, so that nothing unpacks to more than this',
  },
  bundleMessageBytes: {
    value: 64 * MIB,
    of: 'bytes of a gRPC message between Flink and a worker',
    beyond: 'the worker ends',
    why: "a message holds at least one whole record, so this is far above any topic's largest",
  },
  batchBytes: {
    value: 16 * MIB,
    of: 'bytes of the records in one batch',
    beyond: 'the batch starts with fewer records than it may have',
    why: "a worker's memory is for a few large records, not for hundreds",
  },
  orderBytes: {
    value: 1_500_000,
    of: 'bytes of an order, at most; `ORDERFLOW_MAX_ORDER_BYTES` may set less',
    beyond: 'dead letter, TOO_LARGE',
    why: 'with what the stages add it fits into every topic',
  },
  fields: {
    value: 20_000,
    of: 'fields of an order, those of its lines included',
    beyond: 'dead letter, TOO_LARGE',
    why: 'a megabyte of empty fields takes 0.1 s to decode; the largest honest order has 5,000',
  },
  depth: {
    value: 32,
    of: 'levels of messages and groups within each other',
    beyond: 'dead letter, TOO_LARGE',
    why: 'decoders stop at 100, and later stages put the order two levels deeper',
  },
  varintBytes: {
    value: 10,
    of: 'bytes of a number',
    beyond: 'dead letter, UNDECODABLE',
    why: "the protobuf format has no longer ones; ours skips them in unknown fields, Java's does not",
  },
  lines: {
    value: 1_000,
    of: 'lines of an order',
    beyond: 'dead letter, INVALID_ORDER',
    why: 'what a partner takes in one request',
  },
  idLength: {
    value: 200,
    of: 'UTF-16 units of an id or a SKU',
    beyond: 'dead letter, INVALID_ORDER',
    why: "at most 600 bytes: four of them fit into PostgreSQL's index rows of 2,704",
  },
  sealedBytes: {
    value: 700,
    of: 'bytes of a sealed field of an order',
    beyond: 'dead letter, INVALID_ORDER',
    why: 'the longest id has 600, and what sealing adds is 28',
  },
  items: {
    value: 1_000_000_000,
    of: 'sum of the quantities of an order',
    beyond: 'dead letter, INVALID_ORDER',
    why: 'sums over a window stay exact integers (2^53) for nine million such orders',
  },
  amount: {
    value: 10_000_000_000_000,
    of: 'sum of quantity times unit price of an order, in minor units',
    beyond: 'dead letter, INVALID_ORDER',
    why: 'sums over a window stay exact integers (2^53) for 900 such orders',
  },
  earliest: {
    value: Date.UTC(2000, 0, 1),
    of: 'created_at of the oldest order, in ms since 1970: the year 2000',
    beyond: 'dead letter, INVALID_ORDER',
    why: 'older times are zeros and units that were mixed up',
  },
  ahead: {
    value: 86_400_000,
    of: 'ms that created_at may be ahead of the record, by the time of Kafka',
    beyond: 'dead letter, INVALID_ORDER',
    why: 'clocks and time zones differ by less than a day',
  },
  problems: {
    value: 25,
    of: 'problems that a dead letter lists',
    beyond: 'their number is given',
    why: 'a longer list says no more',
  },
  deadLetterBytes: {
    value: 4 * MIB,
    of: 'bytes of a batch on `dead_letter`',
    beyond: 'the value is cut, and the dead letter says so',
    why: 'the largest record of any other topic fits with all that is said about it',
  },
  deadLetterKeyBytes: {
    value: KIB,
    of: "bytes of a dead letter's own key",
    beyond: 'it is cut there; the dead letter holds it whole',
    why: 'a huge key would count twice',
  },
  answerHeaderBytes: {
    value: 16 * KIB,
    of: "bytes of the headers of a partner's answer",
    beyond: 'the order is tried again',
    why: 'we read one header',
  },
  answerBytes: {
    value: 64 * KIB,
    of: "bytes of the body of a partner's answer",
    beyond: 'the rest is not read; the status counts',
    why: 'we read one word of it',
  },
  retryAfterMillis: {
    value: 3_600_000,
    of: "ms that a partner's Retry-After may ask for",
    beyond: 'the order is tried after an hour',
    why: 'a mistake in a header shall hold up no order for days',
  },
  requestBytes: {
    value: 2 * MIB,
    of: 'bytes of a request to the stand-in partner',
    beyond: 'HTTP 413',
    why: 'twice the largest request that an order makes',
  },
  partnerFileBytes: {
    value: MIB,
    of: 'bytes of the partners file, and of each file that it names',
    beyond: 'the orders wait, and say so',
    why: 'a thousand partners, or a bundle of authorities',
  },
  nameLength: {
    value: 200,
    of: "UTF-16 units of a location's name in the reference data",
    beyond: 'the file is refused',
    why: 'it travels with every order',
  },
  fileBytes: {
    value: 256 * MIB,
    of: 'bytes of the file that `orderflow run` reads',
    beyond: 'the command ends with BAD_INPUT_FILE',
    why: 'it is held in memory as a whole, several times',
  },
} as const satisfies Record<string, Limit>;

export type LimitName = keyof typeof limitTable;

/** The limits' values by their names. */
export const limits = Object.fromEntries(Object.entries(limitTable).map(([name, { value }]) => [name, value])) as {
  readonly [name in LimitName]: number;
};

/**
 * How much longer the windows are kept than an order may be late. What Beam finds too late it drops without a word, so the
 * aggregator must find it first. It measures by the record's time, and Beam by the watermark, which is no further than the
 * record unless the brokers' clocks differ, or the record's partition could not be read for long. By less than this, it does no harm.
 */
export const clockToleranceMs = 86_400_000;
