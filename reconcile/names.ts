/** The ids of publications, to name them by when something is wrong with them: written one after another, read one by one. */
import type { RowIds } from '../metastore/account-rows.js';

/** Where the bytes are kept. */
export interface Texts {
  /** Answers where the bytes begin. */
  append(bytes: Uint8Array): number;
  read(place: number, into: Uint8Array): void;
}

export function textsInMemory(): Texts {
  const chunks: Uint8Array[] = [];
  return {
    append: (bytes) => chunks.push(Uint8Array.from(bytes)) - 1,
    read: (place, into) => into.set(chunks[place]!.subarray(0, into.length)),
  };
}

export interface Name {
  readonly orderId: string;
  readonly messageId: string;
}

const chunkBytes = 64 * 1024;
const header = 4;

/** A place is a whole number: which chunk, and where in it. */
export function createNames(texts: Texts) {
  const chunk = Buffer.alloc(chunkBytes);
  let end = 0;
  const places: number[] = [];
  /** The chunk that was read last: names that are asked for one after another often lie together. */
  const scratch = Buffer.alloc(chunkBytes);
  let inScratch = -1;

  return {
    add({ bytes, orderStart, orderEnd, messageStart, messageEnd }: RowIds): number {
      const orderBytes = orderEnd - orderStart;
      const messageBytes = messageEnd - messageStart;
      if (end + header + orderBytes + messageBytes > chunkBytes) {
        places.push(texts.append(chunk));
        end = 0;
      }
      const start = end;
      chunk.writeUInt16LE(orderBytes, start);
      chunk.writeUInt16LE(messageBytes, start + 2);
      chunk.set(bytes.subarray(orderStart, orderEnd), start + header);
      chunk.set(bytes.subarray(messageStart, messageEnd), start + header + orderBytes);
      end = start + header + orderBytes + messageBytes;
      return places.length * chunkBytes + start;
    },
    get(place: number): Name {
      const index = Math.floor(place / chunkBytes);
      const bytes = index < places.length ? scratch : chunk;
      if (index < places.length && index !== inScratch) {
        texts.read(places[index]!, scratch);
        inScratch = index;
      }
      const start = place % chunkBytes;
      const middle = start + header + bytes.readUInt16LE(start);
      return {
        orderId: bytes.toString('utf8', start + header, middle),
        messageId: bytes.toString('utf8', middle, middle + bytes.readUInt16LE(start + 2)),
      };
    },
  };
}
export type Names = ReturnType<typeof createNames>;

/** Ids as bytes beside each other. */
export function idsOf(orderId: string, messageId: string): RowIds {
  const bytes = Buffer.from(orderId + messageId);
  const middle = Buffer.byteLength(orderId);
  return { bytes, orderStart: 0, orderEnd: middle, messageStart: middle, messageEnd: bytes.length };
}
