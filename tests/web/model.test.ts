/** The table of what the page shows, against the supervisor specs. */
import { describe, expect, it } from 'vitest';
import { readSpec, streams as specStreams } from '../../druid/specs.js';
import { sourcesOf } from '../../web/cube/sources.js';
import { dimensionOf, measures, type StreamName, streamNames, streamOf } from '../../web/shared/model.js';

/** The columns of a stream's datasource besides the time. */
async function columnsOf(stream: StreamName): Promise<string[]> {
  const { dataSchema } = (await readSpec(stream)).spec;
  const dimensions = dataSchema.dimensionsSpec.dimensions.map((each) => (typeof each === 'string' ? each : each.name));
  return [...dimensions, ...dataSchema.metricsSpec.map(({ name }) => name)].sort();
}

it('has every stream that Druid has', () => {
  expect([...streamNames].sort()).toEqual([...specStreams].sort());
});

describe.each(streamNames)('%s', (stream) => {
  const { dimensions, measures: offered, notOffered } = streamOf(stream);

  it('says of every column of its datasource what it is, and of no other', async () => {
    const columns = dimensions.filter(({ of }) => of === undefined).map(({ name }) => name);
    expect([...columns, ...Object.keys(notOffered)].sort()).toEqual(await columnsOf(stream));
  });

  it('has names that are safe within SQL, each once', () => {
    const names = dimensions.map(({ name }) => name);
    for (const name of names) expect(name).toMatch(/^[a-z_]+$/);
    expect(new Set(names).size).toBe(names.length);
  });

  it('has measures that come from somewhere', () => {
    for (const measure of offered) {
      expect(measures).toHaveProperty(measure);
      if (measure !== 'delivery_p95') expect(sourcesOf(stream, measure).length).toBeGreaterThan(0);
    }
  });
});

it('splits rejected orders by all dimensions of raw orders, for the reject rate', () => {
  for (const { name } of streamOf('raw_order').dimensions)
    expect(dimensionOf('rejected_order', name), name).toBeDefined();
});
