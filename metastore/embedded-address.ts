/** IPv4 addresses that IPv6 addresses carry: who is listed by the one is not to come by the other. */
import type { Network } from './addresses.js';

interface EmbeddingRow {
  /** Whether the address is of this kind. */
  readonly is: (bits: bigint) => boolean;
  readonly ipv4: (bits: bigint) => bigint;
}

const low = (bits: bigint) => bits & 0xffffffffn;

/** THE table of these kinds, but for ::ffff:0:0/96, which is the IPv4 address itself (addresses.ts). */
const embeddings: readonly EmbeddingRow[] = [
  // IPv4-compatible, ::/96 without :: and ::1 (RFC 4291, 2.5.5.1).
  { is: (bits) => bits >> 32n === 0n && bits > 1n, ipv4: low },
  // Translated, ::ffff:0:0:0/96 (RFC 2765, 2.1).
  { is: (bits) => bits >> 32n === 0xffff_0000n, ipv4: low },
  // NAT64, 64:ff9b::/96 (RFC 6052, 2.1), and 64:ff9b:1::/48 with a prefix of 96 bits (RFC 8215).
  { is: (bits) => bits >> 32n === 0x64ff9bn << 64n, ipv4: low },
  { is: (bits) => bits >> 80n === 0x64ff9b0001n, ipv4: low },
  // 6to4, 2002::/16 (RFC 3056, 2).
  { is: (bits) => bits >> 112n === 0x2002n, ipv4: (bits) => low(bits >> 80n) },
  // Teredo, 2001::/32: the client's address, each bit the other way (RFC 4380, 4).
  { is: (bits) => bits >> 96n === 0x20010000n, ipv4: (bits) => low(bits) ^ 0xffffffffn },
  // ISATAP, within any network (RFC 5214, 6.1).
  { is: (bits) => (low(bits >> 32n) & ~0x02000000n) === 0x5efen, ipv4: low },
];

/** The IPv4 address that an address carries; null where it carries none. */
export function embeddedIn({ family, bits }: Network): Network | null {
  const kind = family === 6 ? embeddings.find(({ is }) => is(bits)) : undefined;
  return kind ? { family: 4, bits: kind.ipv4(bits), length: 32 } : null;
}
