/** Seals and opens the personal data of orders, a batch at a time. */
import type { Order } from '../proto/messages.js';
import type { FoundKey, Keyring } from './keyring.js';
import {
  isSealed,
  openField,
  personalFields,
  sealFields,
  type PersonalField,
  type PersonalFields,
  type SealedFields,
} from './sealing.js';

/**
 * OPEN: here they are; those that were not asked for are empty. ERASED: the customer's key was deleted. UNREADABLE: nobody has that key, or it
 * does not fit; `why` is for a person.
 */
export type Opened =
  | { readonly kind: 'OPEN'; readonly fields: PersonalFields }
  | { readonly kind: 'ERASED' }
  | { readonly kind: 'UNREADABLE'; readonly why: string };

/** Each call asks at most once for keys, in the order's batch; rejects as Keyring does, and may be called again. */
export interface Vault {
  /** The fields of each order; a plain order has them itself. */
  open(orders: readonly Order[], fields: readonly PersonalField[]): Promise<Opened[]>;
  /** Plain orders' fields in their sealed form. The same order has the same one, as long as its customer keeps the key. */
  seal(orders: readonly Order[]): Promise<SealedFields[]>;
}

const nothing: PersonalFields = { customerId: '', ipAddress: '', paymentMethod: 0 };

function openOrder(order: Order, asked: readonly PersonalField[], key: FoundKey | undefined): Opened {
  if (!isSealed(order)) {
    const { customerId, ipAddress, paymentMethod } = order;
    return { kind: 'OPEN', fields: { customerId, ipAddress, paymentMethod } };
  }
  if (key === 'ERASED') return { kind: 'ERASED' };
  if (key === undefined || key === 'UNKNOWN') return { kind: 'UNREADABLE', why: 'customer_key_id is no key' };
  const opened = asked.map((field) => [field, openField(order, field, key)] as const);
  const closed = opened.filter(([, text]) => text === null).map(([field]) => personalFields[field].name);
  if (closed.length > 0)
    return { kind: 'UNREADABLE', why: `${closed.join(', ')} cannot be opened: changed, or sealed for another order` };
  const texts = Object.fromEntries(opened) as Partial<Record<PersonalField, string>>;
  return { kind: 'OPEN', fields: { ...nothing, ...texts, paymentMethod: Number(texts.paymentMethod ?? 0) } };
}

export function createVault(keyring: Keyring): Vault {
  return {
    async open(orders, fields) {
      const sealed = orders.filter(isSealed);
      const keys = sealed.length > 0 ? await keyring.byId(sealed.map(({ customerKeyId }) => customerKeyId)) : null;
      return orders.map((order) => openOrder(order, fields, keys?.get(order.customerKeyId)));
    },
    async seal(orders) {
      if (orders.length === 0) return [];
      const keys = await keyring.ofCustomers(orders.map(({ customerId }) => customerId));
      return orders.map((order) => {
        const { keyId, keys: own } = keys.get(order.customerId)!;
        return sealFields(order, keyId, own);
      });
    },
  };
}
