/** THE table of settings: every environment variable with its default, type and meaning. config.ts reads them. */
import { z } from 'zod';
import { kafkaMechanisms, kafkaProtocols } from './model/kafka-security.js';
import { limits } from './model/limits.js';
import { principals } from './model/principals.js';
import { issuer, listOf, origin, webAddress } from './model/setting-forms.js';

const port = z.coerce.number().int().min(1).max(65535);
const count = z.coerce.number().int().min(1);
const millis = z.coerce.number().int().min(1);
const megabytes = z.coerce.number().int().min(64);
const host = z.string().regex(/^[^\s[\]/]+$/, 'expected a name or an address, such as 127.0.0.1 or ::1');
const hostAndPort = String.raw`([^\s:,[\]]+|\[(?=[^\]]*:)[\da-fA-F:.]+(%\w+)?\]):\d+`;
// Where a part is found; empty: in the local stack.
const address = z
  .string()
  .regex(
    new RegExp(`^${hostAndPort}(,${hostAndPort})*$`),
    'expected host:port or [IPv6 address]:port, or several with commas between',
  )
  .or(z.literal(''));
const url = webAddress.or(z.literal(''));
// One of these, or nothing.
const oneOf = <const T extends string>(choices: readonly T[]) => z.enum(['', ...choices]);
const file = z.string();

interface Setting<T extends z.ZodType> {
  readonly schema: T;
  readonly default: string;
  readonly help: string;
}
const setting = <T extends z.ZodType>(schema: T, defaultValue: string | number, help: string): Setting<T> => ({
  schema,
  default: String(defaultValue),
  help,
});

