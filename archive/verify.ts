/** Whether an archive holds what it held when it was written. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readParquetRecords } from '../kafka/parquet-records.js';
import { dayOf, hashOf, listArchive, type ArchivedFile } from './files.js';
import { missingIn } from './offsets.js';

export interface Verified {
  readonly files: number;
  readonly records: number;
  /** A sentence each, which names the file. */
  readonly problems: readonly string[];
}

/**
 * Reads all of an archive: each file's checksum, its records and their places, and whether offsets between files are missing or twice there. Changes
 * nothing. `onProgress` is told after each file.
 */
export async function verifyArchive(
  folder: string,
  onProgress: (done: number, files: number) => void,
): Promise<Verified> {
  if (!existsSync(folder)) return { files: 0, records: 0, problems: [`there is no archive: ${folder} is not there`] };
  const { files, others } = await listArchive(folder);
  const problems = others.map((path) => `${path} is no file of an archive`);
  let records = 0;
  for (const [index, file] of files.entries()) {
    const { count, problem } = await verifyFile(folder, file);
    records += count;
    if (problem) problems.push(`${file.path} ${problem}`);
    onProgress(index + 1, files.length);
  }
  return { files: files.length, records, problems: [...problems, ...betweenFiles(files)] };
}

async function verifyFile(folder: string, file: ArchivedFile): Promise<{ count: number; problem?: string }> {
  const path = join(folder, file.path);
  if ((await hashOf(path)) !== file.sha256) return { count: 0, problem: 'is damaged: its checksum is another one' };
  let count = 0;
  let next = file.from;
  for await (const records of readParquetRecords(path))
    for (const { topic, partition, offset, timestamp } of records) {
      const isOurs = topic === file.topic && partition === file.partition && dayOf(timestamp) === file.day;
      if (!isOurs || offset < next || offset >= file.to)
        return { count, problem: `holds a record that its name does not say: ${topic}/${partition}@${offset}` };
      next = offset + 1;
      count += 1;
    }
  return { count };
}

/** What is missing between the first file of a partition and its last, or twice there. */
function betweenFiles(files: readonly ArchivedFile[]): string[] {
  const partitions = new Map<string, ArchivedFile[]>();
  for (const file of files) {
    const name = `${file.topic}/${file.topicId}, partition ${file.partition}`;
    partitions.set(name, [...(partitions.get(name) ?? []), file]);
  }
  return [...partitions].flatMap(([name, of]) => {
    const gaps = missingIn(of, of[0]!.from, Math.max(...of.map(({ to }) => to))).map(
      (gap) => `${name} lacks the offsets from ${gap.from} to before ${gap.to}`,
    );
    const repeats = of
      .slice(1)
      .filter((file, index) => file.from < of[index]!.to)
      .map((file) => `${file.path} holds offsets that the file before it holds, too`);
    return [...gaps, ...repeats];
  });
}
