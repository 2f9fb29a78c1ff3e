/** The wrapped keys of customers without a server. See customer-keys.ts. */
import type { CustomerKey, NewCustomerKey, WrappedBytes } from './customer-keys.js';

const nameOf = (customer: Uint8Array) => Buffer.from(customer).toString('base64');

export function createCustomerKeys() {
  const byId = new Map<string, CustomerKey>();
  const idOf = new Map<string, string>();
  let index: WrappedBytes | null = null;
  const find = (keyId: string | undefined) => (keyId === undefined ? null : (byId.get(keyId) ?? null));
  return {
    byIds: (keyIds: readonly string[]) => keyIds.map(find),
    ofCustomers: (customers: readonly Uint8Array[]) => customers.map((customer) => find(idOf.get(nameOf(customer)))),
    add: (keys: readonly NewCustomerKey[]): CustomerKey[] =>
      keys.map(({ customer, keyId, wrapped }) => {
        const name = nameOf(customer);
        if (!idOf.has(name)) {
          idOf.set(name, keyId);
          byId.set(keyId, { keyId, wrapped });
        }
        return byId.get(idOf.get(name)!)!;
      }),
    index: (proposed: WrappedBytes | null) => (index ??= proposed),
    /** The ids of the keys that were erased: one, or none. */
    erase(customer: Uint8Array): string[] {
      const keyId = idOf.get(nameOf(customer));
      if (keyId === undefined) return [];
      idOf.delete(nameOf(customer));
      byId.set(keyId, { keyId, wrapped: null });
      return [keyId];
    },
  };
}
