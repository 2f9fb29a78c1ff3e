/** The local Kafka: one broker that is its own KRaft controller. */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { actingAs, type Config, projectRoot } from '../config.js';
import { OperatorError } from '../errors.js';
import { applyAcls } from '../kafka/acl-plan.js';
import { applyUsers } from '../kafka/scram-users.js';
import { krb5LogIn } from '../kafka/security.js';
import { isLoopback } from '../model/loopback.js';
import { usesMechanism } from '../model/kafka-security.js';
import { secretFile } from './authority.js';
import { runJava } from './java.js';
import { fileUrl, propertiesText } from './paths.js';
import type { Run } from './service.js';

const folder = (config: Config) => join(config.home, 'kafka');
/** Where the local broker keeps its topics: a folder for each partition, with its segments (`*.log`). */
export const kafkaDataFolder = (config: Config): string => join(folder(config), 'data');
const propertiesFile = (config: Config) => join(folder(config), 'server.properties');

/** What does not depend on addresses; docker-compose.yml has the same as KAFKA_… variables, a test compares them. */
export const kafkaSettings = {
  'process.roles': 'broker,controller',
  'node.id': 1,
  'controller.listener.names': 'CONTROLLER',
  'listener.security.protocol.map': 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT',
  'offsets.topic.replication.factor': 1,
  'offsets.topic.num.partitions': 8,
  'transaction.state.log.replication.factor': 1,
  'transaction.state.log.min.isr': 1,
  'transaction.state.log.num.partitions': 8,
  // A mistyped topic is an error, no new topic: `orderflow topics apply` makes them from the stage table.
  'auto.create.topics.enable': 'false',
  'group.initial.rebalance.delay.ms': 0,
  // Only Kafka's own topics are compacted, and have few keys; 128 MiB of the heap unless given.
  'log.cleaner.dedupe.buffer.size': 16_777_216,
} as const;

/** The same of the secured profile. Clients log in with their password; brokers, and `owner`, by their certificates. */
export const securedKafkaSettings = {
  'listener.security.protocol.map': 'CONTROLLER:SSL,INTERNAL:SSL,CLIENTS:SASL_SSL',
  'inter.broker.listener.name': 'INTERNAL',
  'sasl.enabled.mechanisms': 'SCRAM-SHA-512',
  'listener.name.clients.scram-sha-512.sasl.jaas.config':
    'org.apache.kafka.common.security.scram.ScramLoginModule required;',
  'listener.name.internal.ssl.client.auth': 'required',
  'listener.name.controller.ssl.client.auth': 'required',
  'ssl.principal.mapping.rules': 'RULE:^CN=([^,]+).*$/$1/,DEFAULT',
  'ssl.keystore.type': 'PEM',
  'ssl.truststore.type': 'PEM',
  'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
  'allow.everyone.if.no.acl.found': 'false',
  'super.users': 'User:kafka;User:owner',
} as const;

/** The broker's keytab lies where those of the clients do. */
const brokerKeytab = ({ kafkaSecurity }: Pick<Config, 'kafkaSecurity'>) =>
  kafkaSecurity.keytabFile.replaceAll('{principal}', 'kafka');

/** The broker's principal, without its realm: Java's clients, who are given 127.0.0.1, look for `localhost`. */
export const brokerPrincipal = ({ kafkaSecurity, host }: Pick<Config, 'kafkaSecurity' | 'host'>) =>
  `${kafkaSecurity.kerberosService}/${isLoopback(host) ? 'localhost' : host}`;

/** Tickets beside passwords, where somebody logs in by them: `owner` still has a certificate, and each user may have a password. */
function kerberosSettings(config: Config): Readonly<Record<string, string>> {
  if (!usesMechanism(config.kafkaSecurity, 'GSSAPI')) return {};
  return {
    'sasl.enabled.mechanisms': 'SCRAM-SHA-512,GSSAPI',
    'sasl.kerberos.service.name': config.kafkaSecurity.kerberosService,
    'listener.name.clients.gssapi.sasl.jaas.config': krb5LogIn(brokerKeytab(config), brokerPrincipal(config)),
  };
}

/** Kafka would end, and say why in its log alone. */
function checkKeytab(config: Config): void {
  const keytab = brokerKeytab(config);
  if (config.profile !== 'secured' || !usesMechanism(config.kafkaSecurity, 'GSSAPI') || existsSync(keytab)) return;
  const todo = `put one of ${brokerPrincipal(config)} there, or name it with ORDERFLOW_KAFKA_KEYTAB_FILE`;
  throw new OperatorError('NO_KEYTAB', `the local Kafka has no keytab at ${keytab}: ${todo}`);
}

