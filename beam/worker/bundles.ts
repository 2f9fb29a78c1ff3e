/** Runs the bundles of one worker: the SDK's BundleProcessor with our operators, over our data and state channels. */
import '../sdk.js';
import { RemoteGrpcPort } from 'apache-beam/proto/beam_fn_api';
import type {
  MonitoringInfosMetadataResponse,
  ProcessBundleDescriptor,
  ProcessBundleProgressResponse,
  ProcessBundleResponse,
  ProcessBundleSplitRequest,
  ProcessBundleSplitResponse,
} from 'apache-beam/proto/beam_fn_api';
import { MetricsShortIdCache, type MetricsContainer } from 'apache-beam/worker/metrics';
import { BundleProcessor } from 'apache-beam/worker/worker';
import { PublicError } from '../../errors.js';
import '../fn-api/message-readers.js';
import '../operators/batch-par-do.js';
import { bundleError } from '../operators/bundle-error.js';
import '../operators/combine.js';
import '../operators/fixed-windows.js';
import '../operators/bounded.js';
import '../operators/plain-functions.js';
import '../operators/registered-functions.js';
import { openDataChannel, type OrderedDataChannel } from '../fn-api/data-channel.js';
import { EndedBundles } from '../fn-api/ended-bundles.js';
import { withDoFnOperators } from '../operators/operator-urns.js';
import { withParDoOperators } from '../operators/par-do-operator.js';
import { withSinkOperators } from '../operators/sink-operator.js';
import { openStateChannel, type StateChannel } from '../fn-api/state-channel.js';
import { observeBundleEnd, observeBundleStart } from '../operators/worker-metrics.js';

export interface BundleOptions {
  readonly workerId: string;
  /** The largest gRPC message that the runner may send, and be sent. */
  readonly maxMessageBytes: number;
  /** Asks the runner for a descriptor by its id. */
  readonly fetchDescriptor: (id: string) => Promise<ProcessBundleDescriptor>;
  /** A data or state channel broke or ended. Operators hold on to theirs, so that the worker is of no use any more. */
  readonly onChannelFailure: (reason: string) => void;
}

export interface Bundles {
  register(descriptors: readonly ProcessBundleDescriptor[]): void;
  /**
   * Resolves when the bundle's outputs are handed to gRPC. Rejects with an error that shows nothing of the data, and with the refusal where there is one:
   * when the runner can hear of it.
   */
  process(bundleId: string, descriptorId: string, refusal?: string): Promise<ProcessBundleResponse>;
  /** Empty where the bundle is not under way (any more). */
  progress(bundleId: string): ProcessBundleProgressResponse;
  /** Gives back part of the bundle's input; nothing where the bundle is not under way. */
  split(request: ProcessBundleSplitRequest): ProcessBundleSplitResponse;
  /** The names of counters that were reported under short ids; ids that are not known are left out. */
  monitoringInfos(ids: readonly string[]): MonitoringInfosMetadataResponse;
  /** What is kept: for tests of the bookkeeping. */
  readonly kept: { active: number; idle: number; descriptors: number };
  /** Closes the channels. Resolves when the runner has read what was written, or has gone. */
  close(): Promise<void>;
}

