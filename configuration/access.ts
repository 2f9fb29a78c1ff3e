/** How each side shows who it is: to Kafka, PostgreSQL and the partners, and on the page. Secrets are files, and named here. */
import { join, resolve } from 'node:path';
import type { KafkaSecurity } from '../model/kafka-security.js';
import { isLoopback } from '../model/loopback.js';
import type { TlsFiles } from '../model/tls-files.js';
import { homeOf, secretsOf, type Settings } from './places.js';

/** The file that a setting names; where it names none, that of the secured local stack, if there is one. */
const pathsOf =
  (env: Settings) =>
  (file: string, secret = '') =>
    file !== ''
      ? resolve(file)
      : env.ORDERFLOW_PROFILE === 'secured' && secret !== ''
        ? join(secretsOf(env), secret)
        : '';

export function kafkaSecurityOf(env: Settings): KafkaSecurity {
  const isSecured = env.ORDERFLOW_PROFILE === 'secured';
  const mechanism = env.ORDERFLOW_KAFKA_MECHANISM || (isSecured ? 'SCRAM-SHA-512' : '');
  const path = pathsOf(env);
  return {
    protocol: env.ORDERFLOW_KAFKA_PROTOCOL || (isSecured ? 'SASL_SSL' : 'PLAINTEXT'),
    caFile: path(env.ORDERFLOW_KAFKA_CA_FILE, 'ca.crt'),
    certFile: path(env.ORDERFLOW_KAFKA_CERT_FILE),
    keyFile: path(env.ORDERFLOW_KAFKA_KEY_FILE),
    mechanism,
    stageMechanism: env.ORDERFLOW_KAFKA_STAGE_MECHANISM || mechanism,
    user: env.ORDERFLOW_KAFKA_USER,
    passwordFile: path(env.ORDERFLOW_KAFKA_PASSWORD_FILE, 'kafka/{principal}.password'),
    keytabFile: path(env.ORDERFLOW_KAFKA_KEYTAB_FILE, 'kafka/{principal}.keytab'),
    kerberosService: env.ORDERFLOW_KAFKA_KERBEROS_SERVICE,
    tokenUrl: env.ORDERFLOW_KAFKA_TOKEN_URL,
    tokenScope: env.ORDERFLOW_KAFKA_TOKEN_SCOPE,
    tokenCaFile: path(env.ORDERFLOW_KAFKA_TOKEN_CA_FILE),
  };
}

/** The quota by Kafka's names. */
export const kafkaProducersOf = (env: Settings) => ({
  names: env.ORDERFLOW_KAFKA_PRODUCERS,
  quota: {
    producer_byte_rate: env.ORDERFLOW_KAFKA_PRODUCER_BYTES,
    request_percentage: env.ORDERFLOW_KAFKA_PRODUCER_PERCENT,
  },
});

/** Who logs in to PostgreSQL, and how each side shows who it is. In the first four `{principal}` stands for who connects: metastore/database.ts. */
export function postgresAccessOf(env: Settings) {
  const isSecured = env.ORDERFLOW_PROFILE === 'secured';
  const path = pathsOf(env);
  return {
    user: env.ORDERFLOW_POSTGRES_USER || (isSecured ? 'orderflow_{principal}' : ''),
    passwordFile: path(env.ORDERFLOW_POSTGRES_PASSWORD_FILE, 'postgres/{principal}.password'),
    certFile: path(env.ORDERFLOW_POSTGRES_CERT_FILE),
    keyFile: path(env.ORDERFLOW_POSTGRES_KEY_FILE),
    tls: env.ORDERFLOW_POSTGRES_TLS,
    caFile: env.ORDERFLOW_POSTGRES_TLS === 'disable' ? '' : path(env.ORDERFLOW_POSTGRES_CA_FILE, 'ca.crt'),
  };
}

const tlsParts = ['FLINK', 'JOB_SERVER', 'WORKER_METRICS', 'DRUID'] as const;

