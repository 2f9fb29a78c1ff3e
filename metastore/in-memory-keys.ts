/** Keys of the Maps and Sets that the metastore without a server consists of. */
import { keptMillis } from './line-keys.js';
import type { DeliveryName, StatusChange } from './metastore.js';

/** Several ids as one key of a Map; ids may hold any character. */
export const keyOf = (...parts: readonly unknown[]) => JSON.stringify(parts);
export const deliveryKey = ({ orderId, attempt }: DeliveryName) => keyOf(orderId, attempt);

export type PublicationName = Pick<StatusChange, 'orderId' | 'messageId' | 'createdAt'>;
/** As line-keys.ts has it. `about` is a record that is none of the publication. */
export const publicationKey = ({ orderId, messageId, createdAt }: PublicationName, about = '') =>
  keyOf(orderId, messageId, keptMillis(createdAt), about);
