/**
 * The operator that sends a bundle's outputs to the runner, chunk by chunk, and waits while the runner takes no more.
 *
 * Stands in for DataSinkOperator of apache-beam's worker/operators.js, which takes a new buffer only after a chunk was
 * sent: an element that comes meanwhile sends the whole buffer again, or is thrown away with it.
 */
import { Context, type Coder } from 'apache-beam/coders/coders';
import { RemoteGrpcPort } from 'apache-beam/proto/beam_fn_api';
import type { PTransform } from 'apache-beam/proto/beam_runner_api';
import {
  NonPromise,
  registerOperator,
  type IOperator,
  type OperatorContext,
  type ProcessResult,
} from 'apache-beam/worker/operators';
import { primitiveSinks } from 'apache-beam/worker/worker';
import type { DataConsumer, OrderedDataChannel } from '../fn-api/data-channel.js';
import { Writer } from '../sdk.js';
import { substituteOperator } from './operator-urns.js';

const sinkUrn = 'beam:runner:sink:v1';
const operatorUrn = 'orderflow:operator:sink:v1';
/** A chunk is sent when it is larger: as in the SDKs of other languages. */
const chunkBytes = 1_000_000;

/** Gives the sinks among these transforms the operator of this file. Done to a bundle's descriptor; idempotent. */
export const withSinkOperators = (transforms: Record<string, PTransform>): void =>
  substituteOperator(transforms, sinkUrn, operatorUrn);

class SinkOperator implements IOperator {
  private readonly dataChannel: OrderedDataChannel;
  private readonly coder: Coder<unknown>;
  private readonly getBundleId: () => string;
  private channel!: DataConsumer;
  private writer = new Writer();

  constructor(
    readonly transformId: string,
    transform: PTransform,
    context: OperatorContext,
  ) {
    const { apiServiceDescriptor, coderId } = RemoteGrpcPort.fromBinary(transform.spec!.payload);
    this.dataChannel = context.getDataChannel(apiServiceDescriptor!.url) as unknown as OrderedDataChannel;
    this.coder = context.pipelineContext.getCoder(coderId);
    this.getBundleId = context.getBundleId;
  }

  async startBundle(): Promise<void> {
    this.channel = this.dataChannel.getSendChannel(this.getBundleId(), this.transformId);
    this.writer = new Writer();
  }

  process(element: unknown): ProcessResult {
    this.coder.encode(element, this.writer, Context.needsDelimiters);
    return this.writer.len > chunkBytes ? this.flush() : NonPromise;
  }

  async finishBundle(): Promise<void> {
    if (this.writer.len > 0) await this.flush();
    this.channel.close();
  }

  /** The next element goes into the next chunk, whether or not this one is sent yet. */
  private flush(): Promise<void> {
    const chunk = this.writer.finish();
    this.writer = new Writer();
    return this.channel.sendData(chunk);
  }
}

registerOperator(operatorUrn, SinkOperator as never);
// The SDK takes a transform without outputs for a composite, unless its URN stands here.
primitiveSinks.push(operatorUrn);
