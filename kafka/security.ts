/** How a client shows Kafka who it is: kafkajs here, and Java's clients wherever they run. Both read secrets from their files. */
import { basename, dirname } from 'node:path';
import type { ConnectionOptions } from 'node:tls';
import type { KafkaConfig, Mechanism, SASLOptions } from 'kafkajs';
import type { Config } from '../config.js';
import { type KafkaMechanism, type KafkaSecurity, usesSasl, usesTls } from '../model/kafka-security.js';
import { filesFor, forPrincipal, type Principal } from '../model/principals.js';
import { readSecret } from '../model/secret-file.js';
import { readTls } from '../model/tls-files.js';
import { gssapi } from './gssapi.js';
import { oauthBearer } from './oauthbearer.js';

/** Where Kafka is, and who asks it. Without `kafkaSecurity`, one that is open. */
export type KafkaAccess = Pick<Config, 'kafka'> & Partial<Pick<Config, 'kafkaSecurity' | 'principal'>>;

/** kafkajs reads the password whenever it logs in: a new one counts from the next connection on. */
function saslOptions(security: KafkaSecurity, principal: Principal): SASLOptions | Mechanism {
  const { mechanism } = security;
  const file = forPrincipal(security.passwordFile, principal);
  switch (mechanism) {
    case 'SCRAM-SHA-512':
    case 'SCRAM-SHA-256':
    case 'PLAIN':
      return {
        mechanism: mechanism.toLowerCase() as 'plain',
        username: forPrincipal(security.user, principal),
        get password() {
          return readSecret(file, 'the password for Kafka');
        },
      };
    case 'GSSAPI':
      return gssapi({
        user: forPrincipal(security.user, principal),
        keytabFile: forPrincipal(security.keytabFile, principal),
        service: security.kerberosService,
      });
    case 'OAUTHBEARER':
      return oauthBearer({
        tokenUrl: security.tokenUrl,
        clientId: forPrincipal(security.user, principal),
        secretFile: file,
        scope: security.tokenScope,
        caFile: security.tokenCaFile,
      });
    case '':
      throw new Error(`${security.protocol} without a mechanism`);
  }
}

/** What kafkajs is made with. `tls` gives the options of each connection; undefined where it is in plain text. */
export function kafkajsSecurity({ kafkaSecurity, principal = 'operator' }: KafkaAccess): {
  readonly tls: (() => ConnectionOptions) | undefined;
  readonly sasl: Pick<KafkaConfig, 'sasl'>;
} {
  if (!kafkaSecurity) return { tls: undefined, sasl: {} };
  const { caFile, certFile, keyFile } = kafkaSecurity;
  return {
    // For each connection anew: a certificate that was renewed counts from the next one on.
    tls: usesTls(kafkaSecurity)
      ? () => readTls(filesFor({ caFile, certFile, keyFile }, principal), 'Kafka')
      : undefined,
    sasl: usesSasl(kafkaSecurity) ? { sasl: saslOptions(kafkaSecurity, principal) } : {},
  };
}

/**
 * The file's text, put in by the client where it runs: what travels with a job, and what its UI shows, is this alone.
 * Source: Kafka's DirectoryConfigProvider (KIP-632) and AbstractConfig.resolveConfigVariables.
 */
const textOf = (file: string) => `\${directory:${dirname(file)}:${basename(file)}}`;

/** A value of a JAAS configuration, between double quotes. */
const quoted = (text: string) => `"${text.replace(/["\\]/g, '\\$&')}"`;

/** The JAAS line of Java's Kerberos, for a client or a broker. */
export const krb5LogIn = (keytabFile: string, user: string): string =>
  'com.sun.security.auth.module.Krb5LoginModule required useKeyTab=true storeKey=true ' +
  `keyTab=${quoted(keytabFile)} principal=${quoted(user)};`;

const callbacks = 'org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginCallbackHandler';

/** The login module of a mechanism, and what else its client is set to. Source: https://kafka.apache.org/39/documentation.html#security_sasl */
function saslProperties(
  security: KafkaSecurity,
  mechanism: KafkaMechanism,
  principal: Principal,
): Readonly<Record<string, string>> {
  const user = quoted(forPrincipal(security.user, principal));
  // Not escaped: it is replaced before this is read.
  const password = () => `"${textOf(forPrincipal(security.passwordFile, principal))}"`;
  const scope = security.tokenScope && ` scope=${quoted(security.tokenScope)}`;
  // TLS to the endpoint is not set up by what is set for Kafka's.
  const ofEndpoint =
    security.tokenCaFile && ` ssl.truststore.type="PEM" ssl.truststore.location=${quoted(security.tokenCaFile)}`;
  switch (mechanism) {
    case 'GSSAPI':
      return {
        'sasl.kerberos.service.name': security.kerberosService,
        'sasl.jaas.config': krb5LogIn(
          forPrincipal(security.keytabFile, principal),
          forPrincipal(security.user, principal),
        ),
      };
    case 'OAUTHBEARER':
      return {
        'sasl.oauthbearer.token.endpoint.url': security.tokenUrl,
        'sasl.login.callback.handler.class': callbacks,
        'sasl.jaas.config':
          'org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required ' +
          `clientId=${user} clientSecret=${password()}${scope}${ofEndpoint};`,
      };
    case 'PLAIN':
      return {
        'sasl.jaas.config': `org.apache.kafka.common.security.plain.PlainLoginModule required username=${user} password=${password()};`,
      };
    default:
      return {
        'sasl.jaas.config': `org.apache.kafka.common.security.scram.ScramLoginModule required username=${user} password=${password()};`,
      };
  }
}

/**
 * The settings of a Java client, by Kafka's names; none for a Kafka that is open. They hold no secret: the client reads the files itself,
 * under the same names as here.
 */
export function javaSecurity(
  security: KafkaSecurity,
  principal: Principal,
  mechanism: KafkaMechanism | '' = security.mechanism,
): Readonly<Record<string, string>> {
  if (!usesTls(security) && !usesSasl(security)) return {};
  const { caFile, certFile, keyFile } = security;
  return {
    'security.protocol': security.protocol,
    'config.providers': 'directory',
    'config.providers.directory.class': 'org.apache.kafka.common.config.provider.DirectoryConfigProvider',
    ...(caFile && { 'ssl.truststore.type': 'PEM', 'ssl.truststore.location': caFile }),
    ...(certFile && {
      'ssl.keystore.type': 'PEM',
      'ssl.keystore.certificate.chain': textOf(forPrincipal(certFile, principal)),
      'ssl.keystore.key': textOf(forPrincipal(keyFile, principal)),
    }),
    ...(usesSasl(security) &&
      mechanism && { 'sasl.mechanism': mechanism, ...saslProperties(security, mechanism, principal) }),
  };
}
