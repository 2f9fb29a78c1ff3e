/** A runner's end of the Fn API, played by a test: control and data channel of one worker, on a free port. */
import '../../beam/sdk.js';
import { createRequire } from 'node:module';
import * as grpc from '@grpc/grpc-js';
import { Context, type Coder } from 'apache-beam/coders/coders';
import {
  BytesCoder,
  FullWindowedValueCoder,
  GlobalWindowCoder,
  PaneInfoCoder,
} from 'apache-beam/coders/required_coders';
import { Pipeline } from 'apache-beam/internal/pipeline';
import {
  ProcessBundleDescriptor,
  RemoteGrpcPort,
  type Elements,
  type InstructionRequest,
  type InstructionResponse,
  type ProcessBundleResponse,
} from 'apache-beam/proto/beam_fn_api';
import { beamFnControlDefinition, beamFnDataDefinition } from 'apache-beam/proto/beam_fn_api.grpc-server';
import { PTransform } from 'apache-beam/proto/beam_runner_api';
import { Root } from 'apache-beam/pvalue';
import { impulse } from 'apache-beam/transforms/internal';
import { GlobalWindow } from 'apache-beam/values';
import Long from 'long';
import { batchParDo } from '../../beam/batch-par-do.js';
import { channelOptions } from '../../beam/grpc-options.js';

const { Reader, Writer } = createRequire(createRequire(import.meta.url).resolve('apache-beam'))('protobufjs') as {
  Reader: new (bytes: Uint8Array) => Parameters<Coder<unknown>['decode']>[0];
  Writer: new () => Parameters<Coder<unknown>['encode']>[1] & { finish(): Uint8Array };
};

const windowedBytes = new FullWindowedValueCoder<Uint8Array, GlobalWindow>(
  new BytesCoder(),
  GlobalWindowCoder.INSTANCE,
);

/** One chunk of a bundle, as a runner writes it. */
export function encodeChunk(values: readonly Uint8Array[]): Uint8Array {
  const writer = new Writer();
  for (const value of values) {
    const windowed = {
      value,
      windows: [new GlobalWindow()],
      timestamp: Long.ZERO,
      pane: PaneInfoCoder.ONE_AND_ONLY_FIRING,
    };
    windowedBytes.encode(windowed as never, writer, Context.needsDelimiters);
  }
  return writer.finish();
}

function decodeChunk(chunk: Uint8Array): Uint8Array[] {
  const reader = new Reader(chunk);
  const values: Uint8Array[] = [];
  while (reader.pos < reader.len) {
    values.push(new Uint8Array(windowedBytes.decode(reader, Context.needsDelimiters).value));
  }
  return values;
}

/** The counters in an answer: element counts under the PCollection's name, a stage's own under theirs. */
export function countersOf(
  response: Pick<ProcessBundleResponse, 'monitoringInfos'> | undefined,
): Record<string, number> {
  const counters = response!.monitoringInfos.map(({ labels, payload }) => [
    labels['NAME'] ?? labels['PCOLLECTION'],
    new Reader(payload).int32(),
  ]);
  return Object.fromEntries(counters) as Record<string, number>;
}

/** The transform as it stands in a pipeline. */
async function batchTransform(functionName: string, maxBatchSize: number): Promise<PTransform> {
  const pipeline = new Pipeline();
  new Root(pipeline).apply(impulse()).apply(batchParDo('Batch', functionName, {}, { maxBatchSize, maxConcurrency: 2 }));
  const transforms = Object.values(pipeline.getProto().components!.transforms);
  return transforms.find(({ uniqueName }) => uniqueName === 'Batch')!;
}

