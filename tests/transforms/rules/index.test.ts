import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { v1 } from '../../../proto/messages.js';
import { rules } from '../../../transforms/rules/index.js';
import { applyRules } from '../../../transforms/rules/rule.js';
import { anOrder } from '../fixtures.js';
import { someFacts } from './facts.js';

const ruleFiles = readdirSync('transforms/rules').filter((name) => !['index.ts', 'rule.ts'].includes(name));
const broken = someFacts({
  claim: 'DUPLICATE',
  fraudNetwork: '192.0.2.0/24',
  isDefaulter: true,
  isCancelled: true,
  isErased: true,
  leadTimeMinutes: 1_000_000,
});

test('each reject reason of the contract has exactly one rule', () => {
  const reasons = Object.keys(v1.RejectReason).filter(
    (name) => Number.isNaN(Number(name)) && name !== 'REJECT_REASON_UNSPECIFIED',
  );
  expect(rules.map((rule) => rule.reason).sort()).toEqual(reasons.sort());
});

test('each file is one rule of the list, named after its reason, with a test of the same name', () => {
  const tests = readdirSync('tests/transforms/rules');
  expect(ruleFiles.map((name) => name.replace('.ts', '').replaceAll('-', '_').toUpperCase()).sort()).toEqual(
    rules.map((rule) => rule.reason).sort(),
  );
  expect(ruleFiles.filter((name) => !tests.includes(name.replace('.ts', '.test.ts')))).toEqual([]);
});

test('all rules run and all reasons are kept, in the order of the list', () => {
  expect(applyRules(rules, anOrder(), broken).map(({ reason }) => reason)).toEqual([
    'FRAUD_IP',
    'DUPLICATE_ORDER',
    'PAYMENT_DEFAULTER',
    'CANCELLED_ORDER',
    'FULFILMENT_DELAY',
    'CUSTOMER_ERASED',
  ]);
});

test('no rule objects to a good order', () => {
  expect(applyRules(rules, anOrder(), someFacts())).toEqual([]);
});

test.each(rules)('$reason gives the same answer twice, without the address or the customer', ({ check }) => {
  const order = anOrder({ customerId: 'customer-4711', ipAddress: '192.0.2.77' });
  const detail = check(order, broken);
  expect(detail).toBe(check(order, broken));
  expect(detail).toMatch(/\w/);
  expect(detail).not.toMatch(/4711|192\.0\.2\.77/);
});
