/** What a runner tells and sends a worker: descriptors of bundles, chunks of elements, and the counters in answers. */
import { Context } from 'apache-beam/coders/coders';
import {
  BytesCoder,
  FullWindowedValueCoder,
  GlobalWindowCoder,
  PaneInfoCoder,
} from 'apache-beam/coders/required_coders';
import { Pipeline } from 'apache-beam/internal/pipeline';
import { ProcessBundleDescriptor, RemoteGrpcPort, type ProcessBundleResponse } from 'apache-beam/proto/beam_fn_api';
import { PTransform } from 'apache-beam/proto/beam_runner_api';
import { Root, type PCollection } from 'apache-beam/pvalue';
import { impulse } from 'apache-beam/transforms/internal';
import { GlobalWindow } from 'apache-beam/values';
import Long from 'long';
import { batchParDo } from '../../beam/operators/batch-par-do.js';
import { flatMap } from '../../beam/operators/plain-functions.js';
import { Reader, Writer } from '../../beam/sdk.js';

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

export function decodeChunk(chunk: Uint8Array): Uint8Array[] {
  const reader = new Reader(chunk);
  const values: Uint8Array[] = [];
  while (reader.pos < reader.len) {
    values.push(new Uint8Array(windowedBytes.decode(reader, Context.needsDelimiters).value));
  }
  return values;
}

/** The counters in an answer: element counts under the PCollection's name, a stage's own as `stage_counter`. */
export function countersOf(
  response: Pick<ProcessBundleResponse, 'monitoringInfos'> | undefined,
): Record<string, number> {
  const counters = response!.monitoringInfos.map(({ labels, payload }) => [
    labels['PCOLLECTION'] ?? `${labels['NAMESPACE']}_${labels['NAME']}`,
    new Reader(payload).int32(),
  ]);
  return Object.fromEntries(counters) as Record<string, number>;
}

/** The transform named `name` that `apply` adds, as it stands in a pipeline. */
function transformOf(name: string, apply: (input: PCollection<unknown>) => unknown): PTransform {
  const pipeline = new Pipeline();
  apply(new Root(pipeline).apply(impulse()));
  const transforms = Object.values(pipeline.getProto().components!.transforms);
  return transforms.find(({ uniqueName }) => uniqueName === name)!;
}

/** A bundle that applies the batch function of this name. The descriptor's id is the name, too. */
export function batchDescriptor(functionName: string, endpoint: string, maxBatchSize = 500): ProcessBundleDescriptor {
  const transform = transformOf('Batch', (input) =>
    input.apply(batchParDo('Batch', functionName, {}, { maxBatchSize, maxConcurrency: 2 })),
  );
  return descriptorOf(functionName, endpoint, transform);
}

/**
 * A bundle with a DoFn that makes any number of elements of one. `fn` must be registered with requireForSerialization; its
 * name is the descriptor's id.
 */
export function flatMapDescriptor(
  fn: (value: Uint8Array) => Iterable<Uint8Array>,
  endpoint: string,
): ProcessBundleDescriptor {
  const transform = transformOf(`flatMap(${fn.name})`, (input) => input.apply(flatMap(fn as never)));
  return descriptorOf(fn.name, endpoint, transform);
}

/** Source → transform → sink, of bytes. */
export function descriptorOf(id: string, endpoint: string, transform: PTransform): ProcessBundleDescriptor {
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
    stateApiServiceDescriptor: { url: endpoint },
    transforms: {
      source: PTransform.create({
        uniqueName: 'source',
        spec: { urn: 'beam:runner:source:v1', payload },
        outputs: { out: 'read' },
      }),
      transform: PTransform.create({ ...transform, inputs: { in: 'read' }, outputs: { out: 'written' } }),
      sink: PTransform.create({
        uniqueName: 'sink',
        spec: { urn: 'beam:runner:sink:v1', payload },
        inputs: { in: 'written' },
      }),
    },
    pcollections: { read: pcollection, written: pcollection },
    coders: {
      bytes: coder('beam:coder:bytes:v1'),
      window: coder('beam:coder:global_window:v1'),
      windowed: coder('beam:coder:windowed_value:v1', ['bytes', 'window']),
    },
  });
}
