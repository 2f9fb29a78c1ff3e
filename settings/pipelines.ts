/** How the pipelines run. */
import { z } from 'zod';
import { limits } from '../model/limits.js';
import { count, flag, millis, setting } from './forms.js';

export const pipelineSettings = {
  ORDERFLOW_PARALLELISM: setting(count, 1, 'parallelism of each job'),
  ORDERFLOW_FUSED: setting(
    flag,
    'true',
    'the validator carries orders through the enricher and the router as well, in the same batch: true or false',
  ),
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
  ORDERFLOW_BUNDLE_MS: setting(millis, 200, 'longest time that a bundle collects records'),
  ORDERFLOW_BUNDLE_SIZE: setting(count, 2_000, 'most records in a bundle'),
  ORDERFLOW_BATCH_SIZE: setting(count, 500, 'most records in one call to the metastore or the partner'),
  ORDERFLOW_BATCH_CONCURRENCY: setting(count, 2, 'batches under way at once in a bundle'),
  ORDERFLOW_MAX_ORDER_BYTES: setting(count.max(limits.orderBytes), 900_000, 'a larger order goes to the dead letters'),
  ORDERFLOW_POSTGRES_CONNECTIONS: setting(count, 2, 'connections per worker process'),
  // Time.
  ORDERFLOW_WINDOW_SECONDS: setting(count, 60, 'size of the aggregation windows'),
  ORDERFLOW_BACKFILLS: setting(
    z.string(),
    '',
    'folder that `orderflow backfill` and its workers both reach (default: backfills/ in ORDERFLOW_HOME)',
  ),
  ORDERFLOW_ARCHIVE: setting(
    z.string(),
    '',
    "folder of the topics' archive, which backfills read, too (default: archive/ in ORDERFLOW_HOME)",
  ),
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
