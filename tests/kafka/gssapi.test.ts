import { writeFileSync } from 'node:fs';
import type { SaslAuthenticateArgs } from 'kafkajs';
import { expect, it, vi } from 'vitest';
import { gssapi, type KerberosLogIn } from '../../kafka/gssapi.js';
import { aFolder } from '../transforms/delivery/partner-access.js';

/** What stands in for npm's `kerberos`, which not every machine has: tokens are what the test says. */
const kerberos = vi.hoisted(() => ({ isInstalled: true, layers: [1, 0, 0, 0], wrapped: [] as string[] }));
vi.mock('kerberos', () => {
  if (!kerberos.isInstalled) throw new Error("Cannot find package 'kerberos'");
  const client = {
    contextComplete: false,
    async step(challenge: string) {
      client.contextComplete = challenge !== '';
      return challenge === '' ? base64('first') : null;
    },
    unwrap: async () => Buffer.from(kerberos.layers).toString('base64'),
    async wrap(text: string) {
      kerberos.wrapped.push(text);
      return base64('chosen');
    },
  };
  return { default: { initializeClient: async () => client } };
});
const base64 = (text: string) => Buffer.from(text).toString('base64');

/** Logs in at a broker that answers `ok`; answers what was sent to it. */
async function logIn(as: Partial<KerberosLogIn> = {}): Promise<string[]> {
  const { at } = aFolder();
  writeFileSync(at('keytab'), '');
  const sent: string[] = [];
  const saslAuthenticate = async ({ request, response }: SaslAuthenticateArgs<string>) => {
    sent.push((await request.encode()).subarray(4).toString());
    return response!.parse(await response!.decode(Buffer.from('\x00\x00\x00\x02ok')));
  };
  const mechanism = gssapi({ user: 'validator', keytabFile: at('keytab'), service: 'kafka', ...as });
  const exchange = { host: 'localhost', port: 1, saslAuthenticate, logger: undefined };
  await mechanism.authenticationProvider(exchange as never).authenticate();
  return sent;
}

it('says how npm’s kerberos is installed where it is missing', async () => {
  kerberos.isInstalled = false;
  await expect(logIn()).rejects.toMatchObject({
    code: 'NO_KERBEROS',
    message: expect.stringContaining('`npm install --no-save kerberos@7.0.0`'),
  });
  kerberos.isInstalled = true;
});

it('sends its token, an empty answer to the last one, and that it wants no security layer', async () => {
  kerberos.layers = [7, 0, 16, 0];
  expect(await logIn()).toEqual(['first', '', 'chosen']);
  expect(kerberos.wrapped).toEqual([Buffer.from([1, 0, 0, 0]).toString('base64')]);
});

it('does not log in where a security layer is asked for', async () => {
  kerberos.layers = [6, 0, 16, 0];
  await expect(logIn()).rejects.toMatchObject({ code: 'KAFKA_REFUSED', message: expect.stringContaining('TLS') });
});

it('says that there is no keytab', async () => {
  await expect(logIn({ keytabFile: '/nowhere/validator' })).rejects.toThrow(
    'the keytab for Kafka cannot be read from /nowhere/validator (ENOENT)',
  );
});
