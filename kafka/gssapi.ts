/** A log-in by a Kerberos ticket (SASL's GSSAPI, RFC 4752): tickets are those of MIT's libkrb5, which npm's `kerberos` calls. */
import { accessSync, constants } from 'node:fs';
import { lookupService } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { Mechanism } from 'kafkajs';
import { codeOf, OperatorError } from '../errors.js';
import { type Exchange, isRefusal, saslMechanism } from './sasl.js';

/** What is used of npm's `kerberos`. Tokens are in base64. */
interface Kerberos {
  readonly GSS_C_MUTUAL_FLAG: number;
  readonly GSS_C_INTEG_FLAG: number;
  readonly GSS_C_SEQUENCE_FLAG: number;
  readonly GSS_MECH_OID_KRB5: number;
  initializeClient(service: string, options: object): Promise<KerberosClient>;
}
interface KerberosClient {
  readonly contextComplete: boolean;
  step(challenge: string): Promise<string | null>;
  unwrap(challenge: string): Promise<string>;
  wrap(text: string): Promise<string>;
}

/** The package is compiled where there is no build of it, and few need it: it is not among ours. */
const kerberosPackage: string = 'kerberos';

async function loadKerberos(): Promise<Kerberos> {
  try {
    return ((await import(kerberosPackage)) as { default: Kerberos }).default;
  } catch (cause) {
    const install = '`npm install --no-save kerberos@7.0.0` installs it, and on Debian needs libkrb5-dev';
    throw new OperatorError('NO_KERBEROS', `the commands need npm's package kerberos for GSSAPI: ${install}`, {
      cause,
    });
  }
}

/** A bit of the mask of security layers: none, for TLS is there. RFC 4752, 3.3. */
const NO_LAYER = 1;

export interface KerberosLogIn {
  /** The client's principal; libkrb5 adds its default realm. */
  readonly user: string;
  readonly keytabFile: string;
  /** The first part of the broker's principal. */
  readonly service: string;
}

/** For kafkajs' `sasl`. The keytab is read whenever there is no good ticket. Fails with OperatorErrors that say what to do. */
export const gssapi = (as: KerberosLogIn): Mechanism => saslMechanism('GSSAPI', (exchange) => logIn(as, exchange));

async function logIn(as: KerberosLogIn, { host, port, send }: Exchange): Promise<void> {
  const kerberos = await loadKerberos();
  checkKeytab(as.keytabFile);
  const service = `${as.service}@${await nameOf(host, port)}`;
  const say = async (token: string | null) => (await send(Buffer.from(token ?? '', 'base64'))).toString('base64');
  const { client, token } = await oneAtATime(() => begin(kerberos, as, service));
  try {
    let answer = await say(token);
    while (!client.contextComplete) answer = await say(await client.step(answer));
    const layers = Buffer.from(await client.unwrap(answer), 'base64');
    if (((layers[0] ?? 0) & NO_LAYER) === 0) throw refused(as, service, 'it wants a security layer, and TLS is ours');
    await say(await client.wrap(Buffer.from([NO_LAYER, 0, 0, 0]).toString('base64')));
  } catch (error) {
    if (isRefusal(error)) throw refused(as, service, 'its keytab has to hold the key that the KDC has now');
    throw error;
  }
}

const refused = ({ user }: KerberosLogIn, service: string, why: string) =>
  new OperatorError('KAFKA_REFUSED', `Kafka, as ${service}, refuses the Kerberos ticket of ${user}: ${why}`);

/** The first token: all that needs the ticket. */
async function begin(kerberos: Kerberos, { user, keytabFile }: KerberosLogIn, service: string) {
  // A keytab for clients and a place for tickets are named to libkrb5 by the environment alone. Source: MIT's "Environment variables".
  const settings = { KRB5_CLIENT_KTNAME: `FILE:${keytabFile}`, KRB5CCNAME: `MEMORY:${user}` };
  const before = Object.keys(settings).map((name) => [name, process.env[name]] as const);
  Object.assign(process.env, settings);
  try {
    const client = await kerberos.initializeClient(service, {
      principal: user,
      gssFlag: kerberos.GSS_C_MUTUAL_FLAG | kerberos.GSS_C_INTEG_FLAG | kerberos.GSS_C_SEQUENCE_FLAG,
      mechOID: kerberos.GSS_MECH_OID_KRB5,
    });
    return { client, token: await client.step('') };
  } catch (cause) {
    const why = `${(cause as Error).message}`.replace(/^.*Minor code may provide more information: /s, '');
    throw new OperatorError(
      'NO_TICKET',
      `Kerberos gives ${user} no ticket for ${service} by the keytab ${keytabFile} (${why}): compare both with the KDC's principals and keys`,
      { cause },
    );
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }
}

let last: Promise<unknown> = Promise.resolve();

/** The environment is the whole process's, and several principals may log in. */
function oneAtATime<T>(work: () => Promise<T>): Promise<T> {
  const result = last.then(work);
  last = result.catch(() => undefined);
  return result;
}

/** An address by its name, as Kafka's Java clients do: for 127.0.0.1 the broker is `kafka/localhost`. */
const nameOf = async (host: string, port: number) => (isIP(host) ? (await lookupService(host, port)).hostname : host);

function checkKeytab(file: string): void {
  try {
    accessSync(file, constants.R_OK);
  } catch (cause) {
    const problem = `the keytab for Kafka cannot be read from ${file} (${codeOf(cause) ?? 'no file'})`;
    throw new OperatorError('BAD_SECRET_FILE', problem, { cause });
  }
}
