import { EventEmitter } from 'node:events';
import { setImmediate as nextTick } from 'node:timers/promises';
import { expect, test } from 'vitest';
import '../../../beam/sdk.js';
import { StateKey, type StateRequest, type StateResponse } from 'apache-beam/proto/beam_fn_api';
import { MultiplexingStateChannel } from 'apache-beam/worker/state';
import { StateChannel, type StateStream } from '../../../beam/fn-api/state-channel.js';

/** The runner's end of the stream, played by the test. */
class FakeStream extends EventEmitter {
  requests: StateRequest[] = [];
  write(request: StateRequest) {
    this.requests.push(request);
  }
  end() {}
  /** Answers the latest request. */
  answer(answer: Partial<StateResponse>, id = this.requests.at(-1)!.id) {
    this.emit('data', { id, error: '', response: { oneofKind: undefined }, ...answer });
  }
}

const piece = (text: string, continuationToken: number[] = []): Partial<StateResponse> => ({
  response: {
    oneofKind: 'get',
    get: { data: Buffer.from(text), continuationToken: Uint8Array.from(continuationToken) },
  } as StateResponse['response'],
});
const key = StateKey.create({});
const decode = (data: Uint8Array) => Buffer.from(data).toString();

function openChannel() {
  const stream = new FakeStream();
  const failures: string[] = [];
  const channel = new StateChannel(stream as unknown as StateStream, (error) => failures.push(error.message));
  return { stream, failures, channel };
}

/** The SDK's channel with the test at the other end. */
function openStock() {
  const stream = new FakeStream();
  const stock = new MultiplexingStateChannel('127.0.0.1:1', 'w');
  const [receive] = stock.stateChannel.listeners('data') as ((response: StateResponse) => void)[];
  const [fail] = stock.stateChannel.listeners('error') as ((error: Error) => void)[];
  stock.stateClient.close();
  stock.stateChannel = stream as never;
  stream.on('data', receive!).on('error', fail!);
  return { stream, stock };
}

test('reads a state piece by piece', async () => {
  const { stream, channel } = openChannel();
  const { promise } = channel.getState('b1', key, decode);
  await nextTick();
  stream.answer(piece('all ', [7]));
  await nextTick();
  stream.answer(piece('of it'));
  expect(await promise).toBe('all of it');
  expect(
    stream.requests.map(({ request }) => [
      ...(request as never as { get: { continuationToken: Uint8Array } }).get.continuationToken,
    ]),
  ).toEqual([[], [7]]);
  expect(channel.kept).toBe(0);
});

test('puts data in the place of what is there, in one go', async () => {
  const { stream, channel } = openChannel();
  const isSet = channel.setState('b1', key, Buffer.from('new'));
  expect(stream.requests.map(({ instructionId, request }) => [instructionId, request])).toEqual([
    ['b1', { oneofKind: 'clear', clear: {} }],
    ['b1', { oneofKind: 'append', append: { data: Buffer.from('new') } }],
  ]);
  stream.answer({ response: { oneofKind: 'clear', clear: {} } }, stream.requests[0]!.id);
  stream.answer({ response: { oneofKind: 'append', append: {} } }, stream.requests[1]!.id);
  await isSet;
  expect(channel.kept).toBe(0);
});

test('an answer to another question is none', async () => {
  const { stream, channel } = openChannel();
  const { promise } = channel.getState('b1', key, decode);
  stream.answer({ response: { oneofKind: 'clear', clear: {} } });
  await expect(promise).rejects.toThrow('the runner answered something else');
});

test('a request that the runner refuses fails alone, and does not show what the runner said', async () => {
  const { stream, failures, channel } = openChannel();
  const [refused, good] = [channel.getState('b1', key, decode), channel.getState('b2', key, decode)];
  await nextTick();
  stream.answer({ error: 'no state for the key 192.0.2.7' }, stream.requests[0]!.id);
  stream.answer(piece('good'), stream.requests[1]!.id);
  await expect(refused.promise).rejects.toThrow(/^the runner refused a request for state: its log says why$/);
  expect(await good.promise).toBe('good');
  expect(failures).toEqual([]);
});

test.each([
  ['breaks', 'error', 'connection reset'],
  ['is closed by the runner', 'end', 'the runner closed the state channel'],
])('whoever waits for an answer, or asks later, is told that the channel %s', async (_, event, message) => {
  const { stream, failures, channel } = openChannel();
  const waiting = channel.getState('b1', key, decode).promise;
  stream.emit(event, new Error('connection reset'));
  await expect(waiting).rejects.toThrow(message);
  await expect(channel.getState('b2', key, decode).promise).rejects.toThrow(message);
  expect(failures).toEqual([message]);
  expect(channel.kept).toBe(0);
});

test("whoever waits for an answer of the SDK's own channel waits for ever when it breaks (when this fails, ours can go)", async () => {
  const { stream, stock } = openStock();
  const state = stock.getState('b1', key, decode);
  stream.emit('error', new Error('connection reset'));
  const settled = (state as { promise: Promise<string> }).promise.then(
    () => 'answered',
    () => 'failed',
  );
  for (let tick = 0; tick < 20; tick++) await nextTick();
  expect(await Promise.race([settled, nextTick('waits')])).toBe('waits');
});

test('an answer that nobody waits for is thrown away, and the requests of a bundle that ended are, too', async () => {
  const { stream, channel } = openChannel();
  const { promise } = channel.getState('b1', key, decode);
  promise.catch(() => undefined);
  expect(channel.kept).toBe(1);
  channel.endBundle('b1');
  expect(channel.kept).toBe(0);
  stream.answer(piece('too late'));
  stream.answer(piece('whose?'), 'never asked');
});

test("an answer that nobody waits for ends the process of the SDK's own channel (when this fails, ours can go)", () => {
  const { stream } = openStock();
  expect(() => stream.answer(piece('whose?'), 'never asked')).toThrow('cb is not a function');
});
