/** Options of every gRPC channel of a worker. */
import type { ChannelOptions } from '@grpc/grpc-js';
import { limits } from '../../model/limits.js';

/**
 * grpc-js refuses messages above 4 MiB by default. The runner sends chunks of about 1 MiB, but a chunk holds at least one
 * whole element, and elements may be larger than a topic's `max.message.bytes`: bounded, but generously.
 */
export const channelOptions: ChannelOptions = {
  'grpc.max_receive_message_length': limits.bundleMessageBytes,
  'grpc.max_send_message_length': limits.bundleMessageBytes,
};
