/** THE table of who may see what on the page. docs/cubes.md has it, and a test compares them. */

export const rights = {
  cubes: 'cubes: sums and counts of many orders, as table, chart and CSV',
  flow: 'the flow: rates, lag, jobs, rejects and dead letters by reason',
  orders: "single orders: an order's story, and cubes by order id and message id",
} as const;
export type Right = keyof typeof rights;
export const rightNames = Object.keys(rights) as Right[];

export const roles = {
  analyst: ['cubes', 'flow'],
  operator: ['cubes', 'flow', 'orders'],
  auditor: ['flow', 'orders'],
} as const satisfies Record<string, readonly Right[]>;
export type Role = keyof typeof roles;
export const roleNames = Object.keys(roles) as Role[];

/** What several roles may do together. */
export const rightsOf = (held: readonly Role[]): Right[] =>
  rightNames.filter((right) => held.some((role) => (roles[role] as readonly Right[]).includes(right)));
