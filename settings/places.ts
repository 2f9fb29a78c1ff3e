/** Where the parts are found, the local stack unless set, and how each side shows who it is. */
import { z } from 'zod';
import { address, file, serviceUrl, setting, url } from './forms.js';

export const placeSettings = {
  ORDERFLOW_KAFKA: setting(address, '', 'bootstrap servers (default: the local broker)'),
  ORDERFLOW_KAFKA_INTERNAL: setting(
    address,
    '',
    'the same for `owner` in the secured profile, where certificates are asked for (default: that of the local broker)',
  ),
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
  ORDERFLOW_FLINK_URL: setting(serviceUrl, '', "Flink's REST API (default: the local one)"),
  ORDERFLOW_FLINK_CA_FILE: setting(
    file,
    '',
    "PEM of the authorities of Flink's certificate (default: those of the system)",
  ),
  ORDERFLOW_FLINK_CERT_FILE: setting(file, '', 'our own certificate for it, PEM; `{principal}` as above'),
  ORDERFLOW_FLINK_KEY_FILE: setting(file, '', 'its key, PEM; `{principal}` as above'),
  ORDERFLOW_FLINK_TOKEN_FILE: setting(file, '', 'file with a bearer token, for a Flink behind a proxy'),
  ORDERFLOW_JOB_SERVER: setting(address, '', "Beam's job server (default: the local one)"),
  ORDERFLOW_JOB_SERVER_CA_FILE: setting(
    file,
    '',
    'PEM of the authorities of its certificate; it is called with TLS where this or the next is set',
  ),
  ORDERFLOW_JOB_SERVER_CERT_FILE: setting(file, '', 'our own certificate for it, PEM; `{principal}` as above'),
  ORDERFLOW_JOB_SERVER_KEY_FILE: setting(file, '', 'its key, PEM; `{principal}` as above'),
  ORDERFLOW_SPARK_JOB_SERVER: setting(address, '', "Beam's job server for Spark (default: the local one)"),
  ORDERFLOW_WORKER_POOL: setting(address, '', 'worker pool, as the TaskManagers reach it (default: the local one)'),
  ORDERFLOW_WORKER_METRICS_CERT_FILE: setting(
    file,
    '',
    "certificate of the worker pool's metrics, PEM: they are at https where it is set",
  ),
  ORDERFLOW_WORKER_METRICS_KEY_FILE: setting(file, '', 'its key, PEM'),
  ORDERFLOW_WORKER_METRICS_CA_FILE: setting(
    file,
    '',
    'PEM of the authorities whose clients may read the metrics; all may unless given',
  ),
  ORDERFLOW_PARTNER_URL: setting(url, '', "the partner's endpoint for orders (default: the stand-in)"),
  ORDERFLOW_PARTNERS_FILE: setting(
    z.string(),
    '',
    'JSON file with the address and the credentials of each partner; a partner that is not in it is at ORDERFLOW_PARTNER_URL',
  ),
  ORDERFLOW_DRUID_URL: setting(serviceUrl, '', "Druid's router (default: the local one)"),
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
  ORDERFLOW_DRUID_CERT_FILE: setting(file, '', 'our own certificate for it, PEM; `{principal}` as above'),
  ORDERFLOW_DRUID_KEY_FILE: setting(file, '', 'its key, PEM; `{principal}` as above'),
  ORDERFLOW_DRUID_KAFKA: setting(
    address,
    '',
    'bootstrap servers, as Druid reaches them (default: those of ORDERFLOW_KAFKA)',
  ),
} as const;
