/** The rules of the validator, in the order in which reasons are listed. A new rule is one file, one test and one line here. */
import { cancelledOrder } from './cancelled-order.js';
import { customerErased } from './customer-erased.js';
import { duplicateOrder } from './duplicate-order.js';
import { fraudIp } from './fraud-ip.js';
import { fulfilmentDelay } from './fulfilment-delay.js';
import { paymentDefaulter } from './payment-defaulter.js';
import type { Rule } from './rule.js';

export const rules: readonly Rule[] = [
  fraudIp,
  duplicateOrder,
  paymentDefaulter,
  cancelledOrder,
  fulfilmentDelay,
  customerErased,
];
