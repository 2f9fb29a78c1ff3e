/**
 * The state channel between worker and runner (Fn API, service BeamFnState): what side inputs are read through, and what a
 * stateful ParDo keeps its state behind.
 *
 * Stands in for MultiplexingStateChannel of apache-beam's worker/state.js: when that one breaks, whoever waits for an
 * answer waits for ever, and an answer that nobody waits for ends the process. And it can only read.
 */
import '../sdk.js';
import * as grpc from '@grpc/grpc-js';
import type { StateKey, StateRequest, StateResponse } from 'apache-beam/proto/beam_fn_api';
import { BeamFnStateClient } from 'apache-beam/proto/beam_fn_api.grpc-client';
import { PublicError } from '../../errors.js';
import { channelOptions } from './grpc-options.js';

/** The gRPC stream: the part of a ClientDuplexStream that is used here. */
export interface StateStream {
  on(event: 'data', listener: (response: StateResponse) => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
  on(event: 'end', listener: () => void): unknown;
  write(request: StateRequest): unknown;
  end(): unknown;
}

type Request = StateRequest['request'] & { readonly oneofKind: string };
type Answer<Kind> = Extract<StateResponse['response'], { readonly oneofKind: Kind }>;

interface Pending {
  readonly bundleId: string;
  readonly kind: string;
  resolve(response: StateResponse['response']): void;
  reject(error: Error): void;
}

export class StateChannel {
  private readonly pending = new Map<string, Pending>();
  private failure: Error | undefined;
  private lastId = 0;

  /** `onFailure` hears once that the stream broke or ended, after those who wait for an answer. */
  constructor(
    private readonly stream: StateStream,
    private readonly onFailure: (error: Error) => void,
  ) {
    stream.on('data', (response) => this.receive(response));
    stream.on('error', (error) => this.fail(new PublicError(error.message)));
    stream.on('end', () => this.fail(new PublicError('the runner closed the state channel')));
  }

  /**
   * The state under a key, decoded when the last piece of it has come. The promise rejects when the runner refuses the
   * request, which fails its bundle alone, and when the channel breaks.
   */
  getState<T>(bundleId: string, stateKey: StateKey, decode: (data: Uint8Array) => T) {
    return { type: 'promise' as const, promise: this.fetch(bundleId, stateKey).then(decode) };
  }

  /** Puts data in the place of all that is under a key. The promise rejects as that of getState does. */
  async setState(bundleId: string, stateKey: StateKey, data: Uint8Array): Promise<void> {
    // The runner handles the requests of a stream in their order.
    await Promise.all([
      this.request(bundleId, stateKey, { oneofKind: 'clear', clear: {} }),
      this.request(bundleId, stateKey, { oneofKind: 'append', append: { data } }),
    ]);
  }

  /** Called when a bundle has ended: an answer that still comes for it is thrown away. */
  endBundle(bundleId: string): void {
    for (const [id, pending] of this.pending) if (pending.bundleId === bundleId) this.pending.delete(id);
  }

  close(): void {
    this.stream.end();
  }

  /** How many requests have no answer yet: for tests of the bookkeeping. */
  get kept(): number {
    return this.pending.size;
  }

  private async fetch(bundleId: string, stateKey: StateKey): Promise<Uint8Array> {
    const pieces: Uint8Array[] = [];
    let continuationToken = new Uint8Array();
    do {
      const { get } = await this.request(bundleId, stateKey, { oneofKind: 'get', get: { continuationToken } });
      pieces.push(get.data);
      continuationToken = new Uint8Array(get.continuationToken);
    } while (continuationToken.length > 0);
    return new Uint8Array(Buffer.concat(pieces));
  }

  private request<R extends Request>(
    bundleId: string,
    stateKey: StateKey,
    request: R,
  ): Promise<Answer<R['oneofKind']>> {
    return new Promise((resolve, reject) => {
      if (this.failure) throw this.failure;
      const id = `state ${++this.lastId}`;
      this.pending.set(id, { bundleId, kind: request.oneofKind, resolve: resolve as Pending['resolve'], reject });
      this.stream.write({ id, instructionId: bundleId, stateKey, request });
    });
  }

  private receive({ id, error, response }: StateResponse): void {
    const pending = this.pending.get(id);
    if (!pending) return;
    this.pending.delete(id);
    // The runner's own words may hold the state's key, which is data.
    if (error) pending.reject(new PublicError('the runner refused a request for state: its log says why'));
    else if (response.oneofKind !== pending.kind) pending.reject(new PublicError('the runner answered something else'));
    else pending.resolve(response);
  }

  private fail(error: Error): void {
    if (this.failure) return;
    this.failure = error;
    for (const { reject } of this.pending.values()) reject(error);
    this.pending.clear();
    this.onFailure(error);
  }
}

/** Opens the state channel of a worker. Nothing is thrown when it breaks: the requests under way and `onFailure` hear it. */
export function openStateChannel(
  endpoint: string,
  workerId: string,
  maxMessageBytes: number,
  onFailure: (error: Error) => void,
): StateChannel {
  const metadata = new grpc.Metadata();
  metadata.add('worker_id', workerId);
  const options = channelOptions(maxMessageBytes);
  const client = new BeamFnStateClient(endpoint, grpc.ChannelCredentials.createInsecure(), options, {});
  return new StateChannel(client.state(metadata) as unknown as StateStream, onFailure);
}
