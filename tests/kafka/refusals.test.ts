import { expect, it } from 'vitest';
import { refusalIn, refusalInJava } from '../../kafka/refusals.js';

const failed = (fields: object, cause?: Error) => Object.assign(new Error('kafkajs', { cause }), fields);

it.each([
  [{ name: 'KafkaJSSASLAuthenticationError' }, 'log-in'],
  [{ type: 'UNSUPPORTED_SASL_MECHANISM' }, 'mechanism'],
  [{ type: 'ILLEGAL_SASL_STATE' }, 'protocol'],
  [{ type: 'TOPIC_AUTHORIZATION_FAILED' }, 'topic'],
  [{ type: 'GROUP_AUTHORIZATION_FAILED' }, 'group'],
  [{ type: 'CLUSTER_AUTHORIZATION_FAILED' }, 'cluster'],
  [{ type: 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED' }, 'transactional-id'],
  [{ code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' }, 'authority'],
  [{ code: 'SELF_SIGNED_CERT_IN_CHAIN' }, 'authority'],
  [{ code: 'CERT_HAS_EXPIRED' }, 'expired'],
  [{ code: 'ERR_TLS_CERT_ALTNAME_INVALID' }, 'host'],
  [{ code: 'ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE' }, 'certificate'],
  [{ code: 'ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN' }, 'certificate'],
  [{ code: 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED' }, 'certificate'],
  [{ code: 'ERR_SSL_TLSV1_ALERT_UNKNOWN_CA' }, 'certificate'],
  [{ code: 'ECONNREFUSED' }, undefined],
  [{ type: 'UNKNOWN_TOPIC_OR_PARTITION', code: 3 }, undefined],
])('knows what kafkajs means by %j, however deep it is wrapped', (fields, of) => {
  expect(refusalIn(failed({}, failed({}, failed(fields))))?.of).toBe(of);
  expect(refusalIn(failed({ errors: [failed(fields)] }))?.of).toBe(of);
});

const stack = (...lines: string[]) =>
  ['org.apache.flink.util.FlinkRuntimeException: Failed to list', ...lines].join('\n\tat a.B.c(D.java:1)\nCaused by: ');

it.each([
  [
    [
      'org.apache.kafka.common.KafkaException: javax.security.auth.login.LoginException: Checksum failed',
      'KrbException: Checksum failed',
    ],
    { of: 'ticket' },
  ],
  [
    [
      'org.apache.kafka.common.errors.SaslAuthenticationException: An error: (java.security.PrivilegedActionException: javax.security.sasl.SaslException: GSS initiate failed [Caused by GSSException: No valid credentials provided]) occurred',
    ],
    { of: 'ticket' },
  ],
  [
    [
      'javax.security.auth.login.LoginException: An internal error occurred while retrieving token from callback handler',
    ],
    { of: 'token' },
  ],
  [['org.apache.kafka.common.errors.SaslAuthenticationException: {"status":"invalid_token"}'], { of: 'token' }],
  [
    [
      'org.apache.kafka.common.errors.TopicAuthorizationException: Not authorized to access topics: [valid_order, dead_letter]',
    ],
    { of: 'topic', names: ['valid_order', 'dead_letter'] },
  ],
  [
    ['org.apache.kafka.common.errors.GroupAuthorizationException: Not authorized to access group: validator'],
    { of: 'group', names: ['validator'] },
  ],
  [['org.apache.kafka.common.errors.ClusterAuthorizationException: Cluster authorization failed.'], { of: 'cluster' }],
  [
    [
      'org.apache.kafka.common.errors.SaslAuthenticationException: Authentication failed during authentication due to invalid credentials with SASL mechanism SCRAM-SHA-512',
    ],
    { of: 'log-in' },
  ],
  [
    [
      "org.apache.kafka.common.errors.UnsupportedSaslMechanismException: Client SASL mechanism 'PLAIN' not enabled in the server",
    ],
    { of: 'mechanism' },
  ],
  [
    [
      'org.apache.kafka.common.errors.SslAuthenticationException: SSL handshake failed',
      'javax.net.ssl.SSLHandshakeException: PKIX path validation failed: java.security.cert.CertPathValidatorException: validity check failed',
      'java.security.cert.CertificateExpiredException: NotAfter: Thu Feb 01 00:00:00 UTC 2024',
    ],
    { of: 'expired' },
  ],
  [
    [
      'org.apache.kafka.common.errors.SslAuthenticationException: SSL handshake failed',
      'javax.net.ssl.SSLHandshakeException: PKIX path building failed: sun.security.provider.certpath.SunCertPathBuilderException: unable to find valid certification path to requested target',
    ],
    { of: 'authority' },
  ],
  [
    [
      'org.apache.kafka.common.errors.SslAuthenticationException: SSL handshake failed',
      'javax.net.ssl.SSLHandshakeException: No subject alternative names matching IP address 127.0.0.1 found',
    ],
    { of: 'host' },
  ],
  [
    [
      'org.apache.kafka.common.errors.SslAuthenticationException: Failed to process post-handshake messages',
      'javax.net.ssl.SSLHandshakeException: Received fatal alert: bad_certificate',
    ],
    { of: 'certificate' },
  ],
  [['org.apache.kafka.common.errors.TimeoutException: Timed out waiting for a node assignment.'], undefined],
])("knows what Kafka's own client means by %j", (lines, refusal) => {
  expect(refusalInJava(stack(...lines))).toEqual(refusal);
});
