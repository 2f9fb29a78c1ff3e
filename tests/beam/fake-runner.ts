/** A runner's end of the Fn API, played by a test: control, data and state channel of one worker, on a free port. */
import '../../beam/sdk.js';
import type { Writable } from 'node:stream';
import * as grpc from '@grpc/grpc-js';
import type {
  Elements,
  InstructionRequest,
  InstructionResponse,
  ProcessBundleDescriptor,
  ProcessBundleResponse,
  StateRequest,
  StateResponse,
} from 'apache-beam/proto/beam_fn_api';
import {
  beamFnControlDefinition,
  beamFnDataDefinition,
  beamFnStateDefinition,
} from 'apache-beam/proto/beam_fn_api.grpc-server';
import { channelOptions } from '../../beam/fn-api/grpc-options.js';
import { batchDescriptor, decodeChunk } from './descriptors.js';

/** What the tests' workers and runners take as one message, bytes. */
export const maxMessageBytes = 64 * 2 ** 20;

type Control = grpc.ServerDuplexStream<InstructionResponse, InstructionRequest>;
type Data = grpc.ServerDuplexStream<Elements, Elements>;
type State = grpc.ServerDuplexStream<StateRequest, StateResponse>;
type ChannelName = 'control' | 'data' | 'state';

export interface FakeRunner {
  readonly endpoint: string;
  /** Descriptors by id, for the worker to ask for. */
  readonly descriptors: Map<string, ProcessBundleDescriptor>;
  /** Source → batch function → sink, under the function's name. */
  addDescriptor(functionName: string, maxBatchSize?: number): ProcessBundleDescriptor;
  /** Resolves when a worker has opened its control channel. */
  readonly connected: Promise<void>;
  instruct(request: InstructionRequest['request'], instructionId?: string): Promise<InstructionResponse>;
  /** The answer to an instruction that is sent in its encoded form. */
  answerTo(instructionId: string): Promise<InstructionResponse>;
  /** Starts a bundle, whose data are to be sent: its answer, and what came out. */
  openBundle(bundleId: string, descriptorId: string): Promise<BundleOutcome>;
  /** Sends a message on the data channel, once the worker has opened it. Resolves when flow control has let it go. */
  sendData(bundleId: string, data: Uint8Array, isLast: boolean): Promise<void>;
  /** Runs a whole bundle: the instruction, its chunks, the answer, and what came out. */
  runBundle(bundleId: string, descriptorId: string, chunks: readonly Uint8Array[]): Promise<BundleOutcome>;
  /** Takes no more outputs from the worker until the answer is called. */
  pauseOutputs(): Promise<() => void>;
  /** Sends bytes that are no message. */
  sendGarbage(channel: ChannelName): Promise<void>;
  /** Sends a message in its encoded form. */
  sendRaw(channel: ChannelName, message: Uint8Array): Promise<void>;
  /** Resolves when the worker has ended its control channel; the answer to that is sent. */
  readonly controlEnded: Promise<void>;
  /** Ends a channel well, as a runner that has finished does. */
  end(channel: ChannelName): Promise<void>;
  /** Ends a channel with a status, as a runner does that cancels or fails. */
  fail(channel: ChannelName, code: grpc.status): Promise<void>;
  /** Breaks all channels off, as a runner that was killed does. */
  kill(): void;
}

export interface BundleOutcome {
  readonly error: string;
  readonly response: ProcessBundleResponse | undefined;
  readonly outputs: Uint8Array[];
  /** Whether the worker said that the outputs are complete, before it answered. */
  readonly isComplete: boolean;
}

/** The definition of a streaming method, but a Buffer is sent as it is. */
function withRawMessages<T extends grpc.MethodDefinition<unknown, unknown>>(method: T): T {
  const { responseSerialize } = method;
  const serialize = (message: unknown) => (Buffer.isBuffer(message) ? message : responseSerialize(message));
  return { ...method, responseSerialize: serialize };
}

