/** How the generated orders are mixed. */

/**
 * The share (0 to 1) of the orders that…
 * The first four break a rule of the validator, independently of each other; one order may break several.
 */
export const defaultShares = {
  /** come from a fraud address or network */
  fraudIp: 0.02,
  /** belong to a payment defaulter */
  defaulter: 0.02,
  /** are cancelled before they are published */
  cancelled: 0.02,
  /** are promised too soon for their way */
  delayed: 0.02,
  /** are published again, soon after, under another message id */
  duplicate: 0.01,
  /** are published again, soon after, byte for byte */
  redelivery: 0.01,
  /** are followed by bytes that are no order */
  malformed: 0.002,
} as const;

export type ShareName = keyof typeof defaultShares;
export const shareNames = Object.keys(defaultShares) as ShareName[];
export type Shares = { readonly [name in ShareName]: number };
