/** Keys go where kafkajs' and Kafka's own producers put them. */
import fc from 'fast-check';
import kafkajs from 'kafkajs';
import { expect, test } from 'vitest';
import { partitionOf } from '../../kafka/partitioner.js';

const byKafkajs = kafkajs.Partitioners.DefaultPartitioner();

test('the partition of a key is that of the default partitioner', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), fc.integer({ min: 1, max: 100 }), (bytes, partitions) => {
      const key = Buffer.from(bytes);
      const partitionMetadata = Array.from({ length: partitions }, (_, partitionId) => ({ partitionId, leader: 0 }));
      const message = { key, value: null };
      expect(partitionOf(key, partitions)).toBe(
        byKafkajs({ topic: 't', partitionMetadata, message } as never) as unknown as number,
      );
    }),
  );
});

test('and that of Kafka itself, for a key whose hash is known', () => {
  // org.apache.kafka.common.utils.UtilsTest: murmur2 of "21" is -973932308, of "foobar" -790332482.
  expect(partitionOf(Buffer.from('21'), 1_000_003)).toBe((-973932308 & 0x7fffffff) % 1_000_003);
  expect(partitionOf(Buffer.from('foobar'), 1_000_003)).toBe((-790332482 & 0x7fffffff) % 1_000_003);
});
