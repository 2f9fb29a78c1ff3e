/** A small seeded source of random numbers: the same seed gives the same numbers on every machine. Not for secrets. */
import { createHash } from 'node:crypto';

export interface Random {
  /** A whole number from 0 to 2^32 - 1. */
  bits(): number;
  /** From 0 to below 1. */
  fraction(): number;
  /** A whole number from `low` to `high`, both included. */
  between(low: number, high: number): number;
  /** True with this probability. */
  chance(probability: number): boolean;
  pick<T>(items: readonly T[]): T;
  /** In the form of a UUID of version 4 (RFC 9562, section 5.4). */
  uuid(): string;
}

/** A source whose state is the hash of the text: different texts give unrelated numbers. */
export function createRandom(seed: string): Random {
  const hash = createHash('sha256').update(seed).digest();
  return randomFrom(xoshiro128([0, 4, 8, 12].map((at) => hash.readUInt32LE(at))));
}

/**
 * The generator xoshiro128** 1.1 of David Blackman and Sebastiano Vigna (https://prng.di.unimi.it/xoshiro128starstar.c): 32
 * bits a call, period 2^128 - 1. The state is four words, not all of them 0.
 */
export function xoshiro128(state: readonly number[]): () => number {
  let [a, b, c, d] = state as [number, number, number, number];
  return () => {
    const result = Math.imul(rotateLeft(Math.imul(b, 5), 7), 9) >>> 0;
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = rotateLeft(d, 11);
    return result;
  };
}

const rotateLeft = (word: number, by: number) => (word << by) | (word >>> (32 - by));

function randomFrom(bits: () => number): Random {
  const fraction = () => bits() / 2 ** 32;
  const between = (low: number, high: number) => low + Math.floor(fraction() * (high - low + 1));
  const hex = (word: number) => word.toString(16).padStart(8, '0');
  return {
    bits,
    fraction,
    between,
    chance: (probability) => fraction() < probability,
    pick: (items) => items[between(0, items.length - 1)]!,
    uuid() {
      const version = ((bits() & 0xffff0fff) | 0x4000) >>> 0;
      const variant = ((bits() & 0x3fffffff) | 0x80000000) >>> 0;
      const [first, second, third, fourth] = [hex(bits()), hex(version), hex(variant), hex(bits())];
      return `${first}-${second.slice(0, 4)}-${second.slice(4)}-${third.slice(0, 4)}-${third.slice(4)}${fourth}`;
    },
  };
}
