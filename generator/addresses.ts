/** IP addresses of customers, in and out of the networks of the reference data. */
import { formatAddress, parseNetwork, type Network } from '../metastore/addresses.js';
import { createNetworkTable } from '../metastore/network-table.js';
import type { ReferenceData } from '../metastore/reference-data.js';
import type { Random } from './random.js';

/** Where nobody's network is known: private IPv4 addresses and IPv6 ones for documentation (RFC 1918, RFC 3849). */
const elsewhere = ['172.16.0.0/12', '2001:db8:8000::/36'];
const SHARE_AT_HOME = 0.92;
const SHARE_KNOWN = 0.97;

export interface Addresses {
  /** One outside all fraud networks; mostly of a customer in that region, sometimes of no known region. */
  honest(random: Random, region: string): string;
  /** One within a fraud network. */
  fraudulent(random: Random): string;
}

export function createAddresses(reference: Pick<ReferenceData, 'fraudNetworks' | 'ipRegions'>): Addresses {
  const fraud = parseAll(reference.fraudNetworks);
  const known = parseAll(reference.ipRegions.map((row) => row.network));
  const unknown = parseAll(elsewhere);
  const isFraudulent = createNetworkTable(reference.fraudNetworks.map((network) => [network, true]));
  const byRegion = new Map<string, Network[]>();
  reference.ipRegions.forEach(({ region }, index) => {
    const networks = byRegion.get(region);
    if (networks) networks.push(known[index]!);
    else byRegion.set(region, [known[index]!]);
  });
  const networksFor = (random: Random, region: string): readonly Network[] => {
    const point = random.fraction();
    const candidates = point < SHARE_AT_HOME ? byRegion.get(region) : point < SHARE_KNOWN ? known : unknown;
    return candidates?.length ? candidates : unknown;
  };
  return {
    honest(random, region) {
      for (;;) {
        const address = formatAddress(addressIn(random.pick(networksFor(random, region)), random));
        if (isFraudulent(address) === null) return address;
      }
    },
    fraudulent: (random) => formatAddress(addressIn(random.pick(fraud), random)),
  };
}

const parseAll = (networks: readonly string[]): Network[] => networks.map((text) => parseNetwork(text)!);

const widthOf = (network: Network) => (network.family === 4 ? 32 : 128);

function addressIn(network: Network, random: Random): Network {
  const width = widthOf(network);
  let host = 0n;
  for (let filled = 0; filled < width; filled += 32) host = (host << 32n) | BigInt(random.bits());
  const bits = network.bits | BigInt.asUintN(width - network.length, host);
  return { family: network.family, bits, length: width };
}
