import type { Rule } from './rule.js';

/** Rejects an order from an address that is listed for fraud, alone or within a network. */
export const fraudIp: Rule = {
  reason: 'FRAUD_IP',
  check: (_order, { fraudNetwork }) => {
    if (fraudNetwork === null) return null;
    // A network of one address is the customer's address itself, which is personal data.
    const isNetwork = fraudNetwork.includes('/') && !/\/(32|128)$/.test(fraudNetwork);
    if (!isNetwork) return 'the address is listed for fraud';
    return `the address is in ${fraudNetwork}, which is listed for fraud`;
  },
};
