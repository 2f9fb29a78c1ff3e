/** A real OpenID Connect provider on a free port: npm's oidc-provider, a certified one, with people of the test's own. */
import type { Server } from 'node:http';
import { once } from 'node:events';
import { Provider } from 'oidc-provider';
import { freePorts } from '../../free-ports.js';

/** Who may log in there, with any password, and which roles the claim `roles` gives them. */
export const people: Readonly<Record<string, readonly string[]>> = {
  ana: ['analyst', 'staff'],
  olaf: ['operator'],
  aude: ['auditor'],
  both: ['analyst', 'auditor'],
  nobody: ['staff'],
};

/** What the page has to prove itself with. */
export const clientSecret = 'the-client-secret-hush';

export interface TestProvider {
  readonly issuer: string;
  stop(): Promise<void>;
}

interface ProviderOptions {
  /** Roles stand in the ID token; otherwise in UserInfo, as is this provider's custom. */
  readonly inIdToken?: boolean;
  /** The client has no secret. */
  readonly isPublic?: boolean;
}

/** The page at `pageUrl` is its client `cubes`. */
export async function startProvider(
  pageUrl: string,
  { inIdToken = false, isPublic = false }: ProviderOptions = {},
): Promise<TestProvider> {
  const [port] = await freePorts(1);
  // Another host than the page's: browsers do not tell ports apart where cookies are concerned.
  const issuer = `http://localhost:${port}`;
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: 'cubes',
        ...(isPublic ? { token_endpoint_auth_method: 'none' as const } : { client_secret: clientSecret }),
        redirect_uris: [`${pageUrl}/auth/callback`],
        post_logout_redirect_uris: [`${pageUrl}/auth/logged-out`],
      },
    ],
    claims: { openid: ['sub'], profile: ['name', 'roles'] },
    conformIdTokenClaims: !inIdToken,
    cookies: { keys: ['only for tests'] },
    findAccount: (_context, id) =>
      id in people
        ? { accountId: id, claims: () => ({ sub: id, name: `${id} <b>Test</b>`, roles: [...people[id]!] }) }
        : undefined,
  });
  const server = provider.listen(port, '127.0.0.1') as unknown as Server;
  await once(server, 'listening');
  return {
    issuer,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
