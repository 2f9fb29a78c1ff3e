/** The pool with real worker processes, which run what was built to dist/. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import * as grpc from '@grpc/grpc-js';
import { afterEach, describe, expect, test, vi } from 'vitest';
import '../../../beam/sdk.js';
import type { StartWorkerResponse, StopWorkerResponse } from 'apache-beam/proto/beam_fn_api';
import { BeamFnExternalWorkerPoolClient } from 'apache-beam/proto/beam_fn_api.grpc-client';
import { startWorkerPool, type PoolOptions, type WorkerPool } from '../../../beam/worker/worker-pool.js';
import { listProcesses, readProcess } from '../../../local/processes.js';
import { encodeChunk } from '../descriptors.js';
import { maxMessageBytes, startFakeRunner, type FakeRunner } from '../fake-runner.js';
import { startProvisionService, type ProvisionService } from '../provision-service.js';

const fixture = (name: string) => fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));
const isAlive = (pid: number) => readProcess(pid) !== undefined;
const until = (condition: () => unknown) => vi.waitUntil(condition, { timeout: 20_000 });
const hasEnded = (pid: number) => until(() => !isAlive(pid));

const cleanups: (() => unknown)[] = [];
const warnings: Record<string, unknown>[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  warnings.length = 0;
});

async function startPool({
  functions = 'copy-functions.mjs',
  ...limits
}: Pick<Partial<PoolOptions>, 'maxWorkers' | 'keepSparesMillis' | 'forgottenMillis'> & { functions?: string } = {}) {
  const pool = await startWorkerPool({
    host: '127.0.0.1',
    port: 0,
    functionsModule: fixture(functions),
    maxMessageBytes,
    log: { info: () => undefined, warn: (details, message) => warnings.push({ ...details, message }) },
    ...limits,
  });
  cleanups.push(() => pool.close());
  return { pool, ...clientOf(pool.port) };
}

async function newRunner(): Promise<FakeRunner> {
  const runner = await startFakeRunner();
  cleanups.push(() => runner.kill());
  return runner;
}

async function newProvision(jobName: string): Promise<ProvisionService> {
  const service = await startProvisionService({ jobName });
  cleanups.push(() => service.close());
  return service;
}

/** What a runner asks a pool for; both answer with the error, empty when it went well. */
function clientOf(port: number) {
  const client = new BeamFnExternalWorkerPoolClient(
    `127.0.0.1:${port}`,
    grpc.ChannelCredentials.createInsecure(),
    {},
    {},
  );
  cleanups.push(() => client.close());
  return {
    startWorker: (workerId: string, runner?: FakeRunner, provision?: ProvisionService) =>
      new Promise<string>((resolve, reject) => {
        const controlEndpoint = runner && { url: runner.endpoint };
        const provisionEndpoint = provision && { url: provision.endpoint };
        client.startWorker(
          { workerId, controlEndpoint, provisionEndpoint, params: {} } as never,
          (error: grpc.ServiceError | null, answer?: StartWorkerResponse) =>
            error ? reject(error) : resolve(answer!.error),
        );
      }),
    stopWorker: (workerId: string) =>
      new Promise<string>((resolve, reject) => {
        client.stopWorker({ workerId }, (error: grpc.ServiceError | null, answer?: StopWorkerResponse) =>
          error ? reject(error) : resolve(answer!.error),
        );
      }),
  };
}

const pidsOf = (pool: WorkerPool) => [...pool.workers().values()];
/** The pids that the metrics of the pool's workers are labelled with. */
async function pidsInMetrics(pool: WorkerPool): Promise<number[]> {
  const snapshots = await pool.collectMetrics();
  return snapshots.map((metrics) => {
    const { values } = metrics.find(({ name }) => name === 'process_cpu_seconds_total')!;
    return Number(values[0]!.labels['pid']);
  });
}

