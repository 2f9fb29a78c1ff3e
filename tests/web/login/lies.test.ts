/** What a provider says is checked: who it is, for whom, for which login, until when, and by whose key. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { loadConfig } from '../../../config.js';
import { createProvider } from '../../../web/login/provider.js';
import { type LyingProvider, startLyingProvider } from './lying-provider.js';

let liar: LyingProvider;
let folder: string;
beforeEach(async () => {
  liar = await startLyingProvider();
  folder = mkdtempSync(join(tmpdir(), 'orderflow-lies-'));
});
afterEach(async () => {
  await liar.stop();
  rmSync(folder, { recursive: true });
});

function cubes(others: Record<string, string> = {}) {
  writeFileSync(join(folder, 'secret'), 'client-hush');
  return loadConfig({
    ORDERFLOW_CUBES_OIDC_ISSUER: liar.issuer,
    ORDERFLOW_CUBES_OIDC_CLIENT_ID: 'cubes',
    ORDERFLOW_CUBES_OIDC_CLIENT_SECRET_FILE: join(folder, 'secret'),
    ...others,
  }).cubes;
}

/** A login up to the provider's answer, and its end with this answer besides. */
async function finish(answer: Record<string, string> = {}, others: Record<string, string> = {}) {
  const provider = createProvider(cubes(others));
  const { pending } = await provider.begin();
  liar.nonce = pending.nonce;
  return provider.finish(
    new URLSearchParams({ code: 'code-hush', state: pending.state, ...answer }).toString(),
    pending,
  );
}

it('takes the truth', async () => {
  expect(await finish()).toMatchObject({ name: 'olaf', roles: ['operator'] });
});

const now = () => Math.floor(Date.now() / 1_000);

it.each<[string, () => Record<string, unknown>]>([
  ['another issuer', () => ({ iss: 'https://evil.example' })],
  ['another audience', () => ({ aud: 'another-client' })],
  ['several audiences, and none that it is meant for', () => ({ aud: ['a', 'b'] })],
  ['another authorized party', () => ({ aud: ['cubes', 'b'], azp: 'b' })],
  ['another nonce', () => ({ nonce: 'of-another-login' })],
  ['no nonce', () => ({ nonce: undefined })],
  ['an end that is past', () => ({ iat: now() - 7_200, exp: now() - 3_600 })],
  ['no end', () => ({ exp: undefined })],
  ['no subject', () => ({ sub: undefined })],
])('refuses an ID token with %s', async (_what, claims) => {
  liar.claims = claims();
  await expect(finish()).rejects.toMatchObject({
    code: 'LOGIN_INVALID',
    message: expect.stringMatching(/^the login is not valid \(OAUTH_\w+\): begin it anew$/) as string,
  });
});

it('refuses an ID token that somebody else has signed', async () => {
  liar.isForging = true;
  await expect(finish()).rejects.toMatchObject({ code: 'LOGIN_INVALID' });
});

it.each<Record<string, string>>([
  { state: 'of-another-login' },
  { state: '' },
  { iss: 'https://evil.example' },
  { code: '' },
])('refuses the answer %o, and redeems no code', async (answer) => {
  await expect(finish(answer)).rejects.toMatchObject({ code: 'LOGIN_INVALID' });
  expect(liar.redeemed).toBe(0);
});

it('refuses a provider that says to be another one', async () => {
  liar.saysIssuer = 'https://evil.example';
  await expect(createProvider(cubes()).begin()).rejects.toMatchObject({ code: 'LOGIN_UNREACHABLE' });
});

it.each<[string, { status: number; body: unknown }, string]>([
  ['a code that was redeemed', { status: 400, body: { error: 'invalid_grant' } }, 'LOGIN_INVALID'],
  ['a client it does not know', { status: 400, body: { error: 'invalid_client' } }, 'LOGIN_MISCONFIGURED'],
  ['a failure', { status: 500, body: 'no' }, 'LOGIN_INVALID'],
  ['nothing that is a token', { status: 200, body: {} }, 'LOGIN_INVALID'],
])('has a sentence for %s, without code, token and secret', async (_what, refusal, code) => {
  liar.refusal = refusal;
  const error = await finish().catch((thrown: unknown) => thrown as Error);
  expect(error).toMatchObject({ code });
  expect((error as Error).message).not.toContain('hush');
});

it('has a sentence for a provider that goes away in between, and one for a place to log out that it lacks', async () => {
  const provider = createProvider(cubes());
  const { pending } = await provider.begin();
  expect(await provider.logoutUrl('token')).toBeUndefined();
  await liar.stop();
  await expect(provider.finish(`code=x&state=${pending.state}`, pending)).rejects.toMatchObject({
    code: 'LOGIN_UNREACHABLE',
    message: expect.stringMatching(/^the login's provider does not answer at /) as string,
  });
  liar = await startLyingProvider();
});

it('asks a provider that was away again, and one that is there once', async () => {
  const provider = createProvider(cubes());
  liar.saysIssuer = 'https://evil.example';
  await expect(provider.begin()).rejects.toThrow();
  liar.saysIssuer = undefined;
  await Promise.all([provider.begin(), provider.begin()]);
  await provider.begin();
  // Discovery is no login.
  expect(liar.redeemed).toBe(0);
});

it.each<[unknown, string, string[]]>([
  [['operator', 'x'], 'roles', ['operator']],
  ['auditor', 'roles', ['auditor']],
  [['Operator', ' operator'], 'roles', []],
  [{ operator: true }, 'roles', []],
  [42, 'roles', []],
  [undefined, 'roles', []],
])('makes of the claim %o roles', async (roles, _claim, wanted) => {
  liar.claims = { roles };
  expect((await finish()).roles).toEqual(wanted);
});

it.each([
  ['realm_access.roles', { realm_access: { roles: ['analyst'] } }],
  ['https://shop.example/roles', { 'https://shop.example/roles': ['analyst'] }],
  ['cognito:groups', { 'cognito:groups': ['analyst'] }],
])('finds the claim %s', async (claim, claims) => {
  liar.claims = { roles: ['operator'], ...claims };
  expect((await finish({}, { ORDERFLOW_CUBES_ROLES_CLAIM: claim })).roles).toEqual(['analyst']);
});

it.each(['__proto__.roles', 'constructor.name', 'toString'])('finds nothing at %s', async (claim) => {
  expect((await finish({}, { ORDERFLOW_CUBES_ROLES_CLAIM: claim, ORDERFLOW_CUBES_ANALYSTS: 'Object' })).roles).toEqual(
    [],
  );
});

it('prints nothing', async () => {
  const said = vi.spyOn(console, 'error');
  await finish();
  expect(said).not.toHaveBeenCalled();
  said.mockRestore();
});
