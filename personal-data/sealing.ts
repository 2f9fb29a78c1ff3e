/**
 * How a field of an order is sealed with its customer's key: AES-256-GCM (NIST SP 800-38D), whose nonce is made of what is sealed, so that the same
 * field of the same publication has the same bytes whenever it is sealed again (as in RFC 8452). docs/personal-data.md has the format, docs/glossary.md the word.
 */
import { createCipheriv, createDecipheriv, createHmac, hkdfSync } from 'node:crypto';
import type { Order } from '../proto/messages.js';

/** What of an order says who ordered. `paymentMethod` is a number of the enum. */
export interface PersonalFields {
  readonly customerId: string;
  readonly ipAddress: string;
  readonly paymentMethod: number;
}
export type PersonalField = keyof PersonalFields;

interface FieldRow {
  /** Where its sealed form stands in an order. */
  readonly sealed: 'sealedCustomerId' | 'sealedIpAddress' | 'sealedPaymentMethod';
  /** The same in proto/orders.proto: it is sealed along with the value. */
  readonly name: string;
}

/** THE table of what is sealed. */
export const personalFields: Readonly<Record<PersonalField, FieldRow>> = {
  customerId: { sealed: 'sealedCustomerId', name: 'sealed_customer_id' },
  ipAddress: { sealed: 'sealedIpAddress', name: 'sealed_ip_address' },
  paymentMethod: { sealed: 'sealedPaymentMethod', name: 'sealed_payment_method' },
};
export const personalFieldNames = Object.keys(personalFields) as PersonalField[];

/** The form in which an order has them when it is sealed. */
export type SealedFields = Pick<Order, 'customerKeyId' | FieldRow['sealed']>;

/** What is made of a customer's key, of 32 bytes. */
export interface SealingKeys {
  readonly encryption: Buffer;
  readonly nonce: Buffer;
}

export const dataKeyBytes = 32;
const nonceBytes = 12;
const tagBytes = 16;
/** A sealed field has at least so many bytes. */
export const sealedOverhead = nonceBytes + tagBytes;

const derive = (dataKey: Uint8Array, purpose: string) =>
  Buffer.from(hkdfSync('sha256', dataKey, new Uint8Array(0), `orderflow ${purpose}`, 32));

/** Two keys from one (HKDF, RFC 5869), since one key is for one purpose. */
export const sealingKeys = (dataKey: Uint8Array): SealingKeys => ({
  encryption: derive(dataKey, 'seal'),
  nonce: derive(dataKey, 'nonce'),
});

/** The publication and the field belong to what is sealed: under other ids it does not open. Ids hold no NUL. */
const contextOf = ({ orderId, messageId }: Pick<Order, 'orderId' | 'messageId'>, field: PersonalField) =>
  Buffer.from(`${personalFields[field].name}\0${orderId}\0${messageId}`);

function sealText(keys: SealingKeys, context: Buffer, text: string): Buffer {
  const plain = Buffer.from(text);
  const nonce = createHmac('sha256', keys.nonce)
    .update(context)
    .update('\0')
    .update(plain)
    .digest()
    .subarray(0, nonceBytes);
  const cipher = createCipheriv('aes-256-gcm', keys.encryption, nonce).setAAD(context);
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

function openText(keys: SealingKeys, context: Buffer, sealed: Uint8Array): string | null {
  if (sealed.length < sealedOverhead) return null;
  const decipher = createDecipheriv('aes-256-gcm', keys.encryption, sealed.subarray(0, nonceBytes))
    .setAAD(context)
    .setAuthTag(sealed.subarray(-tagBytes));
  try {
    const plain = decipher.update(sealed.subarray(nonceBytes, -tagBytes));
    return Buffer.concat([plain, decipher.final()]).toString();
  } catch {
    return null;
  }
}

/** A plain order's fields, sealed. Pure. */
export function sealFields(order: Order, keyId: string, keys: SealingKeys): SealedFields {
  const seal = (field: PersonalField) => sealText(keys, contextOf(order, field), String(order[field]));
  return {
    customerKeyId: keyId,
    sealedCustomerId: seal('customerId'),
    sealedIpAddress: seal('ipAddress'),
    sealedPaymentMethod: seal('paymentMethod'),
  };
}

/** A sealed field's value; null where it was changed, belongs to another publication, or was sealed with another key. */
export function openField(order: Order, field: PersonalField, keys: SealingKeys): string | null {
  return openText(keys, contextOf(order, field), order[personalFields[field].sealed]);
}

/** Whether a text can be the id of a key: 16 bytes in base64url. */
export const isKeyId = (text: string): boolean => /^[\w-]{22}$/.test(text);

/** Whether an order bears the sealed forms. It may still bear plain ones beside them, which problemsOf finds. */
export const isSealed = ({ customerKeyId }: Pick<Order, 'customerKeyId'>): boolean => customerKeyId !== '';

/** Puts the sealed forms in place of the plain ones, in the order itself: what it has of unknown fields stays. */
export function putSealed<O extends Order>(order: O, sealed: SealedFields): O {
  // An empty text would be written, too.
  for (const field of personalFieldNames) delete (order as Partial<Order>)[field];
  return Object.assign(order, sealed);
}