describe('a worker', () => {
  test('is a process of its own, which runs bundles, until it is stopped', async () => {
    const { pool, startWorker, stopWorker } = await startPool();
    const runners = [await newRunner(), await newRunner()];
    const answers = await Promise.all(runners.map((runner, index) => startWorker(`w${index}`, runner)));
    expect(answers).toEqual(['', '']);
    const [first, second] = pidsOf(pool);
    expect(new Set([first, second, process.pid]).size).toBe(3);
    for (const runner of runners) {
      runner.addDescriptor('copy');
      const records = [Uint8Array.of(1), Uint8Array.of(2)];
      expect((await runner.runBundle('b1', 'copy', [encodeChunk(records)])).outputs).toEqual(records);
    }
    const stopped = pool.workers().get('w0')!;
    expect(await stopWorker('w0')).toBe('');
    expect([isAlive(stopped), [...pool.workers().keys()]]).toEqual([false, ['w1']]);
    expect(warnings).toEqual([]);
  });

  test('of an id that is started again takes the place of the old one', async () => {
    const { pool, startWorker } = await startPool();
    const runner = await newRunner();
    await startWorker('w1', runner);
    const old = pool.workers().get('w1')!;
    expect(await startWorker('w1', runner)).toBe('');
    expect(isAlive(old)).toBe(false);
    expect(pidsOf(pool)).toEqual([expect.any(Number)]);
    expect(pidsOf(pool)).not.toEqual([old]);
  });

  test('of an id that is started twice at once is one process in the end', async () => {
    const { pool, startWorker } = await startPool();
    const runner = await newRunner();
    const children = () => listProcesses().filter(({ parent }) => parent === process.pid);
    const before = children().length;
    const answers = await Promise.all([startWorker('w1', runner), startWorker('w1', runner)]);
    expect(answers).toContain('');
    expect(pidsOf(pool)).toEqual([expect.any(Number)]);
    expect(children().length - before).toBe(1);
  });

  test('is its own of each runner, though two of them give the same id', async () => {
    const { pool, startWorker, stopWorker } = await startPool();
    const [one, other] = [await newRunner(), await newRunner()];
    expect([await startWorker('w1', one), await startWorker('w1', other)]).toEqual(['', '']);
    for (const runner of [one, other]) {
      runner.addDescriptor('copy');
      expect((await runner.runBundle('b1', 'copy', [encodeChunk([Uint8Array.of(1)])])).outputs).toHaveLength(1);
    }
    // Nobody can tell whose it is that is to be stopped.
    expect(await stopWorker('w1')).toBe('');
    expect(pool.workers().size).toBe(2);
    await one.end('control');
    await until(() => pool.workers().size === 1);
    // The runner asks after its worker has ended: the other one's stays, and is stopped when that is asked for.
    await stopWorker('w1');
    expect([...pool.workers().keys()]).toEqual(['w1']);
    expect((await other.runBundle('b2', 'copy', [encodeChunk([Uint8Array.of(1)])])).outputs).toHaveLength(1);
    await stopWorker('w1');
    expect(pool.workers().size).toBe(0);
  });

  test('ends when its runner closes the control channel, without a warning', async () => {
    const { pool, startWorker } = await startPool();
    const runner = await newRunner();
    await startWorker('w1', runner);
    await runner.connected;
    const pid = pool.workers().get('w1')!;
    await runner.end('control');
    await hasEnded(pid);
    await until(() => pool.workers().size === 0);
    expect(warnings).toEqual([]);
  });

  test('ends when its runner dies', async () => {
    const { pool, startWorker } = await startPool();
    const runner = await newRunner();
    await startWorker('w1', runner);
    await runner.connected;
    const pid = pool.workers().get('w1')!;
    runner.kill();
    await hasEnded(pid);
  });

  test('ends when its pool is killed', async () => {
    const poolProcess = fork(fixture('pool.mjs'), { stdio: 'ignore' });
    cleanups.push(() => poolProcess.kill('SIGKILL'));
    const [{ port }] = (await once(poolProcess, 'message')) as [{ port: number }];
    const { startWorker } = clientOf(port);
    const runner = await newRunner();
    const pids: number[] = [];
    poolProcess.on('message', ({ worker }: { worker?: number }) => worker && pids.push(worker));
    await Promise.all(['w1', 'w2'].map((id) => startWorker(id, runner)));
    await until(() => pids.length === 2);
    expect(pids.map(isAlive)).toEqual([true, true]);
    poolProcess.kill('SIGKILL');
    await Promise.all(pids.map(hasEnded));
  });

  test('that is killed leaves the pool and its other workers as they are', async () => {
    const { pool, startWorker } = await startPool();
    const runner = await newRunner();
    await Promise.all(['w1', 'w2'].map((id) => startWorker(id, runner)));
    const killed = pool.workers().get('w1')!;
    const other = pool.workers().get('w2')!;
    process.kill(killed, 'SIGKILL');
    await until(() => pool.workers().size === 1);
    expect(warnings).toEqual([{ worker: 'w1', pid: killed, code: null, signal: 'SIGKILL', message: 'a worker died' }]);
    await until(async () => (await pidsInMetrics(pool)).includes(other));
    expect(await startWorker('w3', runner)).toBe('');
  });
});

