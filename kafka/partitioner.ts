/** Where Kafka's producers put a record with a key, unless told otherwise: by the key's murmur2 hash. */

const multiplier = 0x5bd1e995;

/** Kafka's murmur2, as a signed 32-bit number (org.apache.kafka.common.utils.Utils). */
function murmur2(key: Uint8Array): number {
  const { length } = key;
  let hash = 0x9747b28c ^ length;
  let at = 0;
  for (; at + 4 <= length; at += 4) {
    let word = key[at]! | (key[at + 1]! << 8) | (key[at + 2]! << 16) | (key[at + 3]! << 24);
    word = Math.imul(word, multiplier);
    word ^= word >>> 24;
    hash = Math.imul(hash, multiplier) ^ Math.imul(word, multiplier);
  }
  if (length - at === 3) hash ^= key[at + 2]! << 16;
  if (length - at >= 2) hash ^= key[at + 1]! << 8;
  if (length - at >= 1) hash = Math.imul(hash ^ key[at]!, multiplier);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, multiplier);
  return hash ^ (hash >>> 15);
}

/** The partition of a key in a topic of so many partitions. */
export function partitionOf(key: Uint8Array, partitions: number): number {
  return (murmur2(key) & 0x7fffffff) % partitions;
}