/** The environment variables. Their order is that of the table in docs/configuration.md, which a test compares with this. */
export const settings = {
  // The local stack: where it listens, and how much memory each JVM gets.
  ORDERFLOW_HOME: setting(z.string().min(1), '.orderflow', 'folder for everything the local stack writes'),
  ORDERFLOW_JARS: setting(z.string(), '', 'folder for the jars that Maven resolves (default: jars/ in ORDERFLOW_HOME)'),
  ORDERFLOW_PROFILE: setting(
    z.enum(['open', 'secured']),
    'open',
    'local stack: open, or secured, with encryption, authentication and authorization everywhere (`--profile`)',
  ),
  ORDERFLOW_HOST: setting(host, '127.0.0.1', 'address that local services listen on'),
  ORDERFLOW_KAFKA_PORT: setting(port, 9092, 'port of the local Kafka broker'),
  ORDERFLOW_KAFKA_CONTROLLER_PORT: setting(port, 9093, 'port of its KRaft controller'),
  ORDERFLOW_KAFKA_INTERNAL_PORT: setting(
    port,
    9094,
    'port of the secured broker for brokers and `owner`, by certificates',
  ),
  ORDERFLOW_KAFKA_HEAP_MB: setting(megabytes, 384, "Kafka's heap"),
  ORDERFLOW_POSTGRES_PORT: setting(port, 5432, 'port of the local PostgreSQL'),
  ORDERFLOW_ZOOKEEPER_PORT: setting(port, 2181, 'port of the local ZooKeeper'),
  ORDERFLOW_ZOOKEEPER_HEAP_MB: setting(megabytes, 64, "ZooKeeper's heap"),
  ORDERFLOW_FLINK_REST_PORT: setting(port, 8081, "port of Flink's web UI and REST API"),
  ORDERFLOW_FLINK_RPC_PORT: setting(port, 6123, "port of the JobManager's RPC"),
  ORDERFLOW_JOBMANAGER_MEMORY_MB: setting(megabytes, 768, "the JobManager's process size"),
  ORDERFLOW_TASKMANAGER_MEMORY_MB: setting(megabytes, 2048, "the TaskManager's process size"),
  ORDERFLOW_JOB_SERVER_PORT: setting(port, 8099, "port of Beam's job server"),
  ORDERFLOW_ARTIFACT_PORT: setting(port, 8098, "port of the job server's artifact service"),
  ORDERFLOW_JOB_SERVER_HEAP_MB: setting(megabytes, 256, "the job server's heap"),
  ORDERFLOW_WORKER_POOL_PORT: setting(port, 5555, 'port of the worker pool'),
  ORDERFLOW_WORKER_METRICS_PORT: setting(port, 9464, "port of the worker pool's Prometheus metrics"),
  ORDERFLOW_MAX_WORKERS: setting(count, 64, 'most workers of a worker pool'),
  ORDERFLOW_PARTNER_PORT: setting(port, 8090, 'port of the stand-in partner'),
  ORDERFLOW_DRUID_PORT: setting(port, 8888, "port of Druid's router, which answers SQL and takes supervisors"),
  ORDERFLOW_DRUID_COORDINATOR_PORT: setting(port, 8281, "port of Druid's coordinator and overlord"),
  ORDERFLOW_DRUID_METADATA_PORT: setting(port, 1527, "port of Druid's metadata store (Derby)"),
  ORDERFLOW_DRUID_BROKER_PORT: setting(port, 8282, "port of Druid's broker"),
  ORDERFLOW_DRUID_HISTORICAL_PORT: setting(port, 8283, "port of Druid's historical"),
  ORDERFLOW_DRUID_INDEXER_PORT: setting(port, 8291, "port of Druid's indexer"),
  ORDERFLOW_DRUID_COORDINATOR_HEAP_MB: setting(
    megabytes,
    256,
    "the coordinator's heap, overlord and metadata store inside",
  ),
  ORDERFLOW_DRUID_BROKER_HEAP_MB: setting(megabytes, 512, "the broker's heap"),
  ORDERFLOW_DRUID_HISTORICAL_HEAP_MB: setting(megabytes, 256, "the historical's heap"),
  ORDERFLOW_DRUID_INDEXER_HEAP_MB: setting(megabytes, 512, "the indexer's heap, which all ingestion shares"),
  ORDERFLOW_DRUID_ROUTER_HEAP_MB: setting(megabytes, 128, "the router's heap"),
  ORDERFLOW_CUBES_PORT: setting(port, 8787, "port of the analyst's page, `orderflow cubes`"),
  ORDERFLOW_CUBES_URL: setting(
    origin.or(z.literal('')),
    '',
    "the page's own address, as browsers and the login's provider have it (default: where it listens)",
  ),
  ORDERFLOW_CUBES_HOSTS: setting(
    listOf(host),
    '',
    'further names that the page is asked for, with commas between; any other is refused',
  ),
  ORDERFLOW_CUBES_CERT_FILE: setting(
    file,
    '',
    "the page's certificate with its chain, PEM: it is served by HTTPS then",
  ),
  ORDERFLOW_CUBES_KEY_FILE: setting(file, '', "the certificate's key, PEM"),
  ORDERFLOW_CUBES_SESSION_MINUTES: setting(count.max(1_440), 480, 'how long a login lasts, 1440 at most'),
  ORDERFLOW_CUBES_OIDC_ISSUER: setting(
    issuer.or(z.literal('')),
    '',
    'OpenID Connect provider that people log in with (default: no login, on a loopback address alone)',
  ),
  ORDERFLOW_CUBES_OIDC_CLIENT_ID: setting(z.string(), '', "the page's client id there"),
  ORDERFLOW_CUBES_OIDC_CLIENT_SECRET_FILE: setting(
    file,
    '',
    'file with its client secret (default: a public client, by PKCE alone)',
  ),
  ORDERFLOW_CUBES_OIDC_SCOPE: setting(
    z.string().regex(/(^| )openid( |$)/, 'expected scopes with spaces between, openid among them'),
    'openid profile',
    'scopes that are asked for',
  ),
  ORDERFLOW_CUBES_OIDC_CA_FILE: setting(
    file,
    '',
    "the authority of the provider's certificate, PEM (default: those that Node knows)",
  ),
  ORDERFLOW_CUBES_ROLES_CLAIM: setting(
    z.string().min(1),
    'roles',
    'claim that holds roles or groups; within an object by dots, such as realm_access.roles',
  ),
  ORDERFLOW_CUBES_ANALYSTS: setting(listOf(z.string().min(1)), 'analyst', 'values of the claim that make an analyst'),
  ORDERFLOW_CUBES_OPERATORS: setting(
    listOf(z.string().min(1)),
    'operator',
    'values of the claim that make an operator',
  ),
  ORDERFLOW_CUBES_AUDITORS: setting(listOf(z.string().min(1)), 'auditor', 'values of the claim that make an auditor'),
  // Where the parts are found: the local stack unless set.
  ORDERFLOW_KAFKA: setting(address, '', 'bootstrap servers (default: the local broker)'),
  ORDERFLOW_POSTGRES_URL: setting(
    z.url({ protocol: /^postgres(ql)?$/, error: 'expected a URL that begins with postgres://' }).or(z.literal('')),
    '',
    'metastore, postgres://user:password@host:port/database (default: the local one)',
  ),
  ORDERFLOW_POSTGRES_USER: setting(
    z.string(),
    '',
    'role instead of that in the URL; `{principal}` in it stands for who connects, so that each has a role of its own',
  ),
  ORDERFLOW_POSTGRES_PASSWORD_FILE: setting(
    z.string(),
    '',
    'file with the password, read at each connection; `{principal}` as above',
  ),
  ORDERFLOW_POSTGRES_TLS: setting(
    z.enum(['', 'disable', 'verify-full']),
    '',
    '`verify-full` or `disable` (default: `verify-full` with ORDERFLOW_POSTGRES_CA_FILE, else as the URL says)',
  ),
  ORDERFLOW_POSTGRES_CA_FILE: setting(
    z.string(),
    '',
    'certificates (PEM) of the authorities that may vouch for the server (default: those that Node.js knows)',
  ),
  ORDERFLOW_POSTGRES_CERT_FILE: setting(
    z.string(),
    '',
    'our own certificate (PEM), for a server that asks for one; `{principal}` as above',
  ),
  ORDERFLOW_POSTGRES_KEY_FILE: setting(z.string(), '', 'its key (PEM); `{principal}` as above'),
  ORDERFLOW_FLINK_URL: setting(url, '', "Flink's REST API (default: the local one)"),
  ORDERFLOW_JOB_SERVER: setting(address, '', "Beam's job server (default: the local one)"),
  ORDERFLOW_WORKER_POOL: setting(address, '', 'worker pool, as the TaskManagers reach it (default: the local one)'),
  ORDERFLOW_PARTNER_URL: setting(url, '', "the partner's endpoint for orders (default: the stand-in)"),
  ORDERFLOW_PARTNERS_FILE: setting(
    z.string(),
    '',
    'JSON file with the address and the credentials of each partner; a partner that is not in it is at ORDERFLOW_PARTNER_URL',
  ),
  ORDERFLOW_DRUID_URL: setting(url, '', "Druid's router (default: the local one)"),
  ORDERFLOW_DRUID_USER: setting(
    z.string().regex(/^[^:]*$/, 'expected a name without a colon'),
    '',
    'user that Druid is asked as, by basic authentication',
  ),
  ORDERFLOW_DRUID_PASSWORD_FILE: setting(file, '', 'file with its password, read at each request'),
  ORDERFLOW_DRUID_CA_FILE: setting(
    file,
    '',
    "the authority of Druid's certificate, PEM (default: those that Node knows)",
  ),
  ORDERFLOW_DRUID_KAFKA: setting(
    address,
    '',
    'bootstrap servers, as Druid reaches them (default: those of ORDERFLOW_KAFKA)',
  ),
  // Who connects, and how it shows that. `{principal}` in a name stands for who it is.
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
  // How the pipelines run.
  ORDERFLOW_PARALLELISM: setting(count, 2, 'parallelism of each job'),
  ORDERFLOW_PARTITIONS: setting(
    count,
    4,
    'partitions of a topic that is made; `orderflow topics grow` gives more to those that are there',
  ),
  ORDERFLOW_REPLICATION: setting(count, 1, 'replication factor of each topic; all copies but one confirm a record'),
  ORDERFLOW_RETENTION_MS: setting(millis, 7 * 86_400_000, 'retention of each topic but dead_letter'),
  ORDERFLOW_DEAD_LETTER_RETENTION_MS: setting(
    millis,
    30 * 86_400_000,
    'retention of dead_letter: how long a dead letter can be sent back',
  ),
  ORDERFLOW_KEEP_DAYS: setting(
    count,
    45,
    'days that the metastore keeps an order after its last line: longer than any record of it can be read',
  ),
  ORDERFLOW_AUDIT_KEEP_DAYS: setting(
    count.min(90),
    400,
    'days that events of the audit trail are kept, in the metastore and on the topic `audit`; 90 at least',
  ),
  ORDERFLOW_CHECKPOINT_MS: setting(millis, 5_000, 'time between checkpoints'),
  ORDERFLOW_CHECKPOINT_TIMEOUT_MS: setting(millis, 30_000, 'a checkpoint that takes longer has failed'),
  ORDERFLOW_BUNDLE_MS: setting(millis, 50, 'longest time that a bundle collects records'),
  ORDERFLOW_BUNDLE_SIZE: setting(count, 2_000, 'most records in a bundle'),
  ORDERFLOW_BATCH_SIZE: setting(count, 500, 'most records in one call to the metastore or the partner'),
  ORDERFLOW_BATCH_CONCURRENCY: setting(count, 2, 'batches under way at once in a bundle'),
  ORDERFLOW_MAX_ORDER_BYTES: setting(count.max(limits.orderBytes), 900_000, 'a larger order goes to the dead letters'),
  ORDERFLOW_POSTGRES_CONNECTIONS: setting(count, 2, 'connections per worker process'),
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
  // Time.
  ORDERFLOW_WINDOW_SECONDS: setting(count, 60, 'size of the aggregation windows'),
  ORDERFLOW_ALLOWED_LATENESS_MS: setting(
    millis,
    86_400_000,
    'an order that Kafka takes so long after its created_at is not aggregated (TOO_LATE)',
  ),
  ORDERFLOW_PANE_MS: setting(millis, 2_000, 'how soon a window that changed writes a pane'),
  // Delivery to the partner.
  // A request that ends with its batch says nothing of the partner: it has to end before.
  ORDERFLOW_PARTNER_TIMEOUT_MS: setting(millis.max(3_000), 1_500, 'time-out of one request, 3000 at most'),
  ORDERFLOW_PARTNER_CONCURRENCY: setting(count, 16, 'requests under way at once per worker and partner'),
  ORDERFLOW_PARTNER_ATTEMPTS: setting(count, 2, 'requests within a batch before the order is parked'),
  ORDERFLOW_PARTNER_RETRY_MS: setting(
    millis,
    5_000,
    'how long a parked order waits for its next try; it doubles with each one that fails',
  ),
  ORDERFLOW_PARTNER_RETRY_MAX_MS: setting(millis, 600_000, 'the longest time between two tries of a parked order'),
  ORDERFLOW_PARTNER_MAX_TRIES: setting(
    count,
    50,
    'failed tries after which a parked order is given up; an outage of its partner uses up none',
  ),
  ORDERFLOW_PARTNER_GIVE_UP_MS: setting(
    millis,
    3 * 86_400_000,
    'a parked order that fails after this time is given up, whatever the reason',
  ),
} as const;
