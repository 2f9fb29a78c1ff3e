/**
 * What protobuf's wire format lets a producer do to its readers, seen before anything is decoded: the decoder makes an
 * object of each field, however many there are, and takes some bytes that other languages' decoders refuse.
 * Format: https://protobuf.dev/programming-guides/encoding/
 */
import { limits } from '../../model/limits.js';

export interface WireProblem {
  readonly reason: 'TOO_LARGE' | 'UNDECODABLE';
  readonly error: string;
}

/** The fields of an Order that are messages themselves: created_at, promised_by, lines. All others are opaque. */
const messageFields: ReadonlySet<number> = new Set([8, 9, 11]);

/**
 * What is wrong with the bytes of an Order beyond what its decoder finds; null where there is nothing, and also where the
 * bytes are no protobuf, which the decoder says better. Never throws; looks at most at the permitted number of fields.
 */
export function problemOfWire(bytes: Uint8Array): WireProblem | null {
  let at = 0;
  let fields = 0;
  let groups = 0;
  /** Where the message within the order ends that is being read, or was. */
  let messageEnd = 0;

  /** A varint's low 32 bits; NaN where it never ends or is too long. */
  function varint(): number {
    let value = 0;
    const longest = at + limits.varintBytes;
    for (let shift = 0; at < longest && at < bytes.length; shift += 7) {
      const byte = bytes[at++]!;
      if (shift < 32) value |= (byte & 127) << shift;
      if (byte < 128) return value >>> 0;
    }
    return NaN;
  }

  while (at < bytes.length) {
    // Messages within an order hold none themselves.
    const isInMessage = at < messageEnd;
    if (++fields > limits.fields) return { reason: 'TOO_LARGE', error: `more than ${limits.fields} fields` };
    const tag = varint();
    const wireType = tag & 7;
    if (wireType === 0) {
      if (Number.isNaN(varint()) && at < bytes.length)
        return { reason: 'UNDECODABLE', error: `a varint of more than ${limits.varintBytes} bytes` };
    } else if (wireType === 1) at += 8;
    else if (wireType === 5) at += 4;
    else if (wireType === 2) {
      const length = varint();
      if (groups === 0 && !isInMessage && messageFields.has(tag >>> 3)) messageEnd = at + length;
      else at += length;
    } else if (wireType === 3) groups += 1;
    else if (wireType === 4) groups -= 1;
    else return null;
    if (1 + Number(isInMessage) + groups > limits.depth)
      return { reason: 'TOO_LARGE', error: `more than ${limits.depth} levels of groups` };
  }
  return null;
}
