/** The forms of the facts: words of 32 bits, of which the first is the kind, and the next four are the order's and the message's hash. */

/** Facts of records: a word `a`, three doubles `x`, `y`, `z`, and two words `b` and `c`. */
export const recordWords = 14;

/** Facts of the metastore and the journal: a word and a double. */
export const historyWords = 8;

export const kinds = {
  /** A complete order on raw_order: partition; offset, time, place of its name; whether its release was sent before. */
  raw: 1,
  /** A record of a topic of `onceIn`, whose number stands above the kind: checksum; time, items, amount; window, attempt or reasons; currency. */
  seen: 2,
  /** A dead letter: number of its release; stage, reason, whether it is of raw_order; its name's hash. */
  letter: 3,
  /** A record on raw_order that was set aside: partition; offset. */
  aside: 4,
  /** A record that a release sent back: number of the release; …; the letter's name's hash. */
  release: 5,
  /** A record on raw_order that holds no complete order: partition; offset, time. Sorted by its origin. */
  incomplete: 6,
  /** A status, whose number stands above the kind: attempt * 2, + 1 for one that the external-processor recorded; time. */
  status: 7,
  /** The message that holds the claim on an order. */
  claim: 8,
  /** A parked delivery: attempt * 2, + 1 for one that is leased. */
  parked: 9,
  /** A request in the partner's journal, with its outcome above the kind. */
  request: 10,
} as const;
