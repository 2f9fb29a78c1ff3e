/** The request by which the partner gets an order: JSON and an idempotency key, the same bytes whenever it is made again. */
import { createHash } from 'node:crypto';
import { toMillis, v1, type RoutedOrder } from '../../proto/messages.js';
import { amountOf, type ValidOrder } from '../decoding/order-problems.js';

/** The body. Times are ISO 8601 in UTC with milliseconds, amounts are in minor units. No address, no customer. */
export interface PartnerOrder {
  readonly orderId: string;
  readonly messageId: string;
  readonly partnerId: string;
  readonly orderType: string;
  readonly createdAt: string;
  readonly promisedBy: string;
  readonly paymentMethod: string;
  readonly currency: string;
  readonly amount: number;
  readonly from: PartnerLocation;
  readonly to: PartnerLocation;
  readonly lines: readonly { readonly sku: string; readonly quantity: number; readonly unitPrice: number }[];
}

export interface PartnerLocation {
  readonly id: string;
  readonly name: string;
  readonly region: string;
}

export interface PartnerRequest {
  /** Whom it is for. */
  readonly partnerId: string;
  readonly idempotencyKey: string;
  /** JSON of a PartnerOrder. */
  readonly body: string;
}

/**
 * The key under which the partner takes an order once. `generation` counts the deliberate new attempts after a final
 * refusal: a release is to have a new effect. Hexadecimal, because header values are ASCII and order ids need not be.
 */
export function idempotencyKeyOf({ orderId, messageId }: ValidOrder, generation = 1): string {
  return createHash('sha256')
    .update(JSON.stringify([orderId, messageId, generation]))
    .digest('hex');
}

const toLocation = (location: v1.Location.$Properties | null | undefined): PartnerLocation => ({
  id: location?.locationId ?? '',
  name: location?.name ?? '',
  region: location?.region ?? '',
});

/**
 * Pure: the same order gives the same bytes, which a partner that compares repeats relies on; `generation` is in the key
 * alone. `paymentMethod` is that of the order, opened where it is sealed.
 */
export function toPartnerRequest(
  message: RoutedOrder,
  order: ValidOrder,
  paymentMethod: v1.PaymentMethod,
  generation = 1,
): PartnerRequest {
  const body: PartnerOrder = {
    orderId: order.orderId,
    messageId: order.messageId,
    partnerId: message.partnerId,
    orderType: v1.OrderType[order.orderType],
    createdAt: new Date(toMillis(order.createdAt)).toISOString(),
    promisedBy: new Date(toMillis(order.promisedBy)).toISOString(),
    paymentMethod: v1.PaymentMethod[paymentMethod],
    currency: order.currency,
    amount: amountOf(order),
    from: toLocation(message.enrichedOrder?.fromLocation),
    to: toLocation(message.enrichedOrder?.toLocation),
    lines: order.lines.map(({ sku, quantity, unitPrice }) => ({
      sku: sku ?? '',
      quantity: quantity ?? 0,
      unitPrice: unitPrice ?? 0,
    })),
  };
  const { partnerId } = message;
  return { partnerId, idempotencyKey: idempotencyKeyOf(order, generation), body: JSON.stringify(body) };
}
