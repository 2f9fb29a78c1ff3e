/**
 * The worker's control loop (Fn API, service BeamFnControl): takes instructions from the runner, runs bundles with the
 * SDK's BundleProcessor over our data channel, and answers every instruction.
 *
 * Stands in for apache-beam's worker/worker.js (class Worker), which answers instructions it does not know with an error,
 * ends the process on an error of the control channel, logs every request, and never clears its counters.
 */
import { setTimeout } from 'node:timers/promises';
import './sdk.js';
import * as grpc from '@grpc/grpc-js';
import type { InstructionRequest, InstructionResponse, ProcessBundleDescriptor } from 'apache-beam/proto/beam_fn_api';
import { BeamFnControlClient } from 'apache-beam/proto/beam_fn_api.grpc-client';
import { MetricsShortIdCache, type MetricsContainer } from 'apache-beam/worker/metrics';
import { MultiplexingStateChannel } from 'apache-beam/worker/state';
import { BundleProcessor } from 'apache-beam/worker/worker';
import { withBatchOperators } from './batch-par-do.js';
import { openDataChannel, type OrderedDataChannel } from './data-channel.js';
import { channelOptions } from './grpc-options.js';
import { observeBundleEnd, observeBundleStart } from './worker-metrics.js';

type Response = InstructionResponse['response'];

export interface WorkerLog {
  info(details: object, message: string): void;
  error(details: object, message: string): void;
}

export interface Worker {
  /** Resolves with the reason when the runner has gone or the worker was stopped. */
  readonly ended: Promise<string>;
  /** Lets the bundles under way finish, for at most `graceMillis`, and leaves. May be called again. */
  stop(graceMillis: number): Promise<void>;
}

