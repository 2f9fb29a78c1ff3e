/** What a kind of hostile record is. */
import type { Random } from '../generator/random.js';
import type { Order } from '../proto/messages.js';
import { join, type Field } from './wire.js';

/** What becomes of a record at the validator; `reused`: it is set aside because its message id came before with something else. */
export const outcomes = ['valid', 'rejected', 'dead-lettered', 'redelivery', 'reused'] as const;
export type Outcome = (typeof outcomes)[number];

/** What a kind is made from: an order that no rule objects to, and its bytes by fields. */
export interface Base {
  readonly order: Order;
  readonly fields: readonly Field[];
  /** Another such order, of a record before this one if there is one. */
  readonly earlier: () => Order;
  /** What the validator takes. */
  readonly maxOrderBytes: number;
}

export interface HostileValue {
  readonly value: Uint8Array | null;
  /** The order's id unless it is given. */
  readonly key?: Uint8Array | null;
  /** The record's time in ms; that of the order unless it is given. */
  readonly timestamp?: number;
}

export interface Kind {
  readonly name: string;
  /** How many of a thousand or so are of this kind. */
  readonly weight: number;
  /** What may become of it. A record that ends otherwise is a bug, in the validator or here. */
  readonly may: readonly Outcome[];
  readonly make: (random: Random, base: Base) => HostileValue;
}

/** It is a good order still; its ids may be those of another one. */
export const passes: readonly Outcome[] = ['valid'];
export const passesOnce: readonly Outcome[] = ['valid', 'rejected', 'redelivery', 'reused'];
export const fails: readonly Outcome[] = ['dead-lettered'];
export const anything: readonly Outcome[] = outcomes;

/** The order with one field instead of those of its number. */
export const withField = ({ fields }: Base, field: Field): HostileValue => ({
  value: join([...fields.filter(({ number }) => number !== field.number), field]),
});
