/**
 * Records in files of Parquet: a row for each, with its original bytes, and columns beside them that say what is in it. Written and read by
 * hyparquet, which has neither native code nor dependencies.
 */
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects, type FileMetaData } from 'hyparquet';
import { fileWriter, parquetWriteRows } from 'hyparquet-writer';
import type { KafkaRecord } from '../model/record.js';

export type ColumnType = 'STRING' | 'INT64' | 'TIMESTAMP' | 'JSON';

/** What a row says of its record beside the record itself, by column; null where there is no such thing. JSON is an object. */
export type Cells = Readonly<Record<string, string | bigint | Date | object | null>>;

export interface ParquetRow {
  readonly record: KafkaRecord;
  /** Whether value, key and headers are left out. */
  readonly isWithheld: boolean;
  readonly cells: Cells;
}

/** Rows that are compressed, written and read at once. */
const groupRows = 10_000;

/** In the file's own metadata: how many of its records have their values left out. */
const withheldKey = 'orderflow.withheld';

const headersText = ({ headers }: KafkaRecord): string | null =>
  headers && headers.length > 0
    ? JSON.stringify(headers.map(({ key, value }) => [key, value && Buffer.from(value).toString('base64')]))
    : null;

/** Writes a file, whole; what is there at the path goes. `types` are those of the cells, in their order. Rejects with the system's error. */
export async function writeParquetRecords(
  path: string,
  types: Readonly<Record<string, ColumnType>>,
  rows: readonly ParquetRow[],
): Promise<void> {
  function* records() {
    for (const { record, isWithheld, cells } of rows)
      yield {
        ...cells,
        kafka_topic: record.topic,
        kafka_partition: record.partition,
        kafka_offset: BigInt(record.offset),
        kafka_timestamp: new Date(record.timestamp),
        kafka_key: isWithheld ? null : record.key,
        kafka_headers: isWithheld ? null : headersText(record),
        kafka_value: isWithheld ? null : record.value,
        withheld: isWithheld,
      };
  }
  const withheld = rows.filter(({ isWithheld }) => isWithheld).length;
  await parquetWriteRows({
    writer: fileWriter(path),
    rows: records(),
    rowGroupSize: groupRows,
    createdBy: 'orderflow',
    kvMetadata: [{ key: withheldKey, value: String(withheld) }],
    columns: [
      ...Object.entries(types).map(([name, type]) => ({ name, type })),
      { name: 'kafka_topic', type: 'STRING', nullable: false },
      { name: 'kafka_partition', type: 'INT32', nullable: false },
      { name: 'kafka_offset', type: 'INT64', nullable: false },
      { name: 'kafka_timestamp', type: 'TIMESTAMP', nullable: false },
      { name: 'kafka_key', type: 'BYTE_ARRAY' },
      { name: 'kafka_headers', type: 'STRING' },
      { name: 'kafka_value', type: 'BYTE_ARRAY' },
      { name: 'withheld', type: 'BOOLEAN', nullable: false },
    ],
  });
}

interface StoredRow {
  readonly kafka_topic: string;
  readonly kafka_partition: number;
  readonly kafka_offset: bigint;
  readonly kafka_timestamp: Date;
  readonly kafka_key: Uint8Array | null;
  readonly kafka_headers: string | null;
  readonly kafka_value: Uint8Array | null;
}

const storedColumns = [
  ...['kafka_topic', 'kafka_partition', 'kafka_offset', 'kafka_timestamp', 'kafka_key', 'kafka_headers', 'kafka_value'],
];

/** How many records of a file have their values left out. Rejects where it is no Parquet. */
export async function withheldIn(path: string): Promise<number> {
  const metadata = await parquetMetadataAsync(await asyncBufferFromFile(path));
  return withheldOf(metadata);
}

const withheldOf = ({ key_value_metadata: pairs = [] }: FileMetaData): number =>
  Number(pairs.find(({ key }) => key === withheldKey)?.value ?? 0);

/** The records of a file in their order, a portion at a time; those whose value is left out have none. Rejects where it is no such file. */
export async function* readParquetRecords(path: string): AsyncGenerator<readonly KafkaRecord[]> {
  const file = await asyncBufferFromFile(path);
  const metadata = await parquetMetadataAsync(file);
  const rows = Number(metadata.num_rows);
  for (let rowStart = 0; rowStart < rows; rowStart += groupRows) {
    const rowEnd = Math.min(rowStart + groupRows, rows);
    const options = { file, metadata, columns: storedColumns, rowStart, rowEnd, utf8: false };
    yield ((await parquetReadObjects(options)) as unknown as StoredRow[]).map(recordOf);
  }
}

function recordOf(row: StoredRow): KafkaRecord {
  const record = {
    topic: row.kafka_topic,
    partition: row.kafka_partition,
    offset: Number(row.kafka_offset),
    timestamp: row.kafka_timestamp.getTime(),
    key: row.kafka_key,
    value: row.kafka_value,
  };
  if (row.kafka_headers === null) return record;
  const list = JSON.parse(row.kafka_headers) as [string, string | null][];
  return {
    ...record,
    headers: list.map(([name, text]) => ({ key: name, value: text === null ? null : Buffer.from(text, 'base64') })),
  };
}
