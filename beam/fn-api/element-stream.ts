/** The gRPC stream of a data channel: elements from the runner and to it. */
import * as grpc from '@grpc/grpc-js';
import type { Elements } from 'apache-beam/proto/beam_fn_api';
import { BeamFnDataClient } from 'apache-beam/proto/beam_fn_api.grpc-client';
import { channelOptions } from './grpc-options.js';

/** The part of a ClientDuplexStream that is used here. */
export interface ElementStream {
  on(event: 'data', listener: (elements: Elements) => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
  on(event: 'end', listener: () => void): unknown;
  /** `sent` is called when the runner's flow control has let the message go. */
  write(elements: Elements, sent: () => void): unknown;
  pause(): unknown;
  resume(): unknown;
  end(): unknown;
}

/** Opens a worker's stream. Nothing is thrown when it breaks: its event `error` says so. */
export function openElementStream(endpoint: string, workerId: string, maxMessageBytes: number): ElementStream {
  const metadata = new grpc.Metadata();
  metadata.add('worker_id', workerId);
  const options = channelOptions(maxMessageBytes);
  const client = new BeamFnDataClient(endpoint, grpc.ChannelCredentials.createInsecure(), options, {});
  return client.data(metadata) as unknown as ElementStream;
}
