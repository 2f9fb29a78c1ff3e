/** Ends the login, here and at the provider. */
import { logoutPath } from '../shared/paths.js';

/** Leaves the page; where the server does not answer, one is led to what says so. */
export async function logOut(): Promise<void> {
  const { url } = await fetch(logoutPath, { method: 'POST' }).then(
    async (response) => (await response.json()) as { url: string },
    () => ({ url: '/' }),
  );
  location.assign(url);
}
