/** Finds the most specific network that holds an address, as PostgreSQL's `>>=` with the longest mask does. */
import { formatNetwork, parseAddress, parseNetwork, truncate, type Network } from './addresses.js';
import { embeddedIn } from './embedded-address.js';

export interface NetworkEntry<T> {
  /** In CIDR notation, as PostgreSQL writes it. */
  readonly network: string;
  readonly value: T;
}

/**
 * A table of networks (any text that parseNetwork reads), asked with an address: what holds it, or else the IPv4 address that it carries; null
 * where none does.
 */
export function createNetworkTable<T>(
  rows: readonly (readonly [network: string, value: T])[],
): (address: string) => NetworkEntry<T> | null {
  const keyOf = ({ family, bits, length }: Network) => `${family} ${length} ${bits}`;
  const networks = rows.map(([text, value]) => ({ network: parseNetwork(text)!, value }));
  const entries = new Map(
    networks.map(({ network, value }) => [keyOf(network), { network: formatNetwork(network), value }]),
  );
  const lengths = { 4: lengthsOf(4), 6: lengthsOf(6) };

  function lengthsOf(family: 4 | 6): number[] {
    const found = networks.filter(({ network }) => network.family === family).map(({ network }) => network.length);
    return [...new Set(found)].sort((a, b) => b - a);
  }

  function find(address: Network): NetworkEntry<T> | null {
    for (const length of lengths[address.family]) {
      const entry = entries.get(keyOf(truncate(address, length)));
      if (entry) return entry;
    }
    return null;
  }

  return (text) => {
    const address = parseAddress(text);
    const embedded = address && embeddedIn(address);
    return (address && find(address)) ?? (embedded && find(embedded));
  };
}