describe('the workers of a job', () => {
  test('fail their bundles when one of them died, since the runner may not see it', async () => {
    const { pool, startWorker } = await startPool();
    const [dying, sibling, later, backfill] = [
      await newRunner(),
      await newRunner(),
      await newRunner(),
      await newRunner(),
    ];
    const [router, spark] = [await newProvision('router'), await newProvision('backfill-1')];
    await startWorker('7-1', dying, router);
    await startWorker('7-2', sibling, router);
    await startWorker('8-1', later, router);
    // Another JVM has numbers of its own.
    await startWorker('7-3', backfill, spark);
    for (const runner of [sibling, later, backfill]) runner.addDescriptor('copy');
    const records = [Uint8Array.of(1)];
    const run = (runner: FakeRunner, id: string) => runner.runBundle(id, 'copy', [encodeChunk(records)]);
    expect((await run(sibling, 'b1')).error).toBe('');
    process.kill(pool.workers().get('7-1')!, 'SIGKILL');
    let bundle = 1;
    await vi.waitFor(
      async () => {
        bundle += 1;
        expect((await run(sibling, `b${bundle}`)).error).toContain('worker 7-1 of this job died');
      },
      { timeout: 20_000 },
    );
    for (const runner of [later, backfill])
      expect(await run(runner, 'b1')).toMatchObject({ error: '', outputs: records });
    expect(pool.workers().has('7-2')).toBe(true);
  });
});

describe('a spare', () => {
  const children = () => listProcesses().filter(({ parent }) => parent === process.pid);
  const others = (pids: readonly number[]) =>
    children()
      .map(({ pid }) => pid)
      .filter((pid) => !pids.includes(pid));

  test('takes the place of each worker that ended, and becomes the next worker', async () => {
    const before = others([]);
    const { pool, startWorker } = await startPool();
    const runner = await newRunner();
    await Promise.all(['w1', 'w2'].map((id) => startWorker(id, runner)));
    expect([pool.spares(), others([...before, ...pidsOf(pool)])]).toEqual([0, []]);
    process.kill(pool.workers().get('w1')!, 'SIGKILL');
    await until(() => pool.spares() === 1);
    const spares = others([...before, ...pidsOf(pool)]);
    const another = await newRunner();
    expect(await startWorker('w3', another)).toBe('');
    expect([pool.workers().get('w3')]).toEqual(spares);
    expect(pool.spares()).toBe(0);
    another.addDescriptor('copy');
    const records = [Uint8Array.of(1)];
    expect((await another.runBundle('b1', 'copy', [encodeChunk(records)])).outputs).toEqual(records);
  });

  test('ends when no worker was asked for in time, and none comes in its place', async () => {
    const before = others([]);
    const { pool, startWorker, stopWorker } = await startPool({ keepSparesMillis: 100 });
    const runner = await newRunner();
    await startWorker('w1', runner);
    await stopWorker('w1');
    await until(() => pool.spares() === 0 && others(before).length === 0);
    expect(await startWorker('w2', runner)).toBe('');
    expect(pool.spares()).toBe(0);
  });

  test('ends with its pool', async () => {
    const before = others([]);
    const { pool, startWorker, stopWorker } = await startPool();
    await startWorker('w1', await newRunner());
    await stopWorker('w1');
    await until(() => pool.spares() === 1);
    await pool.close();
    expect(others(before)).toEqual([]);
  });
});

