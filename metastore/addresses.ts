/** IP addresses and networks as numbers, and back to the text that PostgreSQL writes for them. */
import { isIPv4, isIPv6 } from 'node:net';

/** An address is a network whose length is that of its family (32 or 128). The bits after the length are 0. */
export interface Network {
  readonly family: 4 | 6;
  readonly bits: bigint;
  readonly length: number;
}

const familyBits = { 4: 32, 6: 128 } as const;
const mappedPrefix = 0xffffn; // ::ffff:0:0/96, the IPv6 form of IPv4 addresses (RFC 4291, section 2.5.5.2)

function ipv4Bits(text: string): bigint {
  return text.split('.').reduce((bits, octet) => (bits << 8n) | BigInt(octet), 0n);
}

function ipv6Bits(text: string): bigint {
  const dotted = /[\d.]*$/.exec(text)![0];
  const low = dotted.includes('.') ? ipv4Bits(dotted) : null;
  const hex =
    low === null
      ? text
      : `${text.slice(0, -dotted.length)}${(low >> 16n).toString(16)}:${(low & 0xffffn).toString(16)}`;
  const [head = [], tail = []] = hex.split('::').map((half) => (half === '' ? [] : half.split(':')));
  const words = [...head, ...Array<string>(8 - head.length - tail.length).fill('0'), ...tail];
  return words.reduce((bits, word) => (bits << 16n) | BigInt(`0x${word}`), 0n);
}

/**
 * The address that the text holds, or null when it holds none. An IPv4 address in its IPv6 form is the IPv4 address, and
 * a zone (`%eth0`) is left off, so that neither hides an address from a network that is listed.
 */
export function parseAddress(text: string): Network | null {
  const address = text.split('%')[0]!;
  if (isIPv4(address)) return { family: 4, bits: ipv4Bits(address), length: 32 };
  if (!isIPv6(address)) return null;
  const bits = ipv6Bits(address);
  if (bits >> 32n === mappedPrefix) return { family: 4, bits: bits & 0xffffffffn, length: 32 };
  return { family: 6, bits, length: 128 };
}

/** The network in CIDR notation, or an address as a network of its own; null when the text is neither. */
export function parseNetwork(text: string): Network | null {
  const [address = '', lengthText] = text.split('/', 2);
  const whole = parseAddress(address);
  if (!whole || lengthText === undefined) return whole;
  if (!/^\d{1,3}$/.test(lengthText)) return null;
  const isMapped = whole.family === 4 && address.includes(':');
  const length = Number(lengthText) - (isMapped ? 96 : 0);
  if (length < 0 || length > familyBits[whole.family]) return null;
  const network = truncate(whole, length);
  return network.bits === whole.bits ? network : null;
}

/** The network of that length which holds the address. */
export function truncate(address: Network, length: number): Network {
  const hostBits = BigInt(familyBits[address.family] - length);
  return { family: address.family, bits: (address.bits >> hostBits) << hostBits, length };
}

function formatIpv4(bits: bigint): string {
  return [24n, 16n, 8n, 0n].map((shift) => (bits >> shift) & 0xffn).join('.');
}

function formatIpv6(bits: bigint): string {
  if (bits >> 32n === 0n && bits >> 16n !== 0n) return `::${formatIpv4(bits)}`; // PostgreSQL's habit, as inet_ntop's
  const words = Array.from({ length: 8 }, (_, index) => ((bits >> BigInt(112 - 16 * index)) & 0xffffn).toString(16));
  const runs = [...words.join(':').matchAll(/\b0(?::0)+\b/g)];
  const longest = runs.reduce((best, [run]) => (run.length > best.length ? run : best), '');
  const text = words.join(':');
  if (longest === '') return text;
  const start = runs.find(([run]) => run === longest)!.index;
  return `${text.slice(0, start).replace(/:$/, '')}::${text.slice(start + longest.length).replace(/^:/, '')}`;
}

/** Without the length, as PostgreSQL's `host` writes it. */
export function formatAddress({ family, bits }: Network): string {
  return family === 4 ? formatIpv4(bits) : formatIpv6(bits);
}

/** With the length, always, as PostgreSQL writes its type `cidr`. */
export function formatNetwork(network: Network): string {
  return `${formatAddress(network)}/${network.length}`;
}
