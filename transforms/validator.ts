/** The validator: applies every rule to each order of `raw_order`, and sets aside what is no order. */
import type { Metastore, OrderClaim, RecordedLine, ValidationFacts, ValidationQuery } from '../metastore/metastore.js';
import { contentOf } from '../model/record.js';
import { positionOf } from '../model/release.js';
import { isSealed, personalFieldNames, putSealed, type SealedFields } from '../personal-data/sealing.js';
import type { Opened, Vault } from '../personal-data/vault.js';
import { orderCodec, rejectedOrderCodec, toMillis, v1, type Order } from '../proto/messages.js';
import { decodeOrder } from './decoding/decode.js';
import { problemsOfOpened } from './decoding/order-problems.js';
import { rules } from './rules/index.js';
import { applyRules, type RuleFacts, type Violation } from './rules/rule.js';
import { createBatchStep, type Decision, type Item, type Outcome } from './step/batch-step.js';
import { openAll, type PersonalDataMode } from './step/personal-data.js';
import { aboutOf, asideLine } from './step/record-lines.js';
import type { Step, StepOutput } from './step/step.js';
import { ask } from './step/transient-error.js';

export interface ValidatorDependencies {
  readonly metastore: Pick<Metastore, 'lookupForValidation' | 'recordStatuses' | 'wereSetAside'>;
  /** A larger record is TOO_LARGE. */
  readonly maxOrderBytes: number;
  readonly vault: Vault;
  /** What becomes of plain orders: they pass as they are, are sealed, or set aside. Sealed ones pass in any case. */
  readonly personalData: PersonalDataMode;
}

/** What an order is decided by; `sealed` of a plain one that goes on in its sealed form. Or what is wrong with its personal data. */
type Facts = { readonly found: RuleFacts; readonly sealed: SealedFields | undefined } | { readonly problem: string };

const STAGE = 'validator';
const encoder = new TextEncoder();

/** Of a record that was set aside before its customer was erased. */
const setAsideText = 'its personal data could not be read';

/** Of a customer who was erased nothing is known. */
const nobody = { customerId: '', ipAddress: '' };

function toQuery({ record, order }: Item<Order>, opened: Opened): ValidationQuery {
  const { customerId, ipAddress } = opened.kind === 'OPEN' ? opened.fields : nobody;
  const { topic, partition, offset, released } = positionOf(record);
  return {
    topic,
    partition,
    offset,
    released,
    orderId: order.orderId,
    messageId: order.messageId,
    createdAt: toMillis(order.createdAt),
    content: contentOf(record.value),
    customerId,
    ipAddress,
    fromLocationId: order.fromLocationId,
    toLocationId: order.toLocationId,
  };
}

function ruleFacts(facts: ValidationFacts, isErased: boolean, claim: OrderClaim = facts.claim): RuleFacts {
  const { fraudNetwork, isDefaulter, isCancelled, leadTimeMinutes } = facts;
  return { claim, fraudNetwork, isDefaulter, isCancelled, leadTimeMinutes, isErased };
}

/** What is wrong with a sealed order's personal data; empty where nothing is, or where nobody can tell any more. */
function problemOf({ order }: Item<Order>, opened: Opened): string {
  if (opened.kind === 'UNREADABLE') return opened.why;
  return isSealed(order) && opened.kind === 'OPEN' ? problemsOfOpened(opened.fields).join('; ') : '';
}

/** The detail of an order that was plain, and went on sealed: its facts are its sealed fields then. */
const SEALED_HERE = 'personal data sealed';

/** The facts of a line, which the outputs are made from: the reasons, and the sealed fields where there are some. */
const factsOf = (violations: readonly Violation[], sealed?: SealedFields) =>
  JSON.stringify(sealed ? { violations, sealed: toText(sealed) } : violations);
const toText = ({ customerKeyId, sealedCustomerId, sealedIpAddress, sealedPaymentMethod }: SealedFields) => [
  customerKeyId,
  ...[sealedCustomerId, sealedIpAddress, sealedPaymentMethod].map((bytes) => Buffer.from(bytes).toString('base64')),
];

interface KeptFacts {
  readonly violations: readonly Violation[];
  readonly sealed?: readonly string[];
}

function keptFacts(text: string | undefined): KeptFacts {
  const facts = JSON.parse(text ?? '[]') as KeptFacts | readonly Violation[];
  return 'violations' in facts ? facts : { violations: facts };
}

/** The order in its own bytes, with the sealed fields, where the line has some. */
function orderBy({ record: { value }, order }: Item<Order>, { sealed }: KeptFacts): Order {
  if (!sealed) return order;
  const [customerKeyId = '', ...texts] = sealed;
  const [sealedCustomerId, sealedIpAddress, sealedPaymentMethod] = texts.map((text) => Buffer.from(text, 'base64'));
  return putSealed(orderCodec.decode(value!), {
    customerKeyId,
    sealedCustomerId,
    sealedIpAddress,
    sealedPaymentMethod,
  } as SealedFields);
}

type Rejection = RecordedLine & { readonly status: 'REJECTED' };