/** `answerState` plays the runner's state; without it, no request for state is answered. */
export async function startFakeRunner(
  answerState: (request: StateRequest) => Partial<StateResponse> | undefined = () => undefined,
): Promise<FakeRunner> {
  const opened = { control: promise<Control>(), data: promise<Data>(), state: promise<State>() };
  const descriptors = new Map<string, ProcessBundleDescriptor>();
  const answers = new Map<string, (response: InstructionResponse) => void>();
  const outputs = new Map<string, { chunks: Uint8Array[]; isComplete: boolean }>();
  const controlEnded = promise<void>();
  let lastInstruction = 0;
  let hasDataEnded = false;

  const server = new grpc.Server(channelOptions(maxMessageBytes));
  server.addService(
    { ...beamFnControlDefinition, control: withRawMessages(beamFnControlDefinition['control']) } as never,
    {
      control(call: Control) {
        call.on('data', (response) => {
          answers.get(response.instructionId)?.(response);
          answers.delete(response.instructionId);
        });
        call.on('error', () => undefined);
        call.on('end', () => {
          controlEnded.resolve();
          call.end();
        });
        opened.control.resolve(call);
      },
      getProcessBundleDescriptor(
        call: grpc.ServerUnaryCall<{ processBundleDescriptorId: string }, ProcessBundleDescriptor>,
        reply: grpc.sendUnaryData<ProcessBundleDescriptor>,
      ) {
        const descriptor = descriptors.get(call.request.processBundleDescriptorId);
        reply(descriptor ? null : { code: grpc.status.NOT_FOUND, details: 'no such descriptor' }, descriptor);
      },
    },
  );
  server.addService({ data: withRawMessages(beamFnDataDefinition['data']) } as never, {
    data(call: Data) {
      call.on('data', (elements) => {
        for (const { instructionId, data, isLast } of elements.data) {
          const output = outputs.get(instructionId);
          if (data.length > 0) output?.chunks.push(data);
          if (output && isLast) output.isComplete = true;
        }
      });
      call.on('error', () => undefined);
      call.on('end', () => {
        hasDataEnded = true;
        call.end();
      });
      opened.data.resolve(call);
    },
  });
  server.addService({ state: withRawMessages(beamFnStateDefinition['state']) } as never, {
    state(call: State) {
      call.on('data', (request) => {
        const answer = answerState(request);
        if (answer) call.write({ error: '', response: { oneofKind: undefined }, id: request.id, ...answer });
      });
      call.on('error', () => undefined);
      call.on('end', () => call.end());
      opened.state.resolve(call);
    },
  });
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  const endpoint = `127.0.0.1:${port}`;

  const answerTo = (instructionId: string) =>
    new Promise<InstructionResponse>((resolve) => answers.set(instructionId, resolve));

  async function instruct(request: InstructionRequest['request'], instructionId = `i${++lastInstruction}`) {
    const call = await opened.control.promise;
    call.write({ instructionId, request });
    return answerTo(instructionId);
  }

  async function openBundle(bundleId: string, processBundleDescriptorId: string): Promise<BundleOutcome> {
    const output = { chunks: [] as Uint8Array[], isComplete: false };
    outputs.set(bundleId, output);
    const { error, response } = await instruct(
      { oneofKind: 'processBundle', processBundle: { processBundleDescriptorId, cacheTokens: [] } } as never,
      bundleId,
    );
    // Control and data are two streams: the outputs may come after the answer.
    while (!error && !output.isComplete && !hasDataEnded) await new Promise((resolve) => setImmediate(resolve));
    outputs.delete(bundleId);
    return {
      error,
      response: response.oneofKind === 'processBundle' ? response.processBundle : undefined,
      outputs: output.chunks.flatMap(decodeChunk),
      isComplete: output.isComplete,
    };
  }

  async function sendData(bundleId: string, data: Uint8Array, isLast: boolean) {
    const call = await opened.data.promise;
    const elements = { data: [{ instructionId: bundleId, transformId: 'source', data, isLast }], timers: [] };
    await new Promise<void>((resolve) => call.write(elements, () => resolve()));
  }

  async function sendRaw(channel: ChannelName, message: Uint8Array) {
    const call: Writable = await opened[channel].promise;
    call.write(Buffer.from(message));
  }

  return {
    endpoint,
    descriptors,
    connected: opened.control.promise.then(() => undefined),
    instruct,
    answerTo,
    openBundle,
    sendData,
    addDescriptor(functionName, maxBatchSize) {
      const descriptor = batchDescriptor(functionName, endpoint, maxBatchSize);
      descriptors.set(descriptor.id, descriptor);
      return descriptor;
    },
    runBundle(bundleId, descriptorId, chunks) {
      const outcome = openBundle(bundleId, descriptorId);
      for (const chunk of chunks) void sendData(bundleId, chunk, false);
      void sendData(bundleId, new Uint8Array(), true);
      return outcome;
    },
    async pauseOutputs() {
      const call = await opened.data.promise;
      call.pause();
      return () => void call.resume();
    },
    sendRaw,
    sendGarbage: (channel) => sendRaw(channel, Uint8Array.of(0xff, 0xff, 0xff)),
    controlEnded: controlEnded.promise,
    async end(channel) {
      (await opened[channel].promise).end();
    },
    async fail(channel, code) {
      (await opened[channel].promise).emit(
        'error',
        Object.assign(new Error('given up'), { code, details: 'given up' }),
      );
    },
    kill: () => server.forceShutdown(),
  };
}

function promise<T>() {
  let resolve!: (value: T) => void;
  const opened = new Promise<T>((resolveOpened) => (resolve = resolveOpened));
  return { promise: opened, resolve };
}
