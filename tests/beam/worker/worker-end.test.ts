/** What a worker does when a channel ends, breaks, or sends nonsense, and when it is asked to stop. */
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import * as grpc from '@grpc/grpc-js';
import { describe, expect, test } from 'vitest';
import '../../../beam/sdk.js';
import { startWorker } from '../../../beam/worker/worker.js';
import { disarm, startStockWorker } from '../stock-worker.js';
import { addReadState, copied, firstChunk, gate, threeRecords, underTest, until } from '../worker-under-test.js';
import { maxMessageBytes } from '../fake-runner.js';

const ours = underTest();

describe('the end', () => {
  test('comes when the runner ends the control channel', async () => {
    const { ended } = await ours.start();
    await ours.runner.end('control');
    expect(await ended).toBe('the runner closed the control channel');
  });

  test('comes when the control channel breaks, also in the middle of a bundle', async () => {
    const { ended } = await ours.start();
    ours.runner.addDescriptor('wait');
    void ours.runner.runBundle('b1', 'wait', threeRecords);
    await until(() => gate.isWaiting);
    ours.runner.kill();
    expect(await ended).toMatch(/^(control|data) channel: /);
    gate.open();
  });

  test('comes when the data channel is lost, since no bundle could run any more', async () => {
    const { ended } = await ours.start();
    ours.runner.addDescriptor('copy');
    await ours.runner.runBundle('b1', 'copy', threeRecords);
    await ours.runner.end('data');
    expect(await ended).toBe('data channel: the runner closed the data channel');
  });

  test.each(['control', 'data', 'state'] as const)('comes when the %s channel is cancelled', async (channel) => {
    const { ended } = await ours.start();
    addReadState(ours.runner);
    void ours.runner.runBundle('b1', 'read state', threeRecords);
    await ours.runner.fail(channel, grpc.status.CANCELLED);
    expect(await ended).toBe(`${channel} channel: 1 CANCELLED: given up`);
  });

  test.each(['control', 'data', 'state'] as const)(
    'comes when the %s channel sends what is no message',
    async (channel) => {
      const { ended } = await ours.start();
      addReadState(ours.runner);
      void ours.runner.runBundle('b1', 'read state', threeRecords);
      await ours.runner.sendGarbage(channel);
      expect(await ended).toMatch(new RegExp(`^${channel} channel: 13 INTERNAL: Response message parsing error`));
    },
  );

  test('comes when nothing listens at the endpoint', async () => {
    const { ended } = await ours.start('127.0.0.1:1');
    expect(await ended).toMatch(/^control channel: 14 UNAVAILABLE/);
  });

  test('comes when nobody at the endpoint says a word', async () => {
    const sockets: Socket[] = [];
    const silent = createServer((socket) => sockets.push(socket)).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const endpoint = `127.0.0.1:${(silent.address() as AddressInfo).port}`;
    const { ended, stop } = startWorker(
      'w1',
      endpoint,
      { info: () => undefined, error: () => undefined },
      { maxMessageBytes, connectMillis: 100 },
    );
    expect(await ended).toBe(`control channel: no connection to ${endpoint} within 0.1 s`);
    await stop(0);
    for (const socket of sockets) socket.destroy();
    silent.close();
  });

  test.each(['data', 'state'] as const)('fails a bundle that waits when its %s channel breaks', async (channel) => {
    await ours.start();
    addReadState(ours.runner);
    const bundle = ours.runner.openBundle('b1', 'read state');
    await ours.runner.sendData('b1', firstChunk, false);
    await ours.runner.end(channel);
    const { error } = await bundle;
    expect(error.split('\n')[0]).toMatch(`the runner closed the ${channel} channel`);
  });

  test('waits, when it is asked to stop, for the bundles under way, and takes no new ones', async () => {
    const { ended, stop } = await ours.start();
    ours.runner.addDescriptor('wait');
    const bundle = ours.runner.runBundle('b1', 'wait', threeRecords);
    await until(() => gate.isWaiting);
    const stopped = stop(60_000);
    const refused = await ours.runner.runBundle('b2', 'wait', threeRecords);
    expect(refused.error).toContain('this worker is being stopped');
    gate.open();
    expect(await bundle).toMatchObject(copied);
    await stopped;
    expect(await ended).toBe('stopped');
  });

  test('comes, when it is asked to stop, after the runner has read the outputs, too', async () => {
    const { ended, stop } = await ours.start();
    ours.runner.addDescriptor('wait');
    const events: string[] = [];
    const bundle = ours.runner.runBundle('b1', 'wait', threeRecords).then((outcome) => {
      events.push('outputs are read');
      return outcome;
    });
    void ended.then(() => events.push('worker ends'));
    await until(() => gate.isWaiting);
    const goOn = await ours.runner.pauseOutputs();
    void stop(60_000);
    gate.open();
    await ours.runner.controlEnded;
    // The end of the control channel reaches the worker meanwhile.
    for (let turn = 0; turn < 20; turn++) await setImmediate();
    goOn();
    expect(await bundle).toMatchObject(copied);
    await ended;
    expect(events).toEqual(['outputs are read', 'worker ends']);
  });

  test('does not wait longer than it was told, and fails what is not finished', async () => {
    const { ended, stop } = await ours.start();
    ours.runner.addDescriptor('wait');
    const bundle = ours.runner.runBundle('b1', 'wait', threeRecords);
    await until(() => gate.isWaiting);
    await Promise.all([stop(1), stop(1)]);
    expect(await ended).toBe('stopped');
    expect(await bundle).toMatchObject({ error: 'this worker is being stopped', outputs: [] });
    gate.open();
  });
});

test('a bundle that is refused has its data channel: before it is open, the runner does not read the answer', async () => {
  const { fail } = await ours.start();
  ours.runner.addDescriptor('copy');
  fail('another worker died');
  const bundle = ours.runner.openBundle('b1', 'copy');
  await ours.runner.sendData('b1', firstChunk, true);
  expect((await bundle).error).toMatch(/^another worker died/);
});

describe("the SDK's own worker (when these fail, ours can go)", () => {
  async function startStock(functionName: string) {
    ours.runner.addDescriptor(functionName);
    return startStockWorker(ours.runner);
  }

  test('does not handle an error of the control channel, which ends the process', async () => {
    const stock = await startStock('copy');
    expect(stock.controlChannel.listenerCount('error')).toBe(0);
    const broken = once(stock.controlChannel, 'error');
    ours.runner.kill();
    expect(await broken).toEqual([expect.any(Error)]);
  });

  test('leaves a bundle waiting whose data channel broke', async () => {
    disarm(await startStock('copy'));
    let isAnswered = false;
    void ours.runner.openBundle('b1', 'copy').then(() => (isAnswered = true));
    await ours.runner.sendData('b1', firstChunk, false);
    await ours.runner.end('data');
    // The control channel works on, and tells nothing.
    for (let turn = 0; turn < 20; turn++) await ours.runner.instruct({ oneofKind: undefined });
    expect(isAnswered).toBe(false);
  });
});
