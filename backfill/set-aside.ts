/** Complete orders that the aggregator set aside all the same; what is no order is found so again. */
import { filesSince, requireSound } from '../archive/files.js';
import type { Config } from '../config.js';
import { offsetsAt, withKafkaAdmin } from '../kafka/client.js';
import { readParquetRecords } from '../kafka/parquet-records.js';
import { readTopic } from '../kafka/topic-reader.js';
import type { KafkaRecord } from '../model/record.js';
import type { StageName } from '../model/stages.js';
import { deadLetterCodec, messageIn, v1 } from '../proto/messages.js';

/**
 * Where they stand, as `partition@offset`, of those that the topic, named with its incarnation, took since that time (ms). Their letters are in Kafka, or in
 * the archive, where Kafka has deleted them. Fails with ARCHIVE_DAMAGED, and as Kafka does.
 */
export async function setAsideIn(config: Config, topic: string, since: number): Promise<string[]> {
  const found = new Set<string>();
  function take(record: Pick<KafkaRecord, 'value'>): void {
    const place = placeSetAside(record, topic);
    if (place !== undefined) found.add(place);
  }
  const paths = await filesSince(config.archive, 'dead_letter', since);
  await requireSound(paths);
  for (const path of paths) for await (const letters of readParquetRecords(path)) letters.forEach(take);
  const from = await withKafkaAdmin(config, (admin) => offsetsAt(admin, 'dead_letter', since));
  await readTopic(config, 'dead_letter', take, { from });
  return [...found];
}

const stage: StageName = 'aggregator';

/** Where the order of a letter stands, if it is one of those. */
export function placeSetAside({ value }: Pick<KafkaRecord, 'value'>, topic: string): string | undefined {
  const letter = messageIn(deadLetterCodec, value);
  if (letter?.step !== stage || letter.topic !== topic) return undefined;
  if (letter.reason !== v1.DeadLetterReason.PROCESSING_FAILED) return undefined;
  return `${letter.partition}@${letter.offset}`;
}
