/** Who connects to Kafka, and what is written down of who did what. `{principal}` in a name stands for who connects. */
import { z } from 'zod';
import { kafkaMechanisms, kafkaProtocols } from '../model/kafka-security.js';
import { isPrincipal, principals } from '../model/principals.js';
import { count, file, listOf, oneOf, setting, url } from './forms.js';

// As an ACL has them: what separates names, or means everybody, is none.
const producer = z
  .string()
  .regex(/^[^\s,:*]+$/, 'expected names with commas between, such as shop,marketplace')
  .refine((name) => !isPrincipal(name), 'a principal of Orderflow is none from outside, and has its own rights');

export const securitySettings = {
  ORDERFLOW_PRINCIPAL: setting(z.enum(principals), 'operator', 'as whom commands connect to Kafka'),
  ORDERFLOW_KAFKA_PROTOCOL: setting(
    oneOf(kafkaProtocols),
    '',
    "Kafka's security protocol (default: PLAINTEXT, or SASL_SSL where secured)",
  ),
  ORDERFLOW_KAFKA_CA_FILE: setting(
    file,
    '',
    'PEM of the authorities that Kafka is trusted by (default: those of the system)',
  ),
  ORDERFLOW_KAFKA_CERT_FILE: setting(file, '', "PEM of the client's certificate and its chain"),
  ORDERFLOW_KAFKA_KEY_FILE: setting(file, '', 'PEM of its key'),
  ORDERFLOW_KAFKA_MECHANISM: setting(oneOf(kafkaMechanisms), '', 'SASL mechanism'),
  ORDERFLOW_KAFKA_STAGE_MECHANISM: setting(oneOf(kafkaMechanisms), '', "that of the stages' jobs (default: the same)"),
  ORDERFLOW_KAFKA_USER: setting(z.string(), '{principal}', 'user, client id (OAUTHBEARER) or Kerberos principal'),
  ORDERFLOW_KAFKA_PASSWORD_FILE: setting(file, '', 'file with the password alone, or the client secret (OAUTHBEARER)'),
  ORDERFLOW_KAFKA_KEYTAB_FILE: setting(file, '', 'keytab (GSSAPI)'),
  ORDERFLOW_KAFKA_KERBEROS_SERVICE: setting(
    z.string().min(1),
    'kafka',
    "first part of the brokers' Kerberos principals",
  ),
  ORDERFLOW_KAFKA_TOKEN_URL: setting(url, '', 'token endpoint (OAUTHBEARER)'),
  ORDERFLOW_KAFKA_TOKEN_SCOPE: setting(z.string(), '', 'scope of the tokens'),
  ORDERFLOW_KAFKA_TOKEN_CA_FILE: setting(
    file,
    '',
    'PEM of the authorities that the token endpoint is trusted by (default: those of the system)',
  ),
  ORDERFLOW_KAFKA_PRODUCERS: setting(
    listOf(producer),
    '',
    'principals outside Orderflow that may write `raw_order`, with commas between; `orderflow acls apply` grants it',
  ),
  ORDERFLOW_KAFKA_PRODUCER_BYTES: setting(
    count,
    10 * 1024 * 1024,
    'bytes a second that each of them may write to a broker; it is slowed down beyond that',
  ),
  ORDERFLOW_KAFKA_PRODUCER_PERCENT: setting(count, 100, "percent of a broker thread's time that each of them may take"),
  // The audit trail.
  ORDERFLOW_AUDIT: setting(
    z.enum(['required', 'wanted', '']),
    '',
    'where a command cannot write down what it changes: `required`, it changes nothing, or `wanted`, it says so and goes on (default: required where secured)',
  ),
  ORDERFLOW_OPERATOR: setting(
    z.string().max(100),
    '',
    'who runs the commands, for the audit trail, where the account on the machine does not say it',
  ),
  ORDERFLOW_KAFKA_AUTHORIZER_LOG: setting(
    z.string(),
    '',
    "log of Kafka's authorizer for `orderflow audit collect`, a file; its rotated files are named after it (default: the local broker's)",
  ),
  ORDERFLOW_POSTGRES_LOG: setting(
    z.string(),
    '',
    "folder of PostgreSQL's logs in its JSON format for `orderflow audit collect` (default: the local server's)",
  ),
} as const;
