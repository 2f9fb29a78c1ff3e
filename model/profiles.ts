/** Local stacks that one can have: open, or with encryption, authentication and rights everywhere (docs/security.md). */
export const profiles = ['open', 'secured'] as const;
export type Profile = (typeof profiles)[number];
