/**
 * The worker's control loop (Fn API, service BeamFnControl): takes instructions from the runner, and answers each.
 *
 * Stands in for apache-beam's worker/worker.js (class Worker), which answers instructions it does not know with an error,
 * ends the process on an error of the control channel, logs every request, and never clears its counters.
 */
import { setTimeout } from 'node:timers/promises';
import '../sdk.js';
import * as grpc from '@grpc/grpc-js';
import type { InstructionRequest, InstructionResponse, ProcessBundleDescriptor } from 'apache-beam/proto/beam_fn_api';
import { BeamFnControlClient } from 'apache-beam/proto/beam_fn_api.grpc-client';
import { PublicError, describeError, framesOf } from '../../errors.js';
import { createBundles, type Bundles } from './bundles.js';
import { channelOptions } from '../fn-api/grpc-options.js';

type Response = InstructionResponse['response'];

export interface WorkerLog {
  info(details: object, message: string): void;
  error(details: object, message: string): void;
}

export interface Worker {
  /** Resolves with the reason when the runner has gone or the worker was stopped. */
  readonly ended: Promise<string>;
  /** Resolves with the first instruction. */
  readonly used: Promise<void>;
  /**
   * Lets the bundles under way finish, for at most `graceMillis`, fails those that have not, and leaves. May be called
   * again.
   */
  stop(graceMillis: number): Promise<void>;
  /** Fails the bundles under way and all that come, so that the runner begins the job anew. */
  fail(reason: string): void;
  /** What is kept of bundles: for tests of the bookkeeping. */
  readonly kept: Bundles['kept'] & { instructions: number };
}

/** How long the runner may take to read the last answers and outputs. */
const flushMillis = 2_000;
const isBeingStopped = 'this worker is being stopped';

export interface WorkerOptions {
  /** The largest gRPC message that the runner may send, and be sent. */
  readonly maxMessageBytes: number;
  /** How long the runner may take to answer at first, in ms. */
  readonly connectMillis?: number;
}

/**
 * Connects to the runner's control endpoint, within `connectMillis`, and works until one side ends. Never throws: see
 * `ended`.
 */
export function startWorker(
  workerId: string,
  controlEndpoint: string,
  log: WorkerLog,
  { maxMessageBytes, connectMillis = 10_000 }: WorkerOptions,
): Worker {
  const metadata = new grpc.Metadata();
  metadata.add('worker_id', workerId);
  const options = channelOptions(maxMessageBytes);
  const client = new BeamFnControlClient(controlEndpoint, grpc.ChannelCredentials.createInsecure(), options, {});
  const control = client.control(metadata) as unknown as grpc.ClientDuplexStream<
    InstructionResponse,
    InstructionRequest
  >;
  /** The instructions under way, each with its end. */
  const underWay = new Map<string, Promise<void>>();
  let stopping: Promise<void> | undefined;
  let failure: string | undefined;

  let resolveEnded: (reason: string) => void;
  const ended = new Promise<string>((resolve) => (resolveEnded = resolve));
  const end = (reason: string) => {
    // A worker that is being stopped ends when it has left.
    if (!stopping) resolveEnded(reason);
  };
  const bundles = createBundles({ workerId, maxMessageBytes, fetchDescriptor, onChannelFailure: end });
  client.waitForReady(Date.now() + connectMillis, (error) => {
    if (error) end(`control channel: no connection to ${controlEndpoint} within ${connectMillis / 1000} s`);
  });
  const controlEnded = new Promise<void>((resolve) => {
    control.on('error', (error) => resolve(end(`control channel: ${error.message}`)));
    control.on('end', () => resolve(end('the runner closed the control channel')));
  });
  const used = new Promise<void>((resolve) => control.once('data', () => resolve()));
  control.on('data', (request: InstructionRequest) => underWay.set(request.instructionId, answer(request)));

  async function answer(request: InstructionRequest): Promise<void> {
    const { instructionId } = request;
    try {
      const response = await handle(request);
      respond(instructionId, '', response);
    } catch (error) {
      const text = [describeError(error), ...framesOf((error as Error | null)?.cause ?? error)].join('\n');
      if (respond(instructionId, text, { oneofKind: undefined })) {
        log.error({ instruction: request.request.oneofKind, error: text }, 'instruction failed');
      }
    }
  }

  /** Answers an instruction, and says whether it had no answer yet. */
  function respond(instructionId: string, error: string, response: Response): boolean {
    if (!underWay.delete(instructionId)) return false;
    control.write({ instructionId, error, response });
    return true;
  }

  async function handle({ instructionId, request }: InstructionRequest): Promise<Response> {
    // At the end of this tick, so that the instruction is under way before it is answered.
    await Promise.resolve();
    switch (request.oneofKind) {
      case 'processBundle': {
        if (stopping) throw new PublicError(isBeingStopped);
        const { processBundleDescriptorId: descriptorId } = request.processBundle;
        const processBundle = await bundles.process(instructionId, descriptorId, failure);
        return { oneofKind: 'processBundle', processBundle };
      }
      case 'processBundleProgress': {
        const processBundleProgress = bundles.progress(request.processBundleProgress.instructionId);
        return { oneofKind: 'processBundleProgress', processBundleProgress };
      }
      case 'processBundleSplit':
        return { oneofKind: 'processBundleSplit', processBundleSplit: bundles.split(request.processBundleSplit) };
      case 'finalizeBundle':
        // No DoFn here asks for finalization; the runner may still say it.
        return { oneofKind: 'finalizeBundle', finalizeBundle: {} };
      case 'monitoringInfos': {
        const monitoringInfos = bundles.monitoringInfos(request.monitoringInfos.monitoringInfoId);
        return { oneofKind: 'monitoringInfos', monitoringInfos };
      }
      case 'harnessMonitoringInfos':
        return { oneofKind: 'harnessMonitoringInfos', harnessMonitoringInfos: { monitoringData: {} } };
      case 'register':
        bundles.register(request.register.processBundleDescriptor);
        return { oneofKind: 'register', register: {} };
      default:
        // Newer runners have more of them (`sampleData`), and send those to workers that say they can; this one does not.
        throw new PublicError('this worker does not know the instruction');
    }
  }

  function fetchDescriptor(id: string): Promise<ProcessBundleDescriptor> {
    return new Promise((resolve, reject) => {
      client.getProcessBundleDescriptor(
        { processBundleDescriptorId: id },
        metadata,
        (error: grpc.ServiceError | null, value?: ProcessBundleDescriptor) =>
          value ? resolve(value) : reject(error ?? new Error(`no descriptor ${id}`)),
      );
    });
  }

  function failUnderWay(reason: string): void {
    for (const instructionId of underWay.keys()) respond(instructionId, reason, { oneofKind: undefined });
  }

  async function leave(graceMillis: number): Promise<void> {
    await Promise.race([
      Promise.all(underWay.values()),
      controlEnded,
      setTimeout(graceMillis, undefined, { ref: false }),
    ]);
    failUnderWay(isBeingStopped);
    // The runner has read answers and outputs when it ends its sides, too. Leaving at once may lose what gRPC still holds, and
    // what TCP takes back when it resets.
    control.end();
    await Promise.race([
      Promise.all([controlEnded, bundles.close()]),
      setTimeout(flushMillis, undefined, { ref: false }),
    ]);
    client.close();
    resolveEnded('stopped');
  }

  return {
    ended,
    used,
    stop: (graceMillis) => (stopping ??= leave(graceMillis)),
    fail(reason) {
      failure = reason;
      failUnderWay(reason);
    },
    get kept() {
      return { ...bundles.kept, instructions: underWay.size };
    },
  };
}
