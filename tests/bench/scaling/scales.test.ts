/** What is scaled, and what the options make of it. */
import { describe, expect, it } from 'vitest';
import type { Contestant } from '../../../bench/contest/contestant.js';
import { chosenScales, entrantsOf, scales } from '../../../bench/scaling/scales.js';
import { defaultReferenceFile, readReferenceFile } from '../../../metastore/reference-data.js';

const config = { parallelism: 2, partitions: 4 };
const data = await readReferenceFile(defaultReferenceFile);
const contestant: Contestant = {
  name: 'fused',
  does: 'nothing',
  services: [],
  start: async () => ({ pids: [], stop: async () => {} }),
};

const chosen = (scale: string, values?: string) =>
  chosenScales(scale, values).map(({ scale: { name }, values }) => [name, ...values]);

const entrants = (scale: string, values?: string, contestants = [contestant]) =>
  entrantsOf(chosenScales(scale, values)[0]!, contestants, { config, data });

const settingsOf = (scale: string, values: string) =>
  entrants(scale, values).map(({ entrant }) => Object.values(entrant.conditions!.settings!).join());

describe('the options', () => {
  it('name one scale or several, each once, with values of their own', () => {
    expect(chosen('workers')).toEqual([['workers', 1, 2, 4]]);
    expect(chosen('size, partitions,size')).toEqual([
      ['size', 200, 1_000, 10_000],
      ['partitions', 1, 4, 16],
    ]);
    expect(scales.map(({ values, least, most }) => [least, ...values, most])).toEqual(
      scales.map(({ values, least, most }) => [least, ...values, most].toSorted((a, b) => a - b)),
    );
  });

  it('give other values, in any order', () => {
    expect(chosen('workers', '4, 1')).toEqual([['workers', 4, 1]]);
  });

  it.each([
    ['speed', undefined, '--scale: expected some of workers, partitions, size, reference, not "speed"'],
    ['workers,size', '1', '--scale: expected one of them beside --values, not "workers,size"'],
    ['workers', '1,two', '--values: expected a whole number, 1 or more, not "two"'],
    ['workers', '', '--values: expected a whole number, 1 or more, not ""'],
    ['workers', '2,2', '--values: expected each value once, not "2,2"'],
    ['size', '100,1000', '--values: expected a whole number, 200 or more, not "100"'],
    ['size', '100000', '--values: expected 18000 bytes of an order at most for --scale size, not "100000"'],
    ['reference', '349', '--values: expected a whole number, 1000 or more, not "349"'],
  ])('%s with %s is refused in one sentence', (scale, values, sentence) => {
    expect(() => chosenScales(scale, values)).toThrow(sentence);
  });
});

describe('the conditions', () => {
  it('are those of each value, for each contestant under a name of its own', () => {
    const other = { ...contestant, name: 'other' };
    expect(entrants('size', '200,300', [contestant, other]).map(({ point, entrant }) => [point, entrant.name])).toEqual(
      ['fused', 'other'].flatMap((name) =>
        [200, 300].map((value) => [
          { name: `${name}, size ${value}`, contestant: name, value },
          `${name}, size ${value}`,
        ]),
      ),
    );
    expect(entrants('size', '200').map(({ entrant }) => entrant.conditions)).toEqual([
      { orderBytes: 200, settings: {} },
    ]);
  });

  it('are beside those that the contestant has at all times', () => {
    const slow = { ...contestant, conditions: { share: 0.1, settings: { ORDERFLOW_PARALLELISM: '7' } } };
    const [ofSize] = entrants('size', '200', [slow]);
    expect(ofSize!.entrant.conditions).toEqual({ ...slow.conditions, orderBytes: 200 });
    const [ofWorkers] = entrants('workers', '2', [slow]);
    expect(ofWorkers!.entrant.conditions).toMatchObject({ share: 0.1, settings: { ORDERFLOW_PARALLELISM: '2' } });
  });

  it('have the same partitions for any number of workers, as many at least as there are workers', () => {
    expect(settingsOf('workers', '1,2,4')).toEqual(['1,4', '2,4', '4,4']);
    expect(settingsOf('workers', '1,8')).toEqual(['1,8', '8,8']);
  });

  it('have the same workers for any number of partitions, no more of them than there are partitions', () => {
    expect(settingsOf('partitions', '1,4,16')).toEqual(['1,1', '1,4', '1,16']);
    expect(settingsOf('partitions', '4,16')).toEqual(['2,4', '2,16']);
  });

  it('have orders between the same places for any number of reference rows', () => {
    const [large] = entrants('reference', '10000');
    const { tables, data: known } = large!.entrant.conditions!.reference!();
    expect(known).toEqual({ ...tables, locations: data.locations });
    expect(tables.locations.length).toBeGreaterThan(data.locations.length);
  });
});
