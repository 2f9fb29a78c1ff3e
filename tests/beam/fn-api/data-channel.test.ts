import { EventEmitter } from 'node:events';
import { setImmediate as nextTick } from 'node:timers/promises';
import type { Elements } from 'apache-beam/proto/beam_fn_api';
import '../../../beam/sdk.js';
import { MultiplexingDataChannel } from 'apache-beam/worker/data';
import { expect, test, vi } from 'vitest';
import { OrderedDataChannel, type DataConsumer } from '../../../beam/fn-api/data-channel.js';
import type { ElementStream } from '../../../beam/fn-api/element-stream.js';

const until = (condition: () => unknown) => vi.waitUntil(condition, { timeout: 20_000 });

/** The runner's end of the stream, played by the test. */
class FakeStream extends EventEmitter {
  written: Elements[] = [];
  accepts = true;
  isPaused = false;
  private readonly unsent: (() => void)[] = [];
  write(elements: Elements, sent: () => void) {
    this.written.push(elements);
    if (this.accepts) sent();
    else this.unsent.push(sent);
  }
  /** The runner takes so many of the messages that it did not accept. */
  take(messages: number) {
    for (const sent of this.unsent.splice(0, messages)) sent();
  }
  pause() {
    this.isPaused = true;
  }
  resume() {
    this.isPaused = false;
  }
  end() {}
}

function chunk(bundle: string, bytes: number[], isLast = false): Elements {
  return {
    data: [{ instructionId: bundle, transformId: 'source', data: Uint8Array.from(bytes), isLast }],
    timers: [],
  };
}

/** Handles each chunk slowly, the first ones slowest, and remembers what it had seen when the bundle was ended. */
function slowConsumer() {
  const seen: number[] = [];
  let seenAtEnd: number[] | undefined;
  let error: Error | undefined;
  let delayTicks = 5;
  const consumer: DataConsumer = {
    async sendData(data) {
      for (let tick = delayTicks--; tick > 0; tick--) await nextTick();
      seen.push(...data);
    },
    sendTimers: () => Promise.reject(new Error('no timers here')),
    close: () => (seenAtEnd ??= [...seen]),
    onError: (cause) => (error = cause),
  };
  return { consumer, seen, atEnd: () => seenAtEnd, error: () => error };
}

function openChannel() {
  const stream = new FakeStream();
  const failures: string[] = [];
  const onFailure = (error: Error) => failures.push(error.message);
  return { stream, failures, channel: new OrderedDataChannel(stream as unknown as ElementStream, onFailure) };
}

const chunks = [chunk('b1', [1, 2]), chunk('b1', [3]), chunk('b1', [4, 5]), chunk('b1', [], true)];

test('handles the chunks of a bundle one after another, and ends it after the last', async () => {
  const { stream, channel } = openChannel();
  const bundle = slowConsumer();
  await channel.registerConsumer('b1', 'source', bundle.consumer);
  for (const elements of chunks) stream.emit('data', elements);
  await until(() => bundle.atEnd());
  expect(bundle.atEnd()).toEqual([1, 2, 3, 4, 5]);
});

/** The SDK's channel with the test at the other end. */
function openStock() {
  const stream = new FakeStream();
  const stock = new MultiplexingDataChannel('127.0.0.1:1', 'w');
  const handlers = stock.dataChannel.listeners('data') as ((elements: Elements) => void)[];
  stock.dataChannel.removeAllListeners('error').on('error', () => undefined);
  stock.dataClient.close();
  stock.dataChannel = stream as never;
  for (const handler of handlers) stream.on('data', handler);
  return { stream, stock };
}

test("the SDK's own channel ends the bundle before its chunks are handled (when this fails, ours can go)", async () => {
  const { stream, stock } = openStock();
  const bundle = slowConsumer();
  await stock.registerConsumer('b1', 'source', bundle.consumer as never);
  for (const elements of chunks) stream.emit('data', elements);
  await until(() => bundle.atEnd());
  expect(bundle.atEnd()).not.toEqual([1, 2, 3, 4, 5]);
});

