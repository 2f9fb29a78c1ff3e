import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { loadConfig } from '../../config.js';
import { formatKafkaStorage, kafkaProperties } from '../../local/kafka.js';
import { localStack, removeLocalStack } from '../local-stack.js';

it('writes the addresses of the configuration into server.properties', () => {
  const config = loadConfig({
    ORDERFLOW_HOME: '/home/of/it',
    ORDERFLOW_HOST: '10.0.0.1',
    ORDERFLOW_KAFKA_PORT: '1092',
    ORDERFLOW_KAFKA_CONTROLLER_PORT: '1093',
  });
  expect(kafkaProperties(config)).toBe(
    [
      'process.roles=broker,controller',
      'node.id=1',
      'controller.listener.names=CONTROLLER',
      'listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT',
      'offsets.topic.replication.factor=1',
      'offsets.topic.num.partitions=8',
      'transaction.state.log.replication.factor=1',
      'transaction.state.log.min.isr=1',
      'transaction.state.log.num.partitions=8',
      'auto.create.topics.enable=false',
      'group.initial.rebalance.delay.ms=0',
      'log.cleaner.dedupe.buffer.size=16777216',
      'listeners=PLAINTEXT://10.0.0.1:1092,CONTROLLER://10.0.0.1:1093',
      'advertised.listeners=PLAINTEXT://10.0.0.1:1092',
      'controller.quorum.voters=1@10.0.0.1:1093',
      'log.dirs=/home/of/it/kafka/data',
      '',
    ].join('\n'),
  );
});

it('takes tickets beside passwords where the jobs have some, with a keytab of its own, and says where it has to be', async () => {
  const config = loadConfig({
    ORDERFLOW_PROFILE: 'secured',
    ORDERFLOW_KAFKA_STAGE_MECHANISM: 'GSSAPI',
    ORDERFLOW_KAFKA_KEYTAB_FILE: '/no"where/{principal}.keytab',
  });
  const lines = kafkaProperties(config).split('\n');
  expect(lines).toContain('sasl.enabled.mechanisms=SCRAM-SHA-512,GSSAPI');
  expect(lines.find((line) => line.startsWith('listener.name.clients.gssapi.'))).toContain(
    // Escaped for JAAS, and then for a file of properties.
    String.raw`keyTab="/no\\"where/kafka.keytab" principal="kafka/localhost";`,
  );
  await expect(formatKafkaStorage(config)).rejects.toThrow(
    'the local Kafka has no keytab at /no"where/kafka.keytab: put one of kafka/localhost there, or name it with ORDERFLOW_KAFKA_KEYTAB_FILE',
  );
});

it('formats the storage under a cluster id that looks like an option, once', { timeout: 60_000 }, async () => {
  const config = await localStack();
  try {
    const clusterId = '-o_P6eed3d_00GwvLLaNJA';
    await formatKafkaStorage(config, clusterId);
    await formatKafkaStorage(config);
    expect(readFileSync(join(config.home, 'kafka', 'data', 'meta.properties'), 'utf8')).toContain(
      `cluster.id=${clusterId}\n`,
    );
  } finally {
    await removeLocalStack(config);
  }
});
