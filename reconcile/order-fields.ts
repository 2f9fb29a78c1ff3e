/** Reads of a message's bytes what an account needs, without making objects of the rest. Pure. */

/** What was read last. Ids are places in the bytes. */
export interface OrderFields {
  bytes: Uint8Array;
  orderStart: number;
  orderEnd: number;
  messageStart: number;
  messageEnd: number;
  locationStart: number;
  locationEnd: number;
  currencyStart: number;
  currencyEnd: number;
  /** created_at, in ms since the epoch. */
  createdAt: number;
  /** Sum of the lines' quantities, and of quantity times price. */
  items: number;
  amount: number;
  /** Bits of the reject reasons: 1 << number of the enum. */
  reasons: number;
}

/** Where the order lies in a topic's message: the numbers of the fields around it. */
export type OrderPath = readonly number[];

/**
 * A reader of orders in the form that all usual encoders write. It answers false where the bytes are not of that form (a field
 * that stands twice, a text beyond ASCII, an unusual number): a full decoder is to read those.
 */
export function createOrderFieldsReader() {
  const fields: OrderFields = {
    bytes: new Uint8Array(0),
    orderStart: 0,
    orderEnd: 0,
    messageStart: 0,
    messageEnd: 0,
    locationStart: 0,
    locationEnd: 0,
    currencyStart: 0,
    currencyEnd: 0,
    createdAt: 0,
    items: 0,
    amount: 0,
    reasons: 0,
  };
  let bytes = fields.bytes;
  let at = 0;
  let isUsual = true;

  /** Up to 2^53; what is longer is not usual. */
  function varint(end: number): number {
    let value = 0;
    let factor = 1;
    for (let length = 0; length < 8 && at < end; length++) {
      const byte = bytes[at++]!;
      value += (byte & 127) * factor;
      if (byte < 128) {
        if (value > Number.MAX_SAFE_INTEGER) isUsual = false;
        return value;
      }
      factor *= 128;
    }
    isUsual = false;
    return 0;
  }

  /** Moves behind a field that is of no interest. */
  function skip(wireType: number, end: number): void {
    if (wireType === 2) at = fieldEnd(end);
    else if (wireType === 0) while (at < end && bytes[at++]! > 127);
    else if (wireType === 1) at += 8;
    else if (wireType === 5) at += 4;
    else isUsual = false;
    if (at > end) isUsual = false;
  }

  /** The end of a field of bytes, which begins at `at`. */
  function fieldEnd(end: number): number {
    const length = varint(end);
    if (at + length > end) isUsual = false;
    return isUsual ? at + length : at;
  }

  function isAscii(end: number): boolean {
    for (let index = at; index < end; index++) if (bytes[index]! > 127) return false;
    return true;
  }

  /** Whether a field stands there for the first time. */
  let seen = 0;
  function isFirst(field: number): boolean {
    const bit = 1 << field;
    const first = (seen & bit) === 0;
    seen |= bit;
    return first;
  }

  function readTime(end: number): void {
    let [seconds, nanos] = [0, 0];
    while (at < end && isUsual) {
      const tag = bytes[at++]!;
      if (tag === 0x08) seconds = varint(end);
      else if (tag === 0x10) nanos = varint(end);
      else isUsual = false;
    }
    fields.createdAt = seconds * 1000 + Math.floor(nanos / 1e6);
  }

  function readLine(end: number): void {
    let [quantity, price] = [0, 0];
    while (at < end && isUsual) {
      const tag = bytes[at++]!;
      if (tag === 0x10) quantity = varint(end);
      else if (tag === 0x18) price = varint(end);
      else skip(tag & 7, tag < 128 ? end : -1);
    }
    fields.items += quantity;
    fields.amount += quantity * price;
  }

  function readOrder(end: number): void {
    seen = 0;
    while (at < end && isUsual) {
      const tag = varint(end);
      const field = Math.floor(tag / 8);
      if (field === 11 && tag % 8 === 2) {
        readLine(fieldEnd(end));
        continue;
      }
      if (field !== 1 && field !== 2 && field !== 7 && field !== 8 && field !== 10) {
        skip(tag % 8, end);
        continue;
      }
      if (tag % 8 !== 2 || !isFirst(field)) isUsual = false;
      const until = fieldEnd(end);
      if (field === 8) readTime(until);
      else {
        if (!isAscii(until)) isUsual = false;
        if (field === 1) [fields.messageStart, fields.messageEnd] = [at, until];
        else if (field === 2) [fields.orderStart, fields.orderEnd] = [at, until];
        else if (field === 7) [fields.locationStart, fields.locationEnd] = [at, until];
        else [fields.currencyStart, fields.currencyEnd] = [at, until];
        at = until;
      }
    }
  }

  function readRejection(end: number): void {
    while (at < end && isUsual) {
      const tag = varint(end);
      if (tag === 0x08) fields.reasons |= 1 << varint(end);
      else skip(tag % 8, end);
    }
  }

  /** Steps into the first field of the path, and so on; an order that is missing or stands twice is not usual. */
  function readMessage(path: OrderPath, depth: number, end: number, hasRejections: boolean): void {
    if (depth === path.length) return readOrder(end);
    let found = 0;
    while (at < end && isUsual) {
      const tag = varint(end);
      if (tag === path[depth]! * 8 + 2) {
        found += 1;
        readMessage(path, depth + 1, fieldEnd(end), false);
      } else if (hasRejections && tag === 2 * 8 + 2) readRejection(fieldEnd(end));
      else skip(tag % 8, end);
    }
    if (found !== 1) isUsual = false;
  }

  return {
    fields,
    /** Fills `fields` from a topic's message. `hasRejections`: its second field is a list of them. */
    read(value: Uint8Array, path: OrderPath, hasRejections = false): boolean {
      fields.bytes = bytes = value;
      at = 0;
      isUsual = true;
      fields.orderStart = fields.orderEnd = fields.messageStart = fields.messageEnd = 0;
      fields.locationStart = fields.locationEnd = fields.currencyStart = fields.currencyEnd = 0;
      fields.createdAt = fields.items = fields.amount = fields.reasons = 0;
      readMessage(path, 0, value.length, hasRejections);
      return isUsual && fields.orderEnd > fields.orderStart && fields.messageEnd > fields.messageStart;
    },
  };
}
