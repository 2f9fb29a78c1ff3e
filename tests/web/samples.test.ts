/** Rates of the stages, from samples of their progress. */
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { StageProgress } from '../../kafka/lag.js';
import { stageNames, type StageName } from '../../model/stages.js';
import { type Sample, stageFlows, startSampler } from '../../web/samples.js';

const progressOf = (written: number, committed: number) =>
  Object.fromEntries(stageNames.map((name) => [name, { written, committed }])) as Record<StageName, StageProgress>;
const sample = (seconds: number, written: number, committed: number): Sample => ({
  time: seconds * 1_000,
  progress: progressOf(written, committed),
});

describe('rates', () => {
  it('are not known of one sample', () => {
    const [validator] = stageFlows([sample(0, 100, 60)]);
    expect(validator).toMatchObject({ name: 'validator', input: 'raw_order', in: null, out: null, lag: 40 });
  });

  it('are means over half a minute', () => {
    const samples = [0, 10, 20, 30, 40].map((second) => sample(second, second * 10, second < 40 ? 0 : 400));
    const [validator] = stageFlows(samples);
    expect(validator).toMatchObject({ in: 10, out: 400 / 30, lag: 0 });
    expect(validator!.history.in).toEqual([
      [0, null],
      [10_000, 10],
      [20_000, 10],
      [30_000, 10],
      [40_000, 10],
    ]);
  });

  it('are not negative when a topic was made anew', () => {
    const [validator] = stageFlows([sample(0, 100, 100), sample(5, 10, 10)]);
    expect(validator).toMatchObject({ in: 0, out: 0 });
  });
});

it('goes on after a sample that could not be taken', async () => {
  const answers = [() => Promise.reject(new Error('away')), async () => progressOf(5, 5)];
  const read = vi.fn(() => (answers.shift() ?? (async () => progressOf(6, 6)))());
  const sampler = startSampler(read, 1);
  onTestFinished(() => sampler.stop());
  await vi.waitFor(() => expect(sampler.samples().length).toBeGreaterThan(1), { timeout: 20_000 });
  expect(sampler.failure()).toBeUndefined();
  expect(
    sampler
      .samples()
      .slice(0, 2)
      .map(({ progress }) => progress.validator.written),
  ).toEqual([5, 6]);
});

it('says why there is no sample', async () => {
  const sampler = startSampler(() => Promise.reject(new Error('away')), 1);
  onTestFinished(() => sampler.stop());
  await vi.waitFor(() => expect(sampler.failure()).toEqual(new Error('away')), { timeout: 20_000 });
  expect(sampler.samples()).toEqual([]);
});
