/** Which roles somebody has: by a claim of the login's provider, whose values are the settings'. Pure. */
import type { Config } from '../../config.js';
import { type Role, roleNames } from '../shared/rights.js';

type Claims = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Claims =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The claim of that name; where there is none, the one that dots lead to, as Keycloak's `realm_access.roles`. */
export function claimOf(claims: Claims, name: string): unknown {
  if (Object.hasOwn(claims, name)) return claims[name];
  return name
    .split('.')
    .reduce<unknown>((value, key) => (isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined), claims);
}

/** The roles that the claim's values give: a list of texts, or one text. Everything else gives none. */
export function rolesOf(claims: Claims, { rolesClaim, groups }: Config['cubes']): Role[] {
  const claim = claimOf(claims, rolesClaim);
  const held: unknown[] = Array.isArray(claim) ? claim : [claim];
  return roleNames.filter((role) => groups[role].some((group) => held.includes(group)));
}