export interface FakeRunner {
  readonly endpoint: string;
  /** Descriptors by id, for the worker to ask for. */
  readonly descriptors: Map<string, ProcessBundleDescriptor>;
  /** Source → batch function → sink, under the function's name. */
  addDescriptor(functionName: string, maxBatchSize?: number): Promise<ProcessBundleDescriptor>;
  /** Resolves when a worker has opened its control channel. */
  readonly connected: Promise<void>;
  instruct(request: InstructionRequest['request'], instructionId?: string): Promise<InstructionResponse>;
  /** Sends a message on the data channel, once the worker has opened it. */
  sendData(bundleId: string, data: Uint8Array, isLast: boolean): Promise<void>;
  /** Runs a whole bundle: the instruction, its chunks, the answer, and what came out. */
  runBundle(bundleId: string, descriptorId: string, chunks: readonly Uint8Array[]): Promise<BundleOutcome>;
  /** Ends the control channel well, as a runner that has finished does. */
  endControl(): void;
  endData(): Promise<void>;
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

export async function startFakeRunner(): Promise<FakeRunner> {
  type Control = grpc.ServerDuplexStream<InstructionResponse, InstructionRequest>;
  type Data = grpc.ServerDuplexStream<Elements, Elements>;
  let openControl: (control: Control) => void;
  const control = new Promise<Control>((resolve) => (openControl = resolve));
  let openData: (data: Data) => void;
  const data = new Promise<Data>((resolve) => (openData = resolve));
  const descriptors = new Map<string, ProcessBundleDescriptor>();
  const answers = new Map<string, (response: InstructionResponse) => void>();
  const outputs = new Map<string, { chunks: Uint8Array[]; isComplete: boolean }>();
  let lastInstruction = 0;

  const server = new grpc.Server(channelOptions);
  server.addService(beamFnControlDefinition, {
    control(call: Control) {
      call.on('data', (response) => answers.get(response.instructionId)?.(response));
      call.on('error', () => undefined);
      call.on('end', () => call.end());
      openControl(call);
    },
    getProcessBundleDescriptor(
      call: grpc.ServerUnaryCall<{ processBundleDescriptorId: string }, ProcessBundleDescriptor>,
      reply: grpc.sendUnaryData<ProcessBundleDescriptor>,
    ) {
      const descriptor = descriptors.get(call.request.processBundleDescriptorId);
      reply(descriptor ? null : { code: grpc.status.NOT_FOUND, details: 'no such descriptor' }, descriptor);
    },
  });
  server.addService(beamFnDataDefinition, {
    data(call: Data) {
      call.on('data', (elements) => {
        for (const { instructionId, data, isLast } of elements.data) {
          const output = outputs.get(instructionId);
          if (data.length > 0) output?.chunks.push(data);
          if (output && isLast) output.isComplete = true;
        }
      });
      call.on('error', () => undefined);
      call.on('end', () => call.end());
      openData(call);
    },
  });
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  const endpoint = `127.0.0.1:${port}`;

  async function instruct(request: InstructionRequest['request'], instructionId = `i${++lastInstruction}`) {
    const call = await control;
    return new Promise<InstructionResponse>((resolve) => {
      answers.set(instructionId, resolve);
      call.write({ instructionId, request });
    });
  }

  async function sendData(bundleId: string, bytes: Uint8Array, isLast: boolean) {
    const call = await data;
    call.write({ data: [{ instructionId: bundleId, transformId: 'source', data: bytes, isLast }], timers: [] });
  }

  return {
    endpoint,
    descriptors,
    connected: control.then(() => undefined),
    instruct,
    sendData,
    async addDescriptor(functionName, maxBatchSize = 500) {
      const descriptor = copyDescriptor(functionName, endpoint, await batchTransform(functionName, maxBatchSize));
      descriptors.set(descriptor.id, descriptor);
      return descriptor;
    },
    async runBundle(bundleId, descriptorId, chunks) {
      const output = { chunks: [] as Uint8Array[], isComplete: false };
      outputs.set(bundleId, output);
      const answer = instruct(
        {
          oneofKind: 'processBundle',
          processBundle: { processBundleDescriptorId: descriptorId, cacheTokens: [] },
        } as InstructionRequest['request'],
        bundleId,
      );
      for (const chunk of chunks) void sendData(bundleId, chunk, false);
      void sendData(bundleId, new Uint8Array(), true);
      const { error, response } = await answer;
      // Control and data are two streams: the outputs may come after the answer.
      while (!error && !output.isComplete) await new Promise((resolve) => setImmediate(resolve));
      return {
        error,
        response: response.oneofKind === 'processBundle' ? response.processBundle : undefined,
        outputs: output.chunks.flatMap(decodeChunk),
        isComplete: output.isComplete,
      };
    },
    endControl: () => void control.then((call) => call.end()),
    async endData() {
      (await data).end();
    },
    kill: () => server.forceShutdown(),
  };
}

function copyDescriptor(id: string, endpoint: string, batch: PTransform): ProcessBundleDescriptor {
  const payload = RemoteGrpcPort.toBinary({
    apiServiceDescriptor: { url: endpoint, authentication: undefined },
    coderId: 'windowed',
  } as RemoteGrpcPort);
  const coder = (urn: string, componentCoderIds: string[] = []) => ({
    spec: { urn, payload: new Uint8Array() },
    componentCoderIds,
  });
  const pcollection = { uniqueName: '', coderId: 'bytes', windowingStrategyId: 'global', isBounded: 1 };
  return ProcessBundleDescriptor.create({
    id,
    transforms: {
      source: PTransform.create({
        uniqueName: 'source',
        spec: { urn: 'beam:runner:source:v1', payload },
        outputs: { out: 'read' },
      }),
      batch: PTransform.create({ ...batch, inputs: { in: 'read' }, outputs: { out: 'batched' } }),
      sink: PTransform.create({
        uniqueName: 'sink',
        spec: { urn: 'beam:runner:sink:v1', payload },
        inputs: { in: 'batched' },
      }),
    },
    pcollections: { read: pcollection, batched: pcollection },
    coders: {
      bytes: coder('beam:coder:bytes:v1'),
      window: coder('beam:coder:global_window:v1'),
      windowed: coder('beam:coder:windowed_value:v1', ['bytes', 'window']),
    },
  });
}
