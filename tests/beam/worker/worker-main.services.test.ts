/** Worker and pool as processes, from dist/: how they end, with what status, and what stands in their logs. */
import { fork, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import * as grpc from '@grpc/grpc-js';
import { afterEach, describe, expect, test } from 'vitest';
import '../../../beam/sdk.js';
import { BeamFnExternalWorkerPoolClient } from 'apache-beam/proto/beam_fn_api.grpc-client';
import type { PoolMessage } from '../../../beam/worker/worker-main.js';
import { readProcess } from '../../../local/processes.js';
import { freePorts } from '../../free-ports.js';
import { maxMessageBytes, startFakeRunner, type FakeRunner } from '../fake-runner.js';
import { text, threeRecords, until } from '../worker-under-test.js';

const built = (name: string) => fileURLToPath(new URL(`../../../dist/beam/worker/${name}`, import.meta.url));
const functions = fileURLToPath(new URL('../fixtures/slow-functions.mjs', import.meta.url));

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

interface Ended {
  readonly status: number | NodeJS.Signals;
  /** What the process wrote, a line each, sorted: the messages of its log, and other lines as they are. */
  readonly lines: string[];
}

/** What a process writes, and its end. */
function watch(child: ChildProcess): { readonly lines: string[]; ended: Promise<Ended> } {
  cleanups.push(() => child.kill('SIGKILL'));
  let output = '';
  const messageOf = (line: string) => {
    if (!line.startsWith('{')) return line;
    const { msg, reason } = JSON.parse(line) as { msg: string; reason?: string };
    return reason === undefined ? msg : `${msg}: ${reason}`;
  };
  const lines = () => output.split('\n').filter(Boolean).map(messageOf).sort();
  for (const stream of [child.stdout, child.stderr]) stream!.on('data', (text: Buffer) => (output += text.toString()));
  const ended = once(child, 'close').then(([code, signal]) => ({
    status: (code ?? signal) as number | NodeJS.Signals,
    lines: lines(),
  }));
  return {
    get lines() {
      return lines();
    },
    ended,
  };
}

async function newRunner(): Promise<FakeRunner> {
  const runner = await startFakeRunner();
  cleanups.push(() => runner.kill());
  for (const name of ['hang', 'finish']) runner.addDescriptor(name);
  return runner;
}

function forkWorker(endpoint: string) {
  const child = fork(built('worker-main.js'), [functions, String(maxMessageBytes)], {
    silent: true,
    serialization: 'advanced',
  });
  const work = { workerId: 'w1', controlEndpoint: endpoint };
  child.send({ type: 'work', work } satisfies PoolMessage);
  return { child, ...watchOf(child) };
}
const watchOf = (child: ChildProcess) => {
  const watched = watch(child);
  return { written: () => watched.lines, ended: watched.ended };
};
const isUnderWay = (written: () => string[]) => until(() => written().includes('a batch is under way'));

describe('a worker that gets SIGTERM', () => {
  test('finishes the bundle under way, gives its connections back, and ends with status 0', async () => {
    const runner = await newRunner();
    const { child, written, ended } = forkWorker(runner.endpoint);
    const bundle = runner.runBundle('b1', 'finish', threeRecords);
    await isUnderWay(written);
    child.kill('SIGTERM');
    expect(await bundle).toMatchObject({ error: '', outputs: ['a', 'b', 'c'].map(text) });
    const lines = ['a batch is under way', 'connections are closed', 'worker ends: stopped'];
    expect(await ended).toEqual({ status: 0, lines });
  });

  test('fails a bundle that does not finish in time', async () => {
    const runner = await newRunner();
    const { child, written, ended } = forkWorker(runner.endpoint);
    const bundle = runner.runBundle('b1', 'hang', threeRecords);
    await isUnderWay(written);
    child.kill('SIGTERM');
    expect(await bundle).toMatchObject({ error: 'this worker is being stopped' });
    const lines = ['a batch is under way', 'connections are closed', 'worker ends: stopped'];
    expect(await ended).toEqual({ status: 0, lines });
  });

  test('ends at once when it has nothing to do', async () => {
    const runner = await newRunner();
    const { child, ended } = forkWorker(runner.endpoint);
    await runner.connected;
    child.kill('SIGTERM');
    expect(await ended).toEqual({ status: 0, lines: ['connections are closed', 'worker ends: stopped'] });
  });
});

describe('a worker', () => {
  test('fails its bundles when it is told to, also before it has begun', async () => {
    const runner = await newRunner();
    const { child, ended } = forkWorker(runner.endpoint);
    child.send({ type: 'fail', reason: 'another worker died' } satisfies PoolMessage);
    expect(await runner.runBundle('b1', 'finish', threeRecords)).toMatchObject({
      error: expect.stringMatching(/^another worker died/),
    });
    await runner.end('control');
    expect(await ended).toMatchObject({ status: 0 });
  });

  test('says why it ends when nothing listens at its endpoint', async () => {
    const { ended } = forkWorker('127.0.0.1:1');
    const { status, lines } = await ended;
    expect(status).toBe(0);
    expect(lines).toEqual([
      'connections are closed',
      expect.stringMatching(/^worker ends: control channel: 14 UNAVAILABLE/),
    ]);
  });

  test.each(['control', 'data'] as const)(
    'says why it ends when its %s channel breaks under a bundle',
    async (channel) => {
      const runner = await newRunner();
      const { written, ended } = forkWorker(runner.endpoint);
      void runner.runBundle('b1', 'hang', threeRecords);
      await isUnderWay(written);
      await runner.fail(channel, grpc.status.INTERNAL);
      expect(await ended).toEqual({
        status: 0,
        lines: expect.arrayContaining([
          `worker ends: ${channel} channel: 13 INTERNAL: given up`,
          'connections are closed',
        ]),
      });
    },
  );
});

describe('a pool that gets SIGTERM', () => {
  test('stops its workers, under a bundle too, and ends with status 0; nothing is left', async () => {
    const [port, metricsPort] = await freePorts(2);
    const child = spawn(process.execPath, [built('../../pipelines/worker-pool-main.js')], {
      env: { ...process.env, ORDERFLOW_WORKER_POOL_PORT: `${port}`, ORDERFLOW_WORKER_METRICS_PORT: `${metricsPort}` },
    });
    const { written, ended } = watchOf(child);
    await until(() => written().includes('worker pool is ready'));
    const runner = await newRunner();
    const client = new BeamFnExternalWorkerPoolClient(`127.0.0.1:${port}`, grpc.credentials.createInsecure(), {}, {});
    cleanups.push(() => client.close());
    const controlEndpoint = { url: runner.endpoint };
    await new Promise((resolve) =>
      client.startWorker({ workerId: 'w1', controlEndpoint, params: {} } as never, resolve as never),
    );
    await runner.connected;
    child.kill('SIGTERM');
    const { status, lines } = await ended;
    expect({ status, lines }).toEqual({
      status: 0,
      lines: ['worker ends: stopped', 'worker pool is ready', 'worker started'],
    });
    expect(readProcess(child.pid!)).toBeUndefined();
  });

  test("dies of it where it is the SDK's own, with what its workers do (when this fails, ours can go)", async () => {
    const program = `
      require('apache-beam/pvalue');
      const { ExternalWorkerPool } = require('apache-beam/worker/external_worker_service');
      new ExternalWorkerPool('127.0.0.1:0').start().then(() => console.log('ready'));`;
    const child = spawn(process.execPath, ['-e', program]);
    const { written, ended } = watchOf(child);
    await until(() => written().includes('ready'));
    child.kill('SIGTERM');
    expect((await ended).status).toBe('SIGTERM');
  });
});