/** Opens no connection until the first bundle needs it. */
export function createBundles({
  workerId,
  maxMessageBytes,
  fetchDescriptor,
  onChannelFailure,
}: BundleOptions): Bundles {
  const descriptors = new Map<string, Promise<ProcessBundleDescriptor>>();
  /** As many per descriptor as its bundles ever ran side by side. */
  const idle = new Map<string, BundleProcessor[]>();
  const active = new Map<string, BundleProcessor>();
  const dataChannels = new Map<string, OrderedDataChannel>();
  const stateChannels = new Map<string, StateChannel>();
  const endedBundles = new EndedBundles();
  const shortIds = new MetricsShortIdCache();

  function descriptorOf(id: string): Promise<ProcessBundleDescriptor> {
    let descriptor = descriptors.get(id);
    if (!descriptor) {
      descriptor = fetchDescriptor(id).then(prepared);
      descriptors.set(id, descriptor);
      descriptor.catch(() => descriptors.delete(id));
    }
    return descriptor;
  }

  const failed = (channel: string) => (error: Error) => onChannelFailure(`${channel}: ${error.message}`);
  const dataChannel = (endpoint: string) =>
    kept(dataChannels, endpoint, () =>
      openDataChannel(endpoint, workerId, maxMessageBytes, failed('data channel'), endedBundles),
    );
  const stateChannel = (endpoint: string) =>
    kept(stateChannels, endpoint, () => openStateChannel(endpoint, workerId, maxMessageBytes, failed('state channel')));

  async function processorOf(descriptorId: string): Promise<BundleProcessor> {
    const processor = idle.get(descriptorId)?.pop();
    if (processor) return processor;
    try {
      const descriptor = await descriptorOf(descriptorId);
      // Also for a bundle that cannot be set up, or is refused: before it has the channel, the runner hears of nothing (GrpcDataService in Beam's
      // runners-java-fn-execution waits for it for minutes).
      for (const endpoint of dataEndpoints(descriptor)) dataChannel(endpoint);
      return new BundleProcessor(descriptor, dataChannel as never, stateChannel as never);
    } catch (error) {
      // No data have come yet that a message could hold.
      throw new PublicError(`the bundle cannot be set up: ${(error as Error).message}`, { cause: error });
    }
  }

  function monitoring(processor: BundleProcessor) {
    const data = [...processor.monitoringData(shortIds)];
    return {
      monitoringInfos: data.map(([id, payload]) => shortIds.asMonitoringInfo(id, payload)),
      monitoringData: Object.fromEntries(data),
    };
  }

  async function process(bundleId: string, descriptorId: string, refusal?: string): Promise<ProcessBundleResponse> {
    observeBundleStart();
    try {
      const processor = await processorOf(descriptorId);
      if (refusal !== undefined) throw new PublicError(refusal);
      active.set(bundleId, processor);
      await processor.process(bundleId);
      const metrics = monitoring(processor);
      clearCounters(processor.metricsContainer);
      kept(idle, descriptorId, () => []).push(processor);
      observeBundleEnd('finished');
      return { residualRoots: [], requiresFinalization: false, ...metrics };
    } catch (error) {
      // Its processor is in an unknown state, and is not used again.
      observeBundleEnd('failed');
      throw error instanceof PublicError ? error : bundleError('the bundle', [], error);
    } finally {
      active.delete(bundleId);
      endedBundles.add(bundleId);
      for (const channel of [...dataChannels.values(), ...stateChannels.values()]) channel.endBundle(bundleId);
    }
  }

  return {
    register(added) {
      for (const descriptor of added) descriptors.set(descriptor.id, Promise.resolve(prepared(descriptor)));
    },
    process,
    progress(bundleId) {
      const processor = active.get(bundleId);
      return processor ? monitoring(processor) : { monitoringInfos: [], monitoringData: {} };
    },
    split(request) {
      const processor = active.get(request.instructionId);
      return processor?.split(request) ?? { primaryRoots: [], residualRoots: [], channelSplits: [] };
    },
    monitoringInfos(ids) {
      const infos = ids.map((id) => [id, shortIds.asMonitoringInfo(id)] as const).filter(([, info]) => info);
      return { monitoringInfo: Object.fromEntries(infos) };
    },
    get kept() {
      const idleProcessors = [...idle.values()].flat();
      return { active: active.size, idle: idleProcessors.length, descriptors: descriptors.size };
    },
    async close() {
      for (const channel of stateChannels.values()) channel.close();
      await Promise.all([...dataChannels.values()].map((channel) => channel.close()));
    },
  };
}

function kept<T>(map: Map<string, T>, key: string, make: () => T): T {
  const existing = map.get(key) ?? make();
  map.set(key, existing);
  return existing;
}

/** Where a bundle's elements come from. */
const dataEndpoints = ({ transforms }: ProcessBundleDescriptor): readonly string[] =>
  Object.values(transforms)
    .filter(({ spec }) => spec?.urn === 'beam:runner:source:v1')
    .flatMap(({ spec }) => RemoteGrpcPort.fromBinary(spec!.payload).apiServiceDescriptor?.url ?? []);

function prepared(descriptor: ProcessBundleDescriptor): ProcessBundleDescriptor {
  withDoFnOperators(descriptor.transforms);
  withParDoOperators(descriptor.transforms);
  withSinkOperators(descriptor.transforms);
  return descriptor;
}

/** The SDK marks its counters as unset between bundles, but keeps their values, so that they count twice. */
function clearCounters(container: MetricsContainer): void {
  for (const cell of container.metrics.values()) cell.value.reset();
}