/** Whether the bundle ends when its last message comes so many microtasks after its source began to register. */
async function endsWhenLastComesAfter(
  microtasks: number,
  stream: FakeStream,
  channel: Pick<OrderedDataChannel, 'registerConsumer'>,
): Promise<boolean> {
  let hasEnded = false;
  const consumer = { sendData: () => Promise.resolve(), close: () => (hasEnded = true) } as unknown as DataConsumer;
  stream.emit('data', chunk('b1', [1]));
  const registered = channel.registerConsumer('b1', 'source', consumer);
  for (let count = 0; count < microtasks; count++) await Promise.resolve();
  stream.emit('data', chunk('b1', [], true));
  await registered;
  for (let tick = 0; tick < 5; tick++) await nextTick();
  return hasEnded;
}
const microtasks = Array.from({ length: 12 }, (_, count) => count);

test('a last message that comes while the source registers ends the bundle', async () => {
  for (const count of microtasks) {
    const { stream, channel } = openChannel();
    expect(await endsWhenLastComesAfter(count, stream, channel), `after ${count} microtasks`).toBe(true);
  }
});

test("the SDK's own channel may keep it for ever (when this fails, ours can go)", async () => {
  const ended: boolean[] = [];
  for (const count of microtasks) {
    const { stream, stock } = openStock();
    ended.push(await endsWhenLastComesAfter(count, stream, stock as never));
  }
  expect(ended).toContain(false);
});

test('hands over what came before the bundle started, before what comes after', async () => {
  const { stream, channel } = openChannel();
  stream.emit('data', chunks[0]);
  stream.emit('data', chunks[1]);
  const bundle = slowConsumer();
  await channel.registerConsumer('b1', 'source', bundle.consumer);
  stream.emit('data', chunks[2]);
  stream.emit('data', chunks[3]);
  await until(() => bundle.atEnd());
  expect(bundle.atEnd()).toEqual([1, 2, 3, 4, 5]);
});

test('keeps bundles apart', async () => {
  const { stream, channel } = openChannel();
  const [one, two] = [slowConsumer(), slowConsumer()];
  await channel.registerConsumer('b1', 'source', one.consumer);
  await channel.registerConsumer('b2', 'source', two.consumer);
  for (const elements of [chunk('b1', [1]), chunk('b2', [9]), chunk('b1', [], true), chunk('b2', [8], true)]) {
    stream.emit('data', elements);
  }
  await until(() => one.atEnd() && two.atEnd());
  expect([one.atEnd(), two.atEnd()]).toEqual([[1], [9, 8]]);
});

test('frees everything that was kept for a bundle', async () => {
  const { stream, channel } = openChannel();
  for (let number = 0; number < 20; number++) {
    const bundle = slowConsumer();
    await channel.registerConsumer(`b${number}`, 'source', bundle.consumer);
    stream.emit('data', chunk(`b${number}`, [number], true));
    await until(() => bundle.atEnd());
    channel.unregisterConsumer(`b${number}`, 'source');
  }
  expect(channel.kept).toEqual({ queues: 0, bytes: 0, unsentBytes: 0 });
});

test('gives an error to its bundle alone, and throws away the rest of that bundle', async () => {
  const { stream, channel } = openChannel();
  const errors: Error[] = [];
  const failing: DataConsumer = {
    sendData: () => Promise.reject(new Error('order 7 cannot be handled')),
    sendTimers: () => Promise.resolve(),
    close: () => expect.fail('a failed bundle does not end well'),
    onError: (error) => errors.push(error),
  };
  const good = slowConsumer();
  await channel.registerConsumer('bad', 'source', failing);
  await channel.registerConsumer('good', 'source', good.consumer);
  stream.emit('data', chunk('bad', [1]));
  await until(() => errors.length > 0);
  stream.emit('data', chunk('bad', [2]));
  channel.unregisterConsumer('bad', 'source');
  channel.endBundle('bad');
  stream.emit('data', chunk('bad', [], true));
  stream.emit('data', chunk('good', [3], true));
  await until(() => good.atEnd());
  channel.unregisterConsumer('good', 'source');
  expect(errors.map((error) => error.message)).toEqual(['order 7 cannot be handled']);
  expect(good.atEnd()).toEqual([3]);
  expect(channel.kept).toEqual({ queues: 0, bytes: 0, unsentBytes: 0 });
});

