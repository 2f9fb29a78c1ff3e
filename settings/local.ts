/** The local stack: where it listens, and how much memory each JVM gets. */
import { z } from 'zod';
import { profiles } from '../model/profiles.js';
import { count, host, megabytes, port, setting } from './forms.js';

export const localSettings = {
  ORDERFLOW_HOME: setting(z.string().min(1), '.orderflow', 'folder for everything the local stack writes'),
  ORDERFLOW_JARS: setting(z.string(), '', 'folder for the jars that Maven resolves (default: jars/ in ORDERFLOW_HOME)'),
  ORDERFLOW_PROFILE: setting(
    z.enum(profiles),
    'open',
    'local stack: open, or secured, with encryption, authentication and authorization everywhere (`--profile`)',
  ),
  ORDERFLOW_SECRETS: setting(
    z.string(),
    '',
    "folder of the secured stack's certificates, keys and passwords (default: secured/secrets in ORDERFLOW_HOME)",
  ),
  ORDERFLOW_HOST: setting(host, '127.0.0.1', 'address that local services listen on'),
  ORDERFLOW_KAFKA_PORT: setting(port, 9092, 'port of the local Kafka broker'),
  ORDERFLOW_KAFKA_CONTROLLER_PORT: setting(port, 9093, 'port of its KRaft controller'),
  ORDERFLOW_KAFKA_INTERNAL_PORT: setting(
    port,
    9094,
    'port of the secured broker for brokers and `owner`, by certificates',
  ),
  ORDERFLOW_KAFKA_HEAP_MB: setting(megabytes, 256, "Kafka's heap"),
  ORDERFLOW_POSTGRES_PORT: setting(port, 5432, 'port of the local PostgreSQL'),
  ORDERFLOW_ZOOKEEPER_PORT: setting(port, 2181, 'port of the local ZooKeeper'),
  ORDERFLOW_ZOOKEEPER_HEAP_MB: setting(megabytes, 64, "ZooKeeper's heap"),
  ORDERFLOW_FLINK_REST_PORT: setting(port, 8081, "port of Flink's web UI and REST API"),
  ORDERFLOW_FLINK_RPC_PORT: setting(port, 6123, "port of the JobManager's RPC"),
  ORDERFLOW_JOBMANAGER_MEMORY_MB: setting(megabytes, 576, "the JobManager's process size"),
  ORDERFLOW_TASKMANAGER_MEMORY_MB: setting(megabytes, 1152, "the TaskManager's process size"),
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
} as const;
