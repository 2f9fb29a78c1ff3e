/** The generator's orders, sealed before they are published. */
import { putSealed, type SealedFields } from '../personal-data/sealing.js';
import { orderCodec, type Order } from '../proto/messages.js';
import type { Publication } from './orders.js';

/** The batch with its orders sealed. What is no order holds nothing of a customer. Rejects as `sealOrders` does. */
export async function sealedBatch<P extends Pick<Publication, 'kind' | 'value'>>(
  sealOrders: (orders: readonly Order[]) => Promise<SealedFields[]>,
  batch: readonly P[],
): Promise<P[]> {
  const orders = batch.map(({ kind, value }) => (kind === 'malformed' ? null : orderCodec.decode(value)));
  const sealed = (await sealOrders(orders.filter((order) => order !== null))).values();
  return batch.map((publication, at) => {
    const order = orders[at];
    return order ? { ...publication, value: orderCodec.encode(putSealed(order, sealed.next().value!)) } : publication;
  });
}
