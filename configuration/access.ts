/** How each side shows who it is: to Kafka, PostgreSQL and the partners, and on the page. Secrets are files, and named here. */
import { join, resolve } from 'node:path';
import type { KafkaSecurity } from '../model/kafka-security.js';
import { homeOf, secretsOf, type Settings } from './places.js';

export function kafkaSecurityOf(env: Settings): KafkaSecurity {
  const isSecured = env.ORDERFLOW_PROFILE === 'secured';
  const mechanism = env.ORDERFLOW_KAFKA_MECHANISM || (isSecured ? 'SCRAM-SHA-512' : '');
  const path = (file: string, secret = '') =>
    file !== '' ? resolve(file) : isSecured && secret !== '' ? join(secretsOf(env), secret) : '';
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
  const path = (file: string, secret = '') =>
    file !== '' ? resolve(file) : isSecured && secret !== '' ? join(secretsOf(env), secret) : '';
  return {
    user: env.ORDERFLOW_POSTGRES_USER || (isSecured ? 'orderflow_{principal}' : ''),
    passwordFile: path(env.ORDERFLOW_POSTGRES_PASSWORD_FILE, 'postgres/{principal}.password'),
    certFile: path(env.ORDERFLOW_POSTGRES_CERT_FILE),
    keyFile: path(env.ORDERFLOW_POSTGRES_KEY_FILE),
    tls: env.ORDERFLOW_POSTGRES_TLS,
    caFile: env.ORDERFLOW_POSTGRES_TLS === 'disable' ? '' : path(env.ORDERFLOW_POSTGRES_CA_FILE, 'ca.crt'),
  };
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