test('keeps nothing of what comes for a bundle that has ended, however many there were', async () => {
  const { stream, channel } = openChannel();
  for (let number = 0; number < 5_000; number++) {
    const bundle = slowConsumer();
    await channel.registerConsumer(`b${number}`, 'source', bundle.consumer);
    channel.unregisterConsumer(`b${number}`, 'source');
    channel.endBundle(`b${number}`);
    stream.emit('data', chunk(`b${number}`, [1, 2, 3]));
  }
  expect(channel.kept).toEqual({ queues: 0, bytes: 0, unsentBytes: 0 });
});

test("the SDK's own channel keeps it for ever (when this fails, ours can go)", async () => {
  const { stream, stock } = openStock();
  const bundle = slowConsumer();
  await stock.registerConsumer('b1', 'source', bundle.consumer as never);
  stock.unregisterConsumer('b1', 'source');
  stream.emit('data', chunk('b1', [1, 2, 3]));
  expect(stock.consumers.get('b1')?.has('source')).toBe(true);
});

test('keeps nothing for a bundle that failed before its source came to register', () => {
  const { stream, channel } = openChannel();
  stream.emit('data', chunk('b1', [1, 2, 3]));
  channel.endBundle('b1');
  stream.emit('data', chunk('b1', [4], true));
  expect(channel.kept).toEqual({ queues: 0, bytes: 0, unsentBytes: 0 });
});

test('stops the runner while more than 16 MiB wait, and lets it go on afterwards', async () => {
  const { stream, channel } = openChannel();
  const megabyte = new Uint8Array(1024 * 1024);
  for (let count = 0; count < 20; count++) {
    stream.emit('data', {
      data: [{ instructionId: 'b1', transformId: 'source', data: megabyte, isLast: false }],
      timers: [],
    });
  }
  expect(stream.isPaused).toBe(true);
  const bundle = slowConsumer();
  await channel.registerConsumer('b1', 'source', { ...bundle.consumer, sendData: () => Promise.resolve() });
  await until(() => !stream.isPaused);
  expect(stream.isPaused).toBe(false);
});

/** Sends six messages of 3 MB to a runner that takes none: two more than may wait. */
function sendTooMuch() {
  const { stream, channel } = openChannel();
  stream.accepts = false;
  const message = new Uint8Array(3_000_000);
  const sent: number[] = [];
  const sending = [0, 1, 2, 3, 4, 5].map((number) =>
    channel
      .getSendChannel('b1', 'sink')
      .sendData(message)
      .then(() => sent.push(number)),
  );
  return { stream, channel, sent, sending };
}

test('sending waits while more than 16 MiB are not taken by the runner', async () => {
  const { stream, channel, sent, sending } = sendTooMuch();
  await nextTick();
  expect(sent).toEqual([0, 1, 2, 3, 4]);
  expect(channel.kept).toEqual({ queues: 0, bytes: 0, unsentBytes: 18_000_000 });
  stream.take(1);
  await Promise.all(sending);
  expect(channel.kept).toEqual({ queues: 0, bytes: 0, unsentBytes: 15_000_000 });
  expect(stream.written.map(({ data }) => data.map((entry) => entry.data.length))).toEqual(Array(6).fill([3_000_000]));
});

test('sending that waits is told that the channel broke', async () => {
  const { stream, sending } = sendTooMuch();
  stream.emit('error', new Error('connection reset'));
  await expect(Promise.all(sending)).rejects.toThrow('connection reset');
});

test('tells the bundles under way, and those that start later, that the channel broke', async () => {
  const { stream, channel, failures } = openChannel();
  const [running, later] = [slowConsumer(), slowConsumer()];
  await channel.registerConsumer('b1', 'source', running.consumer);
  stream.emit('error', new Error('connection reset'));
  stream.emit('end');
  await channel.registerConsumer('b2', 'source', later.consumer);
  expect([running.error()?.message, later.error()?.message]).toEqual(['connection reset', 'connection reset']);
  await expect(channel.getSendChannel('b1', 'sink').sendData(Uint8Array.of(1))).rejects.toThrow('connection reset');
  expect(failures).toEqual(['connection reset']);
});
