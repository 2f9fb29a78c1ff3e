import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { OperatorError } from '../../errors.js';
import { parseNetwork, truncate } from '../../metastore/addresses.js';
import { defaultReferenceFile, readReferenceFile } from '../../metastore/reference-data.js';

describe('the data set that comes with the project', async () => {
  const data = await readReferenceFile(defaultReferenceFile);
  const regions = [...new Set(data.locations.map((location) => location.region))].sort();

  test('has a lead time for every pair of regions, and no other region anywhere', () => {
    expect(data.leadTimes.map((row) => `${row.fromRegion} ${row.toRegion}`).sort()).toEqual(
      regions.flatMap((from) => regions.map((to) => `${from} ${to}`)).sort(),
    );
    const named = [...data.ipRegions.map((row) => row.region), ...data.routes.map((row) => row.destination)];
    expect([...new Set(named)].filter((region) => region !== '*').sort()).toEqual(regions);
  });

  test('has a rule for everything else of every order type, and three partners', () => {
    expect(data.routes.filter((row) => row.destination === '*').map((row) => row.orderType)).toEqual([
      'STANDARD',
      'EXPRESS',
      'CLICK_AND_COLLECT',
      'WHOLESALE',
    ]);
    const partners = data.routes.flatMap((row) => (row.route === 'EXTERNAL' ? [row.partnerId] : []));
    expect([...new Set(partners)].sort()).toEqual(['PARTNER-MERIDIAN', 'PARTNER-NORDVIK', 'PARTNER-SWIFTLINE']);
  });

  test('lists no fraud network inside the networks of honest customers', () => {
    const inside = data.fraudNetworks.filter((fraud) =>
      data.ipRegions.some(({ network }) => {
        const [inner, outer] = [parseNetwork(fraud)!, parseNetwork(network)!];
        return (
          inner.family === outer.family &&
          outer.length <= inner.length &&
          truncate(inner, outer.length).bits === outer.bits
        );
      }),
    );
    expect(inside).toEqual([]);
  });
});

describe('readReferenceFile', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'orderflow-reference-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  test('brings ids into the form that records have, and refuses what is none then', async () => {
    const empty = { routes: [], fraudNetworks: [], ipRegions: [], leadTimes: [] };
    const path = join(folder, 'normal.json');
    const location = { locationId: ' Zu\u0308rich ', name: 'Z', region: 'EU\u00a0' };
    await writeFile(
      path,
      JSON.stringify({ ...empty, locations: [location], paymentDefaulters: ['e\u0301'], cancelledOrders: [' O-1'] }),
    );
    expect(await readReferenceFile(path)).toMatchObject({
      locations: [{ locationId: 'Z\u00fcrich', region: 'EU' }],
      paymentDefaulters: ['\u00e9'],
      cancelledOrders: ['O-1'],
    });
    await writeFile(path, JSON.stringify({ ...empty, locations: [], paymentDefaulters: ['\u00e9', 'e\u0301'] }));
    await expect(readReferenceFile(path)).rejects.toThrow('a second entry for \u00e9');
    await writeFile(path, JSON.stringify({ ...empty, locations: [], paymentDefaulters: ['C\u200b1'] }));
    await expect(readReferenceFile(path)).rejects.toThrow(
      'paymentDefaulters[0]: an id that has characters that nobody can see',
    );
  });

  async function failureOf(content: string): Promise<string> {
    const path = join(folder, 'reference.json');
    await writeFile(path, content);
    const error: unknown = await readReferenceFile(path).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(OperatorError);
    return (error as OperatorError).message.replace(path, 'FILE');
  }
  const empty = { locations: [], routes: [], fraudNetworks: [], paymentDefaulters: [], ipRegions: [], leadTimes: [] };

  test('names the path of a file that is not there', async () => {
    const path = join(folder, 'missing.json');
    await expect(readReferenceFile(path)).rejects.toThrow(
      `reference data ${path}: cannot be read (ENOENT); give the path of a JSON file`,
    );
  });

  test('takes a byte order mark, UTF-16 and the line ends of Windows', async () => {
    const path = join(folder, 'marked.json');
    const text = JSON.stringify(empty, null, 2).replaceAll('\n', '\r\n');
    for (const bytes of [Buffer.from(`\uFEFF${text}`), Buffer.from(`\uFEFF${text}`, 'utf16le')]) {
      await writeFile(path, bytes);
      expect(await readReferenceFile(path)).toMatchObject(empty);
    }
  });

  test('says that a file is not JSON', async () => {
    expect(await failureOf('{')).toMatch(/^reference data FILE: is not JSON \(/);
  });

  test.each([
    [{ fraudNetworks: ['203.0.113.5/24'] }, 'fraudNetworks[0]: expected an IP address or a network such as'],
    [{ locations: [{ locationId: 'A', name: 'A' }] }, 'locations[0].region: '],
    [{ paymentDefaulters: ['C-1', 'C-1'] }, 'paymentDefaulters[1]: a second entry for C-1'],
    [{ routes: [{ orderType: 'STANDARD', destination: '*', route: 'EXTERNAL' }] }, 'routes[0].partnerId: '],
    [{ routes: [{ orderType: 'SLOW', destination: '*', route: 'INTERNAL' }] }, 'routes[0].orderType: '],
    [{ fruadNetworks: [] }, 'the whole: '],
  ])('names the field that is wrong: %j', async (change, problem) => {
    expect(await failureOf(JSON.stringify({ ...empty, ...change }))).toContain(`reference data FILE: ${problem}`);
  });

  test('takes no order for cancelled when the file lists none', async () => {
    const path = join(folder, 'reference.json');
    await writeFile(path, JSON.stringify(empty));
    expect(await readReferenceFile(path)).toEqual({ ...empty, cancelledOrders: [] });
  });
});
