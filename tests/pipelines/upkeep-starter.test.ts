import { expect, test, vi } from 'vitest';
import { loadConfig } from '../../config.js';
import { createUpkeepStarter } from '../../pipelines/upkeep-starter.js';

const config = loadConfig({
  ORDERFLOW_POSTGRES_URL: 'postgres://h/d',
  ORDERFLOW_POSTGRES_USER: 'of_{principal}',
  ORDERFLOW_KEEP_DAYS: '40',
});

test('asks once a minute, not while a run is under way, and goes on after one that failed', async () => {
  let now = 0;
  const runs: PromiseWithResolvers<null>[] = [];
  const start = createUpkeepStarter(
    config,
    () => now,
    (database, options) => {
      expect([database, options]).toEqual([
        { url: 'postgres://h/d', user: 'of_owner' },
        { keepDays: 40, by: 'external-processor' },
      ]);
      const run = withResolvers();
      runs.push(run);
      return run.promise;
    },
  );
  const tickAt = (time: number) => {
    now = time;
    start();
  };
  tickAt(0);
  tickAt(1_000);
  tickAt(120_000);
  expect(runs).toHaveLength(1);
  runs[0]!.reject(new Error('PostgreSQL is away'));
  await vi.waitUntil(
    () => {
      start();
      return runs.length === 2;
    },
    { timeout: 20_000 },
  );
  runs[1]!.resolve(null);
  await runs[1]!.promise;
  tickAt(150_000);
  expect(runs).toHaveLength(2);
  await vi.waitUntil(
    () => {
      tickAt(now + 60_000);
      return runs.length === 3;
    },
    { timeout: 20_000 },
  );
});

interface PromiseWithResolvers<T> {
  readonly promise: Promise<T>;
  resolve(value: T): void;
  reject(error: Error): void;
}
function withResolvers(): PromiseWithResolvers<null> {
  let [resolve, reject]: [(value: null) => void, (error: Error) => void] = [() => undefined, () => undefined];
  const promise = new Promise<null>((...both) => ([resolve, reject] = both));
  return { promise, resolve, reject };
}
