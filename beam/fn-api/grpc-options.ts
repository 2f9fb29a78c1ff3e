/** Options of the gRPC channels that bundles and their data come over. */
import type { ChannelOptions } from '@grpc/grpc-js';

/**
 * grpc-js refuses messages above 4 MiB by default. The runner sends chunks of about 1 MiB, but a chunk holds at least one whole
 * element, however large that is: so the largest message, in bytes, is for those to say who know the elements.
 */
export const channelOptions = (maxMessageBytes: number): ChannelOptions => ({
  'grpc.max_receive_message_length': maxMessageBytes,
  'grpc.max_send_message_length': maxMessageBytes,
});
