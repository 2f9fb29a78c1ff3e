/** How Kafka is reached: what its clients, in whatever language, are made from. */
import { isLoopback } from './loopback.js';

import { forPrincipal, type Principal } from './principals.js';

export const kafkaProtocols = ['PLAINTEXT', 'SSL', 'SASL_PLAINTEXT', 'SASL_SSL'] as const;
export const kafkaMechanisms = ['SCRAM-SHA-512', 'SCRAM-SHA-256', 'PLAIN', 'OAUTHBEARER', 'GSSAPI'] as const;
export type KafkaMechanism = (typeof kafkaMechanisms)[number];

/** Files are named, never read in: `{principal}` in a file's or user's name stands for who connects. Empty: there is none. */
export interface KafkaSecurity {
  readonly protocol: (typeof kafkaProtocols)[number];
  /** PEM of the authorities that are trusted; those of the system unless given. */
  readonly caFile: string;
  /** PEM of the client's own certificate, with its chain, and of its key. */
  readonly certFile: string;
  readonly keyFile: string;
  readonly mechanism: KafkaMechanism | '';
  /** That of the stages' jobs. */
  readonly stageMechanism: KafkaMechanism | '';
  /** The user, the client's id (OAUTHBEARER), or the Kerberos principal. */
  readonly user: string;
  /** The password, or the client's secret (OAUTHBEARER). */
  readonly passwordFile: string;
  readonly keytabFile: string;
  /** The first part of the brokers' own Kerberos principals. */
  readonly kerberosService: string;
  /** Where OAUTHBEARER gets its tokens, and for which scope. */
  readonly tokenUrl: string;
  readonly tokenScope: string;
  /** PEM of the authorities that the token endpoint is trusted by; those of the system unless given. */
  readonly tokenCaFile: string;
}

export const usesTls = ({ protocol }: KafkaSecurity): boolean => protocol.endsWith('SSL');
/** Whether somebody logs in by the mechanism. */
export const usesMechanism = (security: KafkaSecurity, mechanism: KafkaMechanism): boolean =>
  usesSasl(security) && [security.mechanism, security.stageMechanism].includes(mechanism);
export const usesSasl = ({ protocol }: KafkaSecurity): boolean => protocol.startsWith('SASL');

/**
 * The name by which Kafka knows who connects so, and by which it has rights. Of a Kerberos principal it takes the first part, unless
 * `sasl.kerberos.principal.to.local.rules` says otherwise; of a certificate what `ssl.principal.mapping.rules` say, which is taken to be the common name.
 */
export function kafkaNameOf(security: KafkaSecurity, principal: Principal): string {
  if (!usesSasl(security)) return principal;
  const user = forPrincipal(security.user, principal);
  return [security.mechanism, security.stageMechanism].includes('GSSAPI') ? user.replace(/[/@].*/s, '') : user;
}

/** The settings, by the ends of their names, that a mechanism needs. */
const needs: Readonly<Record<KafkaMechanism, readonly (keyof KafkaSecurity)[]>> = {
  'SCRAM-SHA-512': ['user', 'passwordFile'],
  'SCRAM-SHA-256': ['user', 'passwordFile'],
  PLAIN: ['user', 'passwordFile'],
  OAUTHBEARER: ['user', 'passwordFile', 'tokenUrl'],
  GSSAPI: ['user', 'keytabFile'],
};

const settingOf: Readonly<Partial<Record<keyof KafkaSecurity, string>>> = {
  user: 'ORDERFLOW_KAFKA_USER',
  passwordFile: 'ORDERFLOW_KAFKA_PASSWORD_FILE',
  keytabFile: 'ORDERFLOW_KAFKA_KEYTAB_FILE',
  tokenUrl: 'ORDERFLOW_KAFKA_TOKEN_URL',
};

/** What does not go together, a sentence each. */
export function kafkaSecurityProblems(security: KafkaSecurity): string[] {
  const { protocol, mechanism, stageMechanism, caFile, certFile, keyFile } = security;
  const problems: string[] = [];
  if (!usesTls(security) && (caFile || certFile || keyFile))
    problems.push(`ORDERFLOW_KAFKA_PROTOCOL="${protocol}": certificates are given, and need SSL or SASL_SSL`);
  if ((certFile === '') !== (keyFile === ''))
    problems.push('ORDERFLOW_KAFKA_CERT_FILE and ORDERFLOW_KAFKA_KEY_FILE go together: set both, or neither');
  if (!usesSasl(security)) {
    if (mechanism || stageMechanism)
      problems.push(
        `ORDERFLOW_KAFKA_PROTOCOL="${protocol}": a mechanism is given, and needs SASL_SSL or SASL_PLAINTEXT`,
      );
    return problems;
  }
  if (!mechanism) return [...problems, `ORDERFLOW_KAFKA_MECHANISM: ${protocol} needs one`];
  const mechanisms = new Set([mechanism, stageMechanism || mechanism]);
  for (const each of mechanisms)
    for (const need of needs[each]) if (security[need] === '') problems.push(`${settingOf[need]}: ${each} needs it`);
  if (mechanisms.has('OAUTHBEARER') && isPlainElsewhere(security.tokenUrl))
    problems.push('ORDERFLOW_KAFKA_TOKEN_URL: secrets are sent to other machines over https:// alone');
  return problems;
}

function isPlainElsewhere(url: string): boolean {
  return url.startsWith('http:') && !isLoopback(new URL(url).hostname);
}
