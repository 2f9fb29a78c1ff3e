/** Ids as 64 bits: a ledger of millions of orders holds no texts. Pure. */
import { randomBytes } from 'node:crypto';

/**
 * Hashes bytes with a secret of its own (HalfSipHash-1-3 with 64 bits of output, by Aumasson and Bernstein): whoever chooses an id
 * does not know what it comes to. Two of ten million ids are the same in one of 400,000 runs.
 */
export interface Hasher {
  /** Leaves the hash of the bytes from `start` to before `end` in `low` and `high`, as numbers from 0 to 2^32 - 1. */
  hash(bytes: Uint8Array, start: number, end: number): void;
  low: number;
  high: number;
}

export function createHasher(): Hasher {
  const secret = randomBytes(8);
  const [key0, key1] = [secret.readInt32LE(0), secret.readInt32LE(4)];
  const hasher: Hasher = {
    low: 0,
    high: 0,
    hash(bytes, start, end) {
      let v0 = key0;
      let v1 = key1 ^ 0xee;
      let v2 = 0x6c796765 ^ key0;
      let v3 = 0x74656462 ^ key1;
      const words = (end - start) >>> 2;
      // A round for each word, the last one with the length above its bytes, and then six rounds without one.
      for (let index = 0; index < words + 7; index++) {
        let word = 0;
        const at = start + index * 4;
        if (index < words) word = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
        else if (index === words) {
          word = (end - start) << 24;
          for (let tail = at, shift = 0; tail < end; tail++, shift += 8) word |= bytes[tail]! << shift;
        } else if (index === words + 1) v2 ^= 0xee;
        else if (index === words + 4) {
          hasher.low = (v1 ^ v3) >>> 0;
          v1 ^= 0xdd;
        }
        v3 ^= word;
        v0 = (v0 + v1) | 0;
        v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
        v0 = (v0 << 16) | (v0 >>> 16);
        v2 = (v2 + v3) | 0;
        v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
        v0 = (v0 + v3) | 0;
        v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
        v2 = (v2 + v1) | 0;
        v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
        v2 = (v2 << 16) | (v2 >>> 16);
        v0 ^= word;
      }
      hasher.high = (v1 ^ v3) >>> 0;
    },
  };
  return hasher;
}