function listeners({ profile, urlHost, ports }: Config): Readonly<Record<string, string>> {
  const clients =
    profile === 'secured'
      ? `CLIENTS://${urlHost}:${ports.kafka},INTERNAL://${urlHost}:${ports.kafkaInternal}`
      : `PLAINTEXT://${urlHost}:${ports.kafka}`;
  return {
    listeners: `${clients},CONTROLLER://${urlHost}:${ports.kafkaController}`,
    'advertised.listeners': clients,
    'controller.quorum.voters': `1@${urlHost}:${ports.kafkaController}`,
  };
}

/** Kafka's server.properties as text, for storage in `data`. */
export function kafkaProperties(config: Config, data = kafkaDataFolder(config)): string {
  return propertiesText({
    ...kafkaSettings,
    ...(config.profile === 'secured' && {
      ...securedKafkaSettings,
      ...kerberosSettings(config),
      'ssl.keystore.location': secretFile(config, 'kafka.pem'),
      'ssl.truststore.location': secretFile(config, 'ca.crt'),
    }),
    ...listeners(config),
    'log.dirs': data,
  });
}

/** The secured broker as its owner reaches it: before there is any user, and any right. */
export const asKafkaOwner = (config: Config): Config => ({
  ...actingAs(config, 'owner'),
  kafka: config.kafkaInternal,
  kafkaSecurity: {
    ...config.kafkaSecurity,
    protocol: 'SSL',
    mechanism: '',
    caFile: secretFile(config, 'ca.crt'),
    certFile: secretFile(config, '{principal}.crt'),
    keyFile: secretFile(config, '{principal}.key'),
  },
});

/** Who makes rights and users: of the secured broker by certificate where its port for that is known, elsewhere as all others connect. */
export const kafkaOwner = (config: Config): Config =>
  config.profile === 'secured' && config.kafkaInternal !== '' ? asKafkaOwner(config) : actingAs(config, 'owner');

/** Whose passwords Kafka is to know. */
export const kafkaUsers = (config: Config) => ({ access: config, producers: config.kafkaProducers.names });

/** Users with their passwords, and their rights. */
export async function arrangeKafka(config: Config): Promise<void> {
  if (config.profile !== 'secured') return;
  await applyUsers(asKafkaOwner(config), kafkaUsers(config));
  await applyAcls(asKafkaOwner(config), config);
}

/** Kafka's Uuid: 16 bytes in URL-safe base64. */
const newClusterId = () => randomBytes(16).toString('base64url');

/**
 * Writes Kafka's configuration and formats its storage once, as a whole, so that a Ctrl-C leaves none that is half made; `clusterId` counts
 * only then.
 */
export async function formatKafkaStorage(config: Config, clusterId: string = newClusterId()): Promise<void> {
  const data = kafkaDataFolder(config);
  checkKeytab(config);
  const [unfinished, forFormat] = [`${data}.new`, `${propertiesFile(config)}.new`];
  await mkdir(folder(config), { recursive: true });
  await writeFile(propertiesFile(config), kafkaProperties(config));
  if (existsSync(join(data, 'meta.properties'))) return;
  await rm(unfinished, { recursive: true, force: true });
  await writeFile(forFormat, kafkaProperties(config, unfinished));
  try {
    await runJava(config, {
      classPath: 'kafka',
      mainClass: 'kafka.tools.StorageTool',
      jvm: ['-Xmx64m', '-XX:TieredStopAtLevel=1'],
      // One word with its option: every 64th id begins with a dash, and would be taken for an option itself.
      args: ['format', '--ignore-formatted', `--cluster-id=${clusterId}`, '--config', forFormat],
    });
    await rename(unfinished, data);
    await rm(forFormat);
  } catch (error) {
    const isFull = error instanceof Error && error.message.includes('No space left on device');
    const todo = isFull ? 'the disk is full, make room there' : 'remove the folder';
    const message = `Kafka's storage in ${folder(config)} cannot be formatted: ${todo}`;
    throw new OperatorError('KAFKA_FORMAT', message, { cause: error });
  }
}

export function kafkaBroker(config: Config): Run {
  return {
    kind: 'java',
    classPath: 'kafka',
    mainClass: 'kafka.Kafka',
    jvm: [
      `-Xmx${config.memoryMb.kafkaHeap}m`,
      '-XX:+UseSerialGC',
      '-XX:+ExitOnOutOfMemoryError',
      '-XX:-UsePerfData',
      `-Dlog4j.configuration=${fileUrl(join(projectRoot, 'local', 'kafka', 'log4j.properties'))}`,
      `-Dorderflow.denials=${join(config.home, 'logs', 'kafka-authorizer.log')}`,
    ],
    args: [propertiesFile(config)],
  };
}
