/** What makes a decodable message no complete order: the checks behind INVALID_ORDER. */
import { isIP } from 'node:net';
import { idProblem, storingProblem } from '../../model/identifiers.js';
import { limits } from '../../model/limits.js';
import {
  isKeyId,
  isSealed,
  personalFieldNames,
  personalFields,
  sealedOverhead,
  type PersonalFields,
} from '../../personal-data/sealing.js';
import { isTimestamp, toMillis, v1, type Order, type Timestamp } from '../../proto/messages.js';

/** An order in which the checks below found nothing. */
export type ValidOrder = Order & { createdAt: Timestamp; promisedBy: Timestamp };

/** Whether a time can be the creation of an order that Kafka took at `takenAt`, both in milliseconds since the epoch. */
export function isPlausibleTime(millis: number, takenAt: number): boolean {
  return millis >= limits.earliest && millis <= takenAt + limits.ahead;
}

function identifierProblem(name: string, text: string): string[] {
  const problem = storingProblem(text);
  return problem === null ? [] : [`${name} ${problem}`];
}

function timestampProblem(name: string, timestamp: Timestamp | null | undefined): string[] {
  if (!timestamp) return [`${name} is missing`];
  return isTimestamp(timestamp) ? [] : [`${name} is no valid time`];
}

function ipAddressProblem(text: string): string[] {
  if (text === '') return ['ip_address is missing'];
  // isIP takes a zone (`fe80::1%eth0`), which means nothing on another machine.
  return isIP(text) === 0 || text.includes('%') ? ['ip_address is no IP address'] : [];
}

function currencyProblem(text: string): string[] {
  if (text === '') return ['currency is missing'];
  return /^[A-Z]{3}$/.test(text) ? [] : ['currency is not three upper-case letters'];
}

function createdAtProblem(timestamp: Timestamp | null | undefined, takenAt: number): string[] {
  const problem = timestampProblem('created_at', timestamp);
  if (problem.length > 0 || !timestamp) return problem;
  if (toMillis(timestamp) < limits.earliest) return ['created_at is before the year 2000'];
  return isPlausibleTime(toMillis(timestamp), takenAt) ? [] : ['created_at is more than a day in the future'];
}

function enumProblem(name: string, type: Record<number, string>, value: number): string[] {
  if (value === 0) return [`${name} is missing`];
  return value in type ? [] : [`${name} ${value} is unknown`];
}

function lineProblems(line: Order['lines'][number], index: number): string[] {
  const name = `lines[${index}]`;
  const price = line.unitPrice ?? 0;
  return [
    ...identifierProblem(`${name}.sku`, line.sku ?? ''),
    ...(line.quantity ? [] : [`${name}.quantity is 0`]),
    ...(price < 0 ? [`${name}.unit_price is negative`] : []),
    ...(Number.isSafeInteger(price) ? [] : [`${name}.unit_price is too large`]),
  ];
}

function linesProblems(lines: Order['lines']): string[] {
  if (lines.length === 0) return ['lines is empty'];
  if (lines.length > limits.lines) return [`lines has more than ${limits.lines} entries`];
  const problems = lines.flatMap(lineProblems);
  if (problems.length > 0) return problems;
  return [
    ...(itemsOf({ lines }) > limits.items ? ['the quantities add up to too much'] : []),
    ...(amountOf({ lines }) > limits.amount ? ['the amounts add up to too much'] : []),
  ];
}

/** Sum of the lines' quantities. */
export function itemsOf({ lines }: Pick<Order, 'lines'>): number {
  return lines.reduce((sum, line) => sum + (line.quantity ?? 0), 0);
}

/** Sum of quantity times unit price, in minor units of the order's currency. */
export function amountOf({ lines }: Pick<Order, 'lines'>): number {
  return lines.reduce((sum, line) => sum + (line.quantity ?? 0) * (line.unitPrice ?? 0), 0);
}

/** What is wrong with the personal data of a plain order, each by itself: they do not stand beside each other in it. */
const plainProblems = {
  customer: ({ customerId }: PersonalFields) => identifierProblem('customer_id', customerId),
  address: ({ ipAddress }: PersonalFields) => ipAddressProblem(ipAddress),
  payment: ({ paymentMethod }: PersonalFields) => enumProblem('payment_method', v1.PaymentMethod, paymentMethod),
};

/** What is wrong with the form of a sealed order: the values are seen by whoever opens it. */
function sealedProblems(order: Order): string[] {
  const fields = personalFieldNames.map((field) => ({ field, ...personalFields[field] }));
  const plainBeside = fields.some(({ field }) => order[field] !== v1.Order.prototype[field]);
  return [
    ...(isKeyId(order.customerKeyId) ? [] : ['customer_key_id is no id of a key']),
    ...(plainBeside ? ['customer_id, ip_address or payment_method stands beside its sealed form'] : []),
    ...fields.flatMap(({ sealed, name }) => {
      const { length } = order[sealed];
      if (length === 0) return [`${name} is missing`];
      return length > sealedOverhead && length <= limits.sealedBytes ? [] : [`${name} is no sealed field`];
    }),
  ];
}

/** What is wrong with what a sealed order's fields hold, as plain ones of `raw_order` are looked at. */
export function problemsOfOpened(fields: PersonalFields): string[] {
  const problem = storingProblem(fields.customerId) === null ? idProblem(fields.customerId) : null;
  return [
    ...plainProblems.customer(fields),
    ...(problem === null ? [] : [`customer_id ${problem}`]),
    ...plainProblems.address(fields),
    ...plainProblems.payment(fields),
  ];
}

/**
 * Everything that is missing or wrong, in the order of the fields; empty for a valid order. Names fields, and never says
 * the values of text fields, which may be personal data. `takenAt`: see isPlausibleTime.
 */
export function problemsOf(order: Order, takenAt: number): string[] {
  const isPlain = !isSealed(order);
  const hasSealedForm = personalFieldNames.some((field) => order[personalFields[field].sealed].length > 0);
  return [
    ...identifierProblem('message_id', order.messageId),
    ...identifierProblem('order_id', order.orderId),
    ...enumProblem('order_type', v1.OrderType, order.orderType),
    ...(isPlain ? plainProblems.customer(order) : []),
    ...(isPlain ? plainProblems.address(order) : []),
    ...identifierProblem('from_location_id', order.fromLocationId),
    ...identifierProblem('to_location_id', order.toLocationId),
    ...createdAtProblem(order.createdAt, takenAt),
    ...timestampProblem('promised_by', order.promisedBy),
    ...currencyProblem(order.currency),
    ...linesProblems(order.lines),
    ...(isPlain ? plainProblems.payment(order) : sealedProblems(order)),
    ...(isPlain && hasSealedForm ? ['customer_key_id is missing'] : []),
  ];
}

/**
 * What is wrong with the ids of an order whose fields are all there, beyond what storing them needs: asked at the door, so that what was let in
 * before there was such a rule goes on.
 */
export function problemsOfIds(order: Order): string[] {
  const ids: [name: string, text: string][] = [
    ['message_id', order.messageId],
    ['order_id', order.orderId],
    ['customer_id', order.customerId],
    ['from_location_id', order.fromLocationId],
    ['to_location_id', order.toLocationId],
    ...order.lines.map((line, index): [string, string] => [`lines[${index}].sku`, line.sku ?? '']),
  ];
  return ids.flatMap(([name, text]) => {
    const problem = storingProblem(text) === null ? idProblem(text) : null;
    return problem === null ? [] : [`${name} ${problem}`];
  });
}