/** Connects to the runner's control endpoint and works until one side ends. Never throws: see `ended`. */
export function startWorker(workerId: string, controlEndpoint: string, log: WorkerLog): Worker {
  const metadata = new grpc.Metadata();
  metadata.add('worker_id', workerId);
  const client = new BeamFnControlClient(controlEndpoint, grpc.ChannelCredentials.createInsecure(), channelOptions, {});
  const control = client.control(metadata) as unknown as grpc.ClientDuplexStream<
    InstructionResponse,
    InstructionRequest
  >;
  const descriptors = new Map<string, Promise<ProcessBundleDescriptor>>();
  const idleProcessors = new Map<string, BundleProcessor[]>();
  const activeProcessors = new Map<string, BundleProcessor>();
  const dataChannels = new Map<string, OrderedDataChannel>();
  const stateChannels = new Map<string, MultiplexingStateChannel>();
  const shortIds = new MetricsShortIdCache();
  const underWay = new Set<Promise<void>>();
  let stopping: Promise<void> | undefined;

  let end: (reason: string) => void;
  const ended = new Promise<string>((resolve) => (end = resolve));
  control.on('error', (error) => end(`control channel: ${error.message}`));
  control.on('end', () => end('the runner closed the control channel'));
  control.on('data', (request: InstructionRequest) => {
    const answered = answer(request).finally(() => underWay.delete(answered));
    underWay.add(answered);
  });

  async function answer(request: InstructionRequest): Promise<void> {
    let response: Response = { oneofKind: undefined };
    let error = '';
    try {
      response = await handle(request);
    } catch (cause) {
      error = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
      log.error({ instruction: request.request.oneofKind, error }, 'instruction failed');
    }
    control.write({ instructionId: request.instructionId, error, response });
  }

  async function handle({ instructionId, request }: InstructionRequest): Promise<Response> {
    switch (request.oneofKind) {
      case 'processBundle': {
        if (stopping) throw new Error('this worker is being stopped');
        const processBundle = await processBundleOf(instructionId, request.processBundle.processBundleDescriptorId);
        return { oneofKind: 'processBundle', processBundle };
      }
      case 'processBundleProgress': {
        const processor = activeProcessors.get(request.processBundleProgress.instructionId);
        const metrics = processor ? monitoring(processor) : { monitoringInfos: [], monitoringData: {} };
        return { oneofKind: 'processBundleProgress', processBundleProgress: metrics };
      }
      case 'processBundleSplit': {
        const processor = activeProcessors.get(request.processBundleSplit.instructionId);
        const processBundleSplit = processor
          ? processor.split(request.processBundleSplit)
          : { primaryRoots: [], residualRoots: [], channelSplits: [] };
        return { oneofKind: 'processBundleSplit', processBundleSplit };
      }
      case 'finalizeBundle':
        // No DoFn here asks for finalization; the runner may still say it.
        return { oneofKind: 'finalizeBundle', finalizeBundle: {} };
      case 'monitoringInfos':
        return {
          oneofKind: 'monitoringInfos',
          monitoringInfos: {
            monitoringInfo: Object.fromEntries(
              request.monitoringInfos.monitoringInfoId
                .map((id) => [id, shortIds.asMonitoringInfo(id)] as const)
                .filter(([, info]) => info),
            ),
          },
        };
      case 'harnessMonitoringInfos':
        return { oneofKind: 'harnessMonitoringInfos', harnessMonitoringInfos: { monitoringData: {} } };
      case 'register':
        for (const descriptor of request.register.processBundleDescriptor) {
          descriptors.set(descriptor.id, Promise.resolve(prepared(descriptor)));
        }
        return { oneofKind: 'register', register: {} };
      default:
        throw new Error(`this worker does not know the instruction "${String(request.oneofKind)}"`);
    }
  }

  async function processBundleOf(instructionId: string, descriptorId: string) {
    observeBundleStart();
    try {
      const processor = idleProcessors.get(descriptorId)?.pop() ?? (await newProcessor(descriptorId));
      activeProcessors.set(instructionId, processor);
      await processor.process(instructionId);
      const metrics = monitoring(processor);
      clearCounters(processor.metricsContainer);
      idleProcessors.set(descriptorId, [...(idleProcessors.get(descriptorId) ?? []), processor]);
      observeBundleEnd('finished');
      return { residualRoots: [], requiresFinalization: false, ...metrics };
    } catch (error) {
      // Its processor is in an unknown state, and is not used again.
      for (const dataChannel of dataChannels.values()) dataChannel.discardBundle(instructionId);
      observeBundleEnd('failed');
      throw error;
    } finally {
      activeProcessors.delete(instructionId);
    }
  }

  async function newProcessor(descriptorId: string): Promise<BundleProcessor> {
    let descriptor = descriptors.get(descriptorId);
    if (!descriptor) {
      descriptor = new Promise((resolve, reject) => {
        client.getProcessBundleDescriptor(
          { processBundleDescriptorId: descriptorId },
          metadata,
          (error: grpc.ServiceError | null, value?: ProcessBundleDescriptor) =>
            value ? resolve(prepared(value)) : reject(error ?? new Error(`no descriptor ${descriptorId}`)),
        );
      });
      descriptors.set(descriptorId, descriptor);
      descriptor.catch(() => descriptors.delete(descriptorId));
    }
    return new BundleProcessor(
      await descriptor,
      ((endpoint: string) => channel(dataChannels, endpoint, openDataOf)) as never,
      ((endpoint: string) =>
        channel(stateChannels, endpoint, (url, id) => new MultiplexingStateChannel(url, id))) as never,
    );
  }

  /** Operators hold on to their data channel, so that a worker whose channel broke is of no use any more. */
  function openDataOf(endpoint: string, id: string): OrderedDataChannel {
    return openDataChannel(endpoint, id, (error) => end(`data channel: ${error.message}`));
  }

  function channel<T>(open: Map<string, T>, endpoint: string, connect: (endpoint: string, workerId: string) => T): T {
    let existing = open.get(endpoint);
    if (!existing) {
      existing = connect(endpoint, workerId);
      open.set(endpoint, existing);
    }
    return existing;
  }

  function monitoring(processor: BundleProcessor) {
    const data = [...processor.monitoringData(shortIds)];
    return {
      monitoringInfos: data.map(([id, payload]) => shortIds.asMonitoringInfo(id, payload)),
      monitoringData: Object.fromEntries(data),
    };
  }

  async function leave(graceMillis: number): Promise<void> {
    const tooLate = setTimeout(graceMillis, undefined, { ref: false });
    await Promise.race([Promise.all(underWay), tooLate]);
    end('stopped');
    for (const open of [...dataChannels.values(), ...stateChannels.values()]) open.close();
    control.end();
    client.close();
  }

  return { ended, stop: (graceMillis) => (stopping ??= leave(graceMillis)) };
}

function prepared(descriptor: ProcessBundleDescriptor): ProcessBundleDescriptor {
  withBatchOperators(descriptor.transforms);
  return descriptor;
}

/** The SDK marks its counters as unset between bundles, but keeps their values, so that they count twice. */
function clearCounters(container: MetricsContainer): void {
  const { metrics } = container as unknown as { metrics: Map<string, { value: { reset(): void } }> };
  for (const cell of metrics.values()) cell.value.reset();
}
