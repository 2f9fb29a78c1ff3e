/**
 * Protobuf's wire format by hand, with the mistakes that no library would make.
 * Format: https://protobuf.dev/programming-guides/encoding/
 */

/** The wire types, by what they hold. */
export const wireTypes = { varint: 0, fixed64: 1, bytes: 2, groupStart: 3, groupEnd: 4, fixed32: 5 } as const;

/** A field of a message as it stands in the bytes, its tag included. */
export interface Field {
  readonly number: number;
  readonly bytes: Buffer;
}

/** As int64 where negative: ten bytes. At least `length` bytes long, by continuation bytes that say nothing. */
export function varint(value: number | bigint, length = 1): Buffer {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  while (rest > 0x7fn || bytes.length + 1 < length) {
    bytes.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  return Buffer.from([...bytes, Number(rest)]);
}

export const tag = (number: number, wireType: number) => varint(number * 8 + wireType);

export const varintField = (number: number, value: number | bigint, length = 1): Field => ({
  number,
  bytes: Buffer.concat([tag(number, wireTypes.varint), varint(value, length)]),
});

/** Text, bytes, or a message. `claimed` is the length that is written before them. */
export function bytesField(number: number, content: Uint8Array | string, claimed?: number | bigint): Field {
  const bytes = Buffer.from(content as Uint8Array);
  return { number, bytes: Buffer.concat([tag(number, wireTypes.bytes), varint(claimed ?? bytes.length), bytes]) };
}

/** Groups within each other around `content`. */
export function groupField(number: number, depth: number, content: Uint8Array = Buffer.alloc(0)): Field {
  const starts = Array<Buffer>(depth).fill(tag(number, wireTypes.groupStart));
  const ends = Array<Buffer>(depth).fill(tag(number, wireTypes.groupEnd));
  return { number, bytes: Buffer.concat([...starts, content, ...ends]) };
}

export const join = (fields: readonly Field[]) => Buffer.concat(fields.map(({ bytes }) => bytes));

/** The fields of a good message whose fields are varints and bytes, as those of an Order are. */
export function fieldsOf(message: Uint8Array): Field[] {
  const fields: Field[] = [];
  let at = 0;
  function number(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = message[at++]!;
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  }
  while (at < message.length) {
    const start = at;
    const head = number();
    const content = number();
    if ((head & 7) === wireTypes.bytes) at += content;
    fields.push({ number: head >>> 3, bytes: Buffer.from(message.subarray(start, at)) });
  }
  return fields;
}
