/** Keys of the Maps and Sets that the metastore without a server consists of. */
import type { DeliveryName } from './metastore.js';

/** Several ids as one key of a Map; ids may hold any character. */
export const keyOf = (...parts: readonly unknown[]) => JSON.stringify(parts);
export const deliveryKey = ({ orderId, attempt }: DeliveryName) => keyOf(orderId, attempt);
