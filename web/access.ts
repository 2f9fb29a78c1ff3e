/** THE table of routes: what each needs, by the pattern that it is matched by. A route that is not in it does not start. */
import { vendorModules } from './document.js';
import { callbackPath, documentPaths, loggedOutPath, loginPath, logoutPath } from './shared/paths.js';
import { offeredDimensions } from './shared/model.js';
import { type Right, rightNames, rightsOf } from './shared/rights.js';
import { type CubeState, timeSplit } from './shared/state.js';
import type { MeAnswer } from './shared/answers.js';
import type { Session } from './login/sessions.js';

interface Access {
  /** `nothing`: everybody has it; `login`: whoever is logged in; `role`: whoever has one; or a right. */
  readonly needs: 'nothing' | 'login' | 'role' | Right;
  /** Other sites may link to it, and lead there. */
  readonly isLinked?: true;
}

const all = (paths: readonly string[], access: Access) => paths.map((path) => [path, access] as const);

const routes: ReadonlyMap<string, Access> = new Map<string, Access>([
  ...all(documentPaths, { needs: 'role', isLinked: true }),
  ['/api/me', { needs: 'login' }],
  ['/api/state', { needs: 'role' }],
  ['/api/cube', { needs: 'cubes' }],
  ['/api/cube.csv', { needs: 'cubes' }],
  ['/api/values', { needs: 'cubes' }],
  ['/api/flow', { needs: 'flow' }],
  ['/api/order', { needs: 'orders' }],
  // The way of a login leads over the provider's site.
  ...all([loginPath, callbackPath, loggedOutPath], { needs: 'nothing', isLinked: true }),
  // Without a login there is nothing to end, and nothing is said of it.
  [logoutPath, { needs: 'nothing' }],
  // The page's own files hold no data.
  ...all(['/page/*', '/shared/*', '/assets/*'], { needs: 'nothing' }),
  ...all(
    Object.values(vendorModules).map(({ path }) => path),
    { needs: 'nothing' },
  ),
]);

/** What a route needs. Throws for a pattern that the table lacks. */
export function accessOf(pattern: string): Access {
  const access = routes.get(pattern);
  if (access === undefined) throw new Error(`${pattern} is not in the table of routes (web/access.ts)`);
  return access;
}

/** Somebody who asks. */
export type Person = MeAnswer;

/** Who asks where there is no login: on this machine alone, and may see everything. */
export const anybody: Person = { name: null, rights: rightNames };

/** Who is logged in. */
export const personOf = (session: Session | undefined): Person | null =>
  session === undefined ? null : { name: session.name, rights: rightsOf(session.roles) };

/** Whether the person may have it; `login` is whoever is one. */
export const mayHave = ({ rights }: Person, needs: Access['needs']): boolean =>
  needs === 'nothing' || needs === 'login' || (needs === 'role' ? rights.length > 0 : rights.includes(needs));

/** The person's rights do not reach so far: the message says so. */
export class NotAllowed extends Error {}

/** The state, if the person may see what it asks for. Throws NotAllowed. */
export function allowed({ rights }: Person, state: CubeState): CubeState {
  const offered = offeredDimensions(state.stream, rights);
  const asked = [...state.splits, ...state.filters.map(({ dimension }) => dimension)];
  const isMissing = (name: string) => name !== timeSplit && !offered.some((dimension) => dimension.name === name);
  const refused = asked.find(isMissing);
  if (refused !== undefined) throw new NotAllowed(`${refused}: your role does not show you single orders`);
  return state;
}