describe('the pool', () => {
  test('labels the metrics of each worker with its process id', async () => {
    const { pool, startWorker } = await startPool();
    const runner = await newRunner();
    await Promise.all(['w1', 'w2'].map((id) => startWorker(id, runner)));
    const expected = pidsOf(pool).sort().join();
    await until(async () => (await pidsInMetrics(pool)).sort().join() === expected);
  });

  test('leaves out the metrics of a worker that does not answer', async () => {
    const { pool, startWorker } = await startPool();
    const runner = await newRunner();
    await Promise.all(['w1', 'w2'].map((id) => startWorker(id, runner)));
    const silent = pool.workers().get('w1')!;
    process.kill(silent, 'SIGSTOP');
    expect(await pidsInMetrics(pool)).not.toContain(silent);
    process.kill(silent, 'SIGCONT');
  });

  test('says why a worker did not start', async () => {
    const { pool, startWorker } = await startPool({ functions: 'broken-functions.mjs' });
    const answer = await startWorker('w1', await newRunner());
    const path = fixture('broken-functions.mjs');
    expect(answer).toBe(`worker w1 did not start: ${path} cannot be loaded: the metastore has no address`);
    await until(() => pool.workers().size === 0);
  });

  test('refuses a worker without a control endpoint', async () => {
    const { startWorker } = await startPool();
    expect(await startWorker('w1')).toBe('worker w1 did not start: no control endpoint is given');
  });

  test('refuses more workers than its limit, but lets one take the place of another', async () => {
    const { pool, startWorker } = await startPool({ maxWorkers: 1 });
    const runner = await newRunner();
    expect(await startWorker('w1', runner)).toBe('');
    expect(await startWorker('w2', runner)).toContain('this pool has 1 workers already, its limit');
    expect(await startWorker('w1', runner)).toBe('');
    expect([...pool.workers().keys()]).toEqual(['w1']);
  });

  test('at its limit lets a worker go that its runner has forgotten, and never one that was used', async () => {
    const { pool, startWorker } = await startPool({ maxWorkers: 2, forgottenMillis: 0 });
    const [used, forgotten] = [await newRunner(), await newRunner()];
    await startWorker('w1', used);
    used.addDescriptor('copy');
    await used.runBundle('b1', 'copy', [encodeChunk([Uint8Array.of(1)])]);
    await startWorker('w2', forgotten);
    expect(await startWorker('w3', forgotten)).toBe('');
    expect([...pool.workers().keys()]).toEqual(['w1', 'w3']);
    expect(warnings).toMatchObject([{ worker: 'w2', message: expect.stringContaining('never used gives way') }]);
  });

  test('stops a worker that it does not have', async () => {
    const { stopWorker } = await startPool();
    expect(await stopWorker('w9')).toBe('');
  });

  test('leaves no worker behind when it is closed', async () => {
    const { pool, startWorker } = await startPool();
    const runner = await newRunner();
    await Promise.all(['w1', 'w2'].map((id) => startWorker(id, runner)));
    const pids = pidsOf(pool);
    await pool.close();
    expect(pids.map(isAlive)).toEqual([false, false]);
  });

  test('cannot take a port that is taken', async () => {
    const { pool } = await startPool();
    const log = { info: () => undefined, warn: () => undefined };
    const again = startWorkerPool({ host: '127.0.0.1', port: pool.port, functionsModule: '', maxMessageBytes, log });
    await expect(again).rejects.toThrow('EADDRINUSE');
  });
});
