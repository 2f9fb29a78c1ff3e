/** Reference data of any size. */
import { beforeAll, describe, expect, it } from 'vitest';
import { referenceOf, rowsOf } from '../../../bench/scaling/reference.js';
import { generateOrders } from '../../../generator/orders.js';
import {
  defaultReferenceFile,
  readReferenceFile,
  referenceDataSchema,
  type ReferenceData,
} from '../../../metastore/reference-data.js';
import { createNetworkTable } from '../../../metastore/network-table.js';
import { orderCodec } from '../../../proto/messages.js';

let base: ReferenceData;
beforeAll(async () => {
  base = await readReferenceFile(defaultReferenceFile);
});

describe('referenceOf', () => {
  it.each([1_000, 1_001, 25_000, 200_000])('has %i rows, as a file of reference data may have them', (rows) => {
    const data = referenceOf(base, rows);
    expect(rowsOf(data)).toBe(rows);
    expect(referenceDataSchema.parse(data)).toEqual(data);
  });

  it('has all that the data set of the project has, in its place', () => {
    const data = referenceOf(base, 5_000);
    for (const [kind, rows] of Object.entries(base))
      expect(data[kind as keyof ReferenceData].slice(0, rows.length)).toEqual(rows);
  });

  it('has lead times between all regions, and a route to each', () => {
    const { locations, leadTimes, routes } = referenceOf(base, 100_000);
    const regions = new Set(locations.map(({ region }) => region));
    expect(regions.size).toBe(22);
    expect(leadTimes.length).toBe(22 ** 2);
    const destinations = new Set(routes.map(({ destination }) => destination));
    const isServed = (region: string) => destinations.has(region) || destinations.has('*');
    expect([...regions].filter((region) => !isServed(region))).toEqual([]);
  });

  it('has networks of both families in each region, and frauds within most of them', () => {
    const { ipRegions, fraudNetworks } = referenceOf(base, 25_000);
    const families = new Set(ipRegions.map(({ network, region }) => `${region} ${network.includes(':')}`));
    expect(families.size).toBe(2 * new Set(ipRegions.map(({ region }) => region)).size);
    const regionOf = createNetworkTable(ipRegions.map(({ network, region }) => [network, region]));
    const known = fraudNetworks.filter((network) => regionOf(network.split('/')[0]!) !== null);
    expect(known.length).toBeGreaterThan(0.9 * fraudNetworks.length);
  });

  it('lets the generator find all of it', () => {
    const data = referenceOf(base, 25_000);
    const publications = [...generateOrders(data, { seed: 1, count: 2_000, shares: { malformed: 0, defaulter: 0.5 } })];
    const orders = publications.map(({ value }) => orderCodec.decode(value));
    const defaulters = new Set(data.paymentDefaulters.slice(base.paymentDefaulters.length));
    expect(orders.some(({ customerId }) => defaulters.has(customerId))).toBe(true);
    const added = createNetworkTable(data.ipRegions.slice(base.ipRegions.length).map(({ network }) => [network, true]));
    expect(orders.filter(({ ipAddress }) => added(ipAddress) !== null).length).toBeGreaterThan(orders.length / 2);
  });
});