/** The certificates for a part, or its own. Where secured, those of the local authority unless others are given. */
export function tlsOf(env: Settings, part: (typeof tlsParts)[number]): TlsFiles {
  const holder = part === 'WORKER_METRICS' ? 'worker-pool' : '{principal}';
  const path = pathsOf(env);
  return {
    caFile: path(env[`ORDERFLOW_${part}_CA_FILE`], 'ca.crt'),
    certFile: path(env[`ORDERFLOW_${part}_CERT_FILE`], `${holder}.crt`),
    keyFile: path(env[`ORDERFLOW_${part}_KEY_FILE`], `${holder}.key`),
  };
}

/** A certificate without its key, or the other way round. */
export const tlsProblems = (env: Settings): string[] =>
  tlsParts
    .filter((part) => (env[`ORDERFLOW_${part}_CERT_FILE`] === '') !== (env[`ORDERFLOW_${part}_KEY_FILE`] === ''))
    .map((part) => `ORDERFLOW_${part}_CERT_FILE and ORDERFLOW_${part}_KEY_FILE go together: set both, or neither`);

/** Where the worker pool listens: Beam's Fn API is plain text, so that the secured one is for its own host alone. */
export const poolHostOf = (env: Settings): string =>
  env.ORDERFLOW_PROFILE === 'secured' && !isLoopback(env.ORDERFLOW_HOST) ? '127.0.0.1' : env.ORDERFLOW_HOST;

/** A pool that is reached in plain text over a network. */
export function poolProblems({ ORDERFLOW_PROFILE: profile, ORDERFLOW_WORKER_POOL: pool }: Settings): string[] {
  const host = pool.replace(/:\d+$/, '').replace(/^\[|\]$/g, '');
  if (profile !== 'secured' || pool === '' || isLoopback(host)) return [];
  return [
    `ORDERFLOW_WORKER_POOL="${pool}": Beam's Fn API is plain text, so that the secured profile reaches a worker pool on the TaskManager's own host alone, as with 127.0.0.1`,
  ];
}

/** Where the page is, and who may log in to it. */
export function pageOf(env: Settings, urlHost: string) {
  const ofPage = (file: string) => (env.ORDERFLOW_PROFILE === 'secured' ? join(secretsOf(env), file) : '');
  const certFile = env.ORDERFLOW_CUBES_CERT_FILE || ofPage('page.crt');
  const isHttps = certFile !== '';
  const here = `${isHttps ? 'https' : 'http'}://${urlHost}:${env.ORDERFLOW_CUBES_PORT}`;
  return {
    port: env.ORDERFLOW_CUBES_PORT,
    /** Where it listens. */
    here,
    /** Where it is for browsers: an origin. */
    url: env.ORDERFLOW_CUBES_URL === '' ? here : new URL(env.ORDERFLOW_CUBES_URL).origin,
    hosts: env.ORDERFLOW_CUBES_HOSTS,
    certFile,
    keyFile: env.ORDERFLOW_CUBES_KEY_FILE || ofPage('page.key'),
    sessionMs: env.ORDERFLOW_CUBES_SESSION_MINUTES * 60_000,
    /** '' for none: there is no login. */
    issuer: env.ORDERFLOW_CUBES_OIDC_ISSUER,
    clientId: env.ORDERFLOW_CUBES_OIDC_CLIENT_ID,
    clientSecretFile: env.ORDERFLOW_CUBES_OIDC_CLIENT_SECRET_FILE,
    scope: env.ORDERFLOW_CUBES_OIDC_SCOPE,
    issuerCaFile: env.ORDERFLOW_CUBES_OIDC_CA_FILE,
    rolesClaim: env.ORDERFLOW_CUBES_ROLES_CLAIM,
    /** Values of the claim, by role. */
    groups: {
      analyst: env.ORDERFLOW_CUBES_ANALYSTS,
      operator: env.ORDERFLOW_CUBES_OPERATORS,
      auditor: env.ORDERFLOW_CUBES_AUDITORS,
    },
  };
}

/** The partners file by which the secured stand-in is reached. */
export const standInPartnersFile = (home: string) => join(home, 'partner', 'partners.json');

export function partnersFileOf(env: Settings): string {
  if (env.ORDERFLOW_PARTNERS_FILE !== '') return resolve(env.ORDERFLOW_PARTNERS_FILE);
  const isStandIn = env.ORDERFLOW_PROFILE === 'secured' && env.ORDERFLOW_PARTNER_URL === '';
  return isStandIn ? standInPartnersFile(homeOf(env)) : '';
}
