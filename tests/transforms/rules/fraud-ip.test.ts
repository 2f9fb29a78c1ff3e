import { expect, test } from 'vitest';
import { fraudIp } from '../../../transforms/rules/fraud-ip.js';
import { anOrder } from '../fixtures.js';
import { someFacts } from './facts.js';

test('lets an order pass whose address no fraud network holds', () => {
  expect(fraudIp.check(anOrder(), someFacts())).toBeNull();
});

test('rejects an order from a listed network and names the network', () => {
  expect(fraudIp.check(anOrder(), someFacts({ fraudNetwork: '192.0.2.0/24' }))).toBe(
    'the address is in 192.0.2.0/24, which is listed for fraud',
  );
});

test.each(['192.0.2.7', '192.0.2.7/32', '2001:db8::7/128', '2001:db8::7'])(
  'rejects an order from the listed address %s without naming it',
  (fraudNetwork) => {
    expect(fraudIp.check(anOrder(), someFacts({ fraudNetwork }))).toBe('the address is listed for fraud');
  },
);