const rejectionOf = (violations: readonly Violation[], sealed?: SealedFields): Rejection => ({
  status: 'REJECTED',
  detail: violations.map(({ reason, detail }) => `${reason}: ${detail}`).join('; '),
  facts: factsOf(violations, sealed),
});

function outcomeOf(item: Item<Order>, line: RecordedLine): Outcome<StepOutput> {
  const key = encoder.encode(item.order.orderId);
  if (line.status === 'VALIDATED') {
    // The original bytes, unchanged: nothing that a newer producer wrote is lost or reordered.
    const value =
      line.detail === SEALED_HERE
        ? orderCodec.encode(orderBy(item, keptFacts(line.facts)))
        : (item.record.value as Uint8Array);
    return { output: { valid_order: { key, value } }, counters: ['out'] };
  }
  const kept = keptFacts(line.facts);
  const rejections = kept.violations.map(({ reason, detail }) => ({ reason: v1.RejectReason[reason], detail }));
  const rejected = v1.RejectedOrder.create({ order: orderBy(item, kept), rejections });
  return {
    output: { rejected_order: { key, value: rejectedOrderCodec.encode(rejected) } },
    counters: ['rejected', ...kept.violations.map(({ reason }) => `rejected.${reason}` as const)],
  };
}

/**
 * `raw_order` to `valid_order`, `rejected_order` (with every reason) or `dead_letter`; nothing for a redelivery. Records
 * VALIDATED, REJECTED or DEAD_LETTERED. A publication counts as its order once it is accepted: one that was rejected leaves the order id
 * to a corrected version. Safe to call again: the first decision stands, and so do the sealed fields that it has made.
 */
export function createValidator({ metastore, maxOrderBytes, vault, personalData }: ValidatorDependencies): Step {
  /** Of plain orders, where they are to be sealed. */
  const sealAll = async (items: readonly Item<Order>[]) =>
    personalData === 'sealed'
      ? (await ask(vault.seal(items.map(({ order }) => order).filter((order) => !isSealed(order))))).values()
      : [].values();

  /** Those that were set aside while their customer was known. What the line says is asked for when it is recorded. */
  async function setAsideBefore(erased: readonly Item<Order>[]): Promise<ReadonlySet<Item<Order>>> {
    if (erased.length === 0) return new Set();
    const records = erased.map(({ record, order: { orderId, messageId, createdAt } }) => {
      return { orderId, messageId, createdAt: toMillis(createdAt), about: aboutOf(STAGE, record) };
    });
    const answers = await ask(metastore.wereSetAside(records));
    return new Set(erased.filter((_, at) => answers[at]));
  }

  async function lookup(items: readonly Item<Order>[]): Promise<Facts[]> {
    const opened = await openAll(vault, items, personalFieldNames);
    const wasSetAside = await setAsideBefore(items.filter((_, at) => opened[at]!.kind === 'ERASED'));
    const problems = items.map((item, at) => (wasSetAside.has(item) ? setAsideText : problemOf(item, opened[at]!)));
    const readable = items.filter((_, at) => problems[at] === '');
    const queries = items.flatMap((item, at) => (problems[at] === '' ? [toQuery(item, opened[at]!)] : []));
    const [answers, sealed] = await Promise.all([ask(metastore.lookupForValidation(queries)), sealAll(readable)]);
    const facts = answers.values();
    return items.map(({ order }, at): Facts => {
      if (problems[at] !== '') return { problem: problems[at]! };
      const own = isSealed(order) ? undefined : (sealed.next().value as SealedFields | undefined);
      return { found: ruleFacts(facts.next().value!, opened[at]!.kind === 'ERASED'), sealed: own };
    });
  }

  function decide({ record, order }: Item<Order>, facts: Facts): Decision<StepOutput> {
    if ('problem' in facts)
      return { ...asideLine({ reason: 'INVALID_ORDER', error: facts.problem }), about: aboutOf(STAGE, record) };
    const { found, sealed } = facts;
    // The first record of this message id has had, or will have, its outcome.
    if (found.claim === 'REDELIVERY') return { counters: ['redelivered'] };
    if (found.claim === 'REUSED') {
      const error = 'the message id came before, with another order or another content of this one';
      return { ...asideLine({ reason: 'MESSAGE_ID_REUSED', error }), about: aboutOf(STAGE, record) };
    }
    if (personalData === 'sealed-only' && !isSealed(order)) {
      const error = 'customer_id, ip_address and payment_method are not sealed, and plain ones are taken no more';
      return asideLine({ reason: 'INVALID_ORDER', error });
    }
    const violations = applyRules(rules, order, found);
    if (violations.length > 0) return rejectionOf(violations, sealed);
    // Another publication may be accepted before this decision is recorded.
    const otherwise = rejectionOf(applyRules(rules, order, ruleFacts(found, found.isErased, 'DUPLICATE')), sealed);
    return sealed
      ? { status: 'VALIDATED', detail: SEALED_HERE, facts: factsOf([], sealed), otherwise }
      : { status: 'VALIDATED', detail: '', otherwise };
  }

  return createBatchStep<Order, Facts, StepOutput>({
    stage: STAGE,
    metastore,
    maxBytes: maxOrderBytes,
    decode: decodeOrder,
    recordsInTurn: true,
    lookup,
    decide,
    outcomeOf,
  });
}
