/**
 * What it means that Kafka refuses a client, or a client Kafka, in one sentence each: for the commands, whose client is kafkajs, and for the jobs
 * on Flink, whose client is Kafka's own.
 */
import { OperatorError } from '../errors.js';

/** Who was refused, and by whom. */
export interface Parties {
  /** The principal. */
  readonly who: string;
  /** The broker's address. */
  readonly broker: string;
}

/** What was refused. Of rights: the names of topics or groups, as far as they are known. */
export type Refusal =
  | { readonly of: 'topic' | 'group'; readonly names: readonly string[] }
  | {
      readonly of:
        | 'cluster'
        | 'transactional-id'
        | 'log-in'
        | 'ticket'
        | 'token'
        | 'mechanism'
        | 'authority'
        | 'expired'
        | 'host'
        | 'certificate'
        | 'protocol';
      /** What else is known: the protocol that is spoken, the day on which a certificate ran out. */
      readonly detail?: string;
    };

const grant = '`orderflow acls plan` shows what is missing, and `orderflow acls apply` grants it';
const caFile = 'ORDERFLOW_KAFKA_CA_FILE';

function sentence(refusal: Refusal, { who, broker }: Parties): string {
  switch (refusal.of) {
    case 'topic':
    case 'group':
      return `Kafka refuses ${who} the ${refusal.of} ${refusal.names.join(', ') || 'that it asked for'}: ${grant}`;
    case 'cluster':
      return `Kafka refuses ${who} what only an administrator of the cluster may do: ${grant}`;
    case 'transactional-id':
      return `Kafka refuses ${who} a transactional id: no part of Orderflow uses one`;
    case 'log-in':
      return (
        `Kafka at ${broker} refuses the log-in of ${who}: put its password into the file that ORDERFLOW_KAFKA_PASSWORD_FILE names, ` +
        `or give it the one that is there by \`orderflow acls passwords ${who}\``
      );
    case 'ticket':
      return (
        `Kerberos lets ${who} not into Kafka at ${broker}: the keytab that ORDERFLOW_KAFKA_KEYTAB_FILE names has to hold the key that the KDC has ` +
        'for it, and the krb5.conf of the JVMs the KDC'
      );
    case 'token':
      return (
        `no token lets ${who} into Kafka at ${broker}: the endpoint of ORDERFLOW_KAFKA_TOKEN_URL, the client's id and its secret have to go together, ` +
        'and Kafka has to take its keys, issuer and audience'
      );
    case 'mechanism':
      return `Kafka at ${broker} does not take the log-in's mechanism: set ORDERFLOW_KAFKA_MECHANISM to one that it has`;
    case 'authority':
      return `the certificate of Kafka at ${broker} is of no authority that is trusted here: ${caFile} names the file with the right one`;
    case 'expired':
      return `the certificate of Kafka at ${broker} has run out: renew it, in the local stack by \`orderflow certificates renew\``;
    case 'host':
      return `the certificate of Kafka at ${broker} is for another host: give it that name, or reach it by the name that it has`;
    case 'certificate':
      return (
        `Kafka at ${broker} does not take the certificate of ${who}, ${refusal.detail ?? 'which is of no authority that it trusts'}: ` +
        'put another one into the file that ORDERFLOW_KAFKA_CERT_FILE names, in the local stack by `orderflow certificates renew`'
      );
    case 'protocol':
      return `Kafka at ${broker} speaks ${refusal.detail}: set ORDERFLOW_KAFKA_PROTOCOL to it`;
  }
}

export const refusedError = (refusal: Refusal, parties: Parties, cause?: unknown): OperatorError =>
  new OperatorError('KAFKA_REFUSED', sentence(refusal, parties), { cause });

/** What Node says of the two certificates. Sources: https://nodejs.org/api/tls.html, RFC 8446 section 6.2 for the alerts. */
const byTlsCode: readonly [RegExp, Refusal['of']][] = [
  [/^CERT_HAS_EXPIRED$/, 'expired'],
  [/^ERR_TLS_CERT_ALTNAME_INVALID$/, 'host'],
  [/^(UNABLE_TO_|SELF_SIGNED_CERT_|DEPTH_ZERO_SELF_SIGNED_CERT|CERT_)/, 'authority'],
  [/^ERR_SSL_.*_ALERT_(NO_|BAD_|UNSUPPORTED_)?CERTIFICATE|^ERR_SSL_.*_ALERT_(UNKNOWN_CA|ACCESS_DENIED)/, 'certificate'],
];

