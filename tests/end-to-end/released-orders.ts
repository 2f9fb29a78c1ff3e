/** Dead letters of the readers of `enriched_order` that are sent back to it, as `dead-letters replay` does it. */
import { replay, type Selection } from '../../dead-letters/replay.js';
import { withSender, type Send } from '../../dead-letters/send.js';
import type { Config } from '../../config.js';
import { kafkaClient } from '../../kafka/client.js';
import { readTopic } from '../../kafka/topic-reader.js';
import type { KafkaRecord } from '../../model/record.js';
import { formatLetter } from '../../model/release.js';
import { toDeadLetter } from '../../transforms/step/dead-letter.js';

/** Sends each of the letters back twice, as a replay does that was cut off in between; how many there were. */
async function releaseTwice(config: Config, selection: Selection): Promise<number> {
  return withSender(config, async (sendOnce) => {
    const send: Send = async (records) => {
      await sendOnce(records);
      await sendOnce(records);
    };
    const replayed = await replay(config, selection, { by: 'test', why: 'it is mended', send });
    return replayed.filter(({ outcome }) => outcome === 'sent').length;
  });
}

/** Releases the order that the aggregator has set aside: two records, of which the first one counts. */
export async function releaseToAggregator(config: Config, orderId: string): Promise<number> {
  return releaseTwice(config, { all: { step: 'aggregator', order: orderId } });
}

/** Sets a record of `enriched_order` aside, as the router would, and releases it: two records more, for the router alone. */
export async function releaseToRouter(config: Config): Promise<number> {
  const records: KafkaRecord[] = [];
  await readTopic(config, 'enriched_order', (record) => void records.push(record));
  const [record] = records as [KafkaRecord];
  const failure = {
    reason: 'PROCESSING_FAILED',
    error: 'a rule threw',
    orderId: '',
    messageId: '',
    createdAt: 0,
  } as const;
  const { key, value } = toDeadLetter(record, 'router', failure);
  const producer = kafkaClient(config, 'test').producer();
  await producer.connect();
  const messages = [{ key: Buffer.from(key!), value: Buffer.from(value!) }];
  await producer.send({ topic: 'dead_letter', acks: -1, messages });
  await producer.disconnect();
  const { topic, partition, offset } = record;
  return releaseTwice(config, { ids: [formatLetter({ topic, partition, offset, step: 'router' })] });
}
