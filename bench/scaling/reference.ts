/** Reference data of any size. */
import type { ReferenceData } from '../../metastore/reference-data.js';

/** How many rows a kind of data has of those that are added to the data set that comes with the project. */
const shares = { locations: 0.01, leadTimes: 0.005, paymentDefaulters: 0.25, fraudNetworks: 0.25 };

/** One network of so many is an IPv6 one. */
const ipv6Every = 6;

const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));

const padded = (index: number, digits: number) => String(index + 1).padStart(digits, '0');

/** A /24, or a /48 of IPv6, that no other index has, and no data set that is for tests and documentation. */
function networkPrefix(index: number): string {
  const high = index >> 16;
  if (index % ipv6Every === 0) return `2a10:${high.toString(16)}:${(index & 0xffff).toString(16)}:`;
  return `${16 + high}.${(index >> 8) & 0xff}.${index & 0xff}.`;
}

const regionNetwork = (index: number) => networkPrefix(index) + (index % ipv6Every === 0 ? ':/48' : '0/24');

/** One address within the region's network of that index, or a small network. */
function fraudNetwork(index: number): string {
  const prefix = networkPrefix(index);
  if (index % ipv6Every === 0) return `${prefix}1::/64`;
  return index % 10 === 1 ? `${prefix}240/28` : `${prefix}${(index % 200) + 1}/32`;
}

/** The rows of all kinds together. */
export const rowsOf = (data: ReferenceData): number => Object.values(data).reduce((sum, rows) => sum + rows.length, 0);

/**
 * `base` with so many more rows that it has `rows` altogether, the same ones each time: more regions with lead times to all others, routes and
 * locations; customers who do not pay; networks of all regions, and frauds within them. `rows` is 1,000 at least, and `base` smaller.
 */
export function referenceOf(base: ReferenceData, rows: number): ReferenceData {
  const known = [...new Set(base.locations.map(({ region }) => region))];
  const most = Math.max(known.length, Math.floor(Math.sqrt(rows * shares.leadTimes)));
  const added = times(most - known.length, (index) => `REGION-${padded(index, 3)}`);
  const regions = [...known, ...added];
  const regionOf = (index: number) => regions[index % regions.length]!;
  const isAdded = new Set(added);
  const grown: ReferenceData = {
    ...base,
    locations: [
      ...base.locations,
      ...times(Math.max(0, Math.floor(rows * shares.locations) - base.locations.length), (index) => ({
        locationId: `LOC-${padded(index, 6)}`,
        name: `${regionOf(index)} Store ${padded(index, 6)}`,
        region: regionOf(index),
      })),
    ],
    leadTimes: [
      ...base.leadTimes,
      ...regions.flatMap((fromRegion, from) =>
        regions.flatMap((toRegion, to) =>
          isAdded.has(fromRegion) || isAdded.has(toRegion)
            ? [{ fromRegion, toRegion, minutes: 600 + 60 * Math.abs(from - to) }]
            : [],
        ),
      ),
    ],
    routes: [
      ...base.routes,
      ...added.map((destination) => ({ orderType: 'STANDARD' as const, destination, route: 'INTERNAL' as const })),
    ],
  };
  const rest = rows - rowsOf(grown);
  const defaulters = Math.floor(rest * shares.paymentDefaulters);
  const frauds = Math.floor(rest * shares.fraudNetworks);
  return {
    ...grown,
    // The generator's customers are C-000001 to C-020000.
    paymentDefaulters: [...base.paymentDefaulters, ...times(defaulters, (index) => `C-${100_001 + index}`)],
    fraudNetworks: [...base.fraudNetworks, ...times(frauds, fraudNetwork)],
    ipRegions: [
      ...base.ipRegions,
      ...times(rest - defaulters - frauds, (index) => ({
        network: regionNetwork(index),
        // Each region has networks of both families.
        region: regionOf(Math.floor(index / ipv6Every) + (index % ipv6Every)),
      })),
    ],
  };
}