const byType: Readonly<Record<string, Refusal['of']>> = {
  TOPIC_AUTHORIZATION_FAILED: 'topic',
  GROUP_AUTHORIZATION_FAILED: 'group',
  CLUSTER_AUTHORIZATION_FAILED: 'cluster',
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED: 'transactional-id',
  SASL_AUTHENTICATION_FAILED: 'log-in',
  UNSUPPORTED_SASL_MECHANISM: 'mechanism',
  ILLEGAL_SASL_STATE: 'protocol',
};

interface KafkajsError extends Error {
  readonly type?: string;
  readonly code?: string;
  /** Of the connection that failed. */
  readonly broker?: string;
  readonly errors?: readonly unknown[];
}

/** An error of kafkajs and those that it wraps, the outermost first. */
export function* chainOf(error: unknown): Generator<KafkajsError> {
  for (let at = error; at instanceof Error; at = at.cause) {
    yield at;
    for (const one of (at as KafkajsError).errors ?? []) yield* chainOf(one);
  }
}

const refusal = (of: Refusal['of']): Refusal => (of === 'topic' || of === 'group' ? { of, names: [] } : { of });

/** What an error of kafkajs says was refused, if anything; of a connection that was merely closed, nobody knows yet. */
export function refusalIn(error: unknown): Refusal | undefined {
  for (const { name, type, code } of chainOf(error)) {
    if (name === 'KafkaJSSASLAuthenticationError') return { of: 'log-in' };
    if (type !== undefined && byType[type]) return refusal(byType[type]);
    const [, of] = byTlsCode.find(([pattern]) => typeof code === 'string' && pattern.test(code)) ?? [];
    if (of) return refusal(of);
  }
  return undefined;
}

/** What Kafka's own client says. Source: org.apache.kafka.common.errors, and the JDK's texts of failed handshakes. */
const byJavaText: readonly [RegExp, (found: string) => Refusal][] = [
  [/TopicAuthorizationException: .*\[(.*?)\]/, (names) => ({ of: 'topic', names: names.split(', ') })],
  [/GroupAuthorizationException: .*group: (\S+)/, (name) => ({ of: 'group', names: [name] })],
  [/ClusterAuthorizationException/, () => ({ of: 'cluster' })],
  [/TransactionalIdAuthorizationException/, () => ({ of: 'transactional-id' })],
  [/UnsupportedSaslMechanismException|Client SASL mechanism '\S+' not enabled/, () => ({ of: 'mechanism' })],
  [/LoginException: An internal error occurred while retrieving token|"status":"invalid_token"/, () => ({ of: 'token' })],
  [/javax\.security\.auth\.login\.LoginException|GSS initiate failed/, () => ({ of: 'ticket' })],
  [/SaslAuthenticationException/, () => ({ of: 'log-in' })],
  [/SslAuthenticationException[^]*(?:NotAfter: |validity check failed|CertificateExpiredException)/, () => ({ of: 'expired' })],
  [/SslAuthenticationException[^]*No (?:subject alternative|name matching)/, () => ({ of: 'host' })],
  [/SslAuthenticationException[^]*(?:PKIX path|unable to find valid certification path)/, () => ({ of: 'authority' })],
  [/SslAuthenticationException[^]*fatal alert/, () => ({ of: 'certificate' })],
]; // prettier-ignore

/** What the text of a Java exception, with its causes, says was refused; undefined where it is about something else. */
export function refusalInJava(text: string): Refusal | undefined {
  for (const [pattern, of] of byJavaText) {
    const found = pattern.exec(text);
    if (found) return of(found[1] ?? '');
  }
  return undefined;
}

/** A refusal of a job's client as a sentence. */
export const refusalText = (refusal: Refusal, parties: Parties): string => sentence(refusal, parties);
