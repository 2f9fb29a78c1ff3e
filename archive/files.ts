/**
 * The archive's files, which are named by what they hold:
 *
 *     TOPIC/ID/DAY/PARTITION.FROM-TO.SHA256.parquet
 *
 * ID is Kafka's id of the topic, which tells it from one that had its name before. DAY (UTC) is that of all its records. FROM and TO are offsets, TO
 * exclusive: between them is nothing else that a reader of the topic sees. SHA256 is that of the file. Nothing else says what an archive holds: a
 * file is there as a whole, or it is not. See docs/glossary.md.
 */
import { createHash } from 'node:crypto';
import { createReadStream, existsSync, type Dirent } from 'node:fs';
import { chmod, mkdir, open, readdir, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { OperatorError } from '../errors.js';

/** A file of records. */
export interface ArchivedFile {
  readonly topic: string;
  /** Kafka's id of the topic. */
  readonly topicId: string;
  /** YYYY-MM-DD, UTC. */
  readonly day: string;
  readonly partition: number;
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
  /** In hexadecimal digits. */
  readonly sha256: string;
  /** Below the archive's folder. */
  readonly path: string;
}

const namePattern = /^(\w+)\/([\w-]+)\/(\d{4}-\d{2}-\d{2})\/(\d+)\.(\d+)-(\d+)\.([0-9a-f]{64})\.parquet$/;

/** Where files are written before they have their names. */
const partsFolder = '.parts';

export const dayMs = 86_400_000;

/** The day (UTC) of a record's time, which Kafka's brokers set. */
export const dayOf = (millis: number) => new Date(millis).toISOString().slice(0, 10);

/** When a file's day begins, in ms since the epoch. */
export const dayBegins = ({ day }: Pick<ArchivedFile, 'day'>) => Date.parse(`${day}T00:00:00Z`);

export interface Listing {
  /** By topic, partition and offset. */
  readonly files: readonly ArchivedFile[];
  /** What is no file of an archive. */
  readonly others: readonly string[];
}

/** All that is in an archive; nothing where there is none. */
export async function listArchive(folder: string): Promise<Listing> {
  const found = await entriesIn(folder);
  const paths = found
    .filter((each) => each.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(join(folder, '/').length))
    .filter((path) => !path.startsWith(partsFolder));
  const files = paths.flatMap((path) => parse(path) ?? []).sort(byPlace);
  const known = new Set(files.map(({ path }) => path));
  return { files, others: paths.filter((path) => !known.has(path)) };
}

/** A folder below may go while all is listed: then it is listed again. */
async function entriesIn(folder: string): Promise<Dirent[]> {
  for (;;)
    try {
      return await readdir(folder, { recursive: true, withFileTypes: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      if (!existsSync(folder)) return [];
    }
}

function parse(path: string): ArchivedFile | undefined {
  const [, topic = '', topicId = '', day = '', partition, from, to, sha256 = ''] = namePattern.exec(path) ?? [];
  if (topic === '') return undefined;
  const [place, first, end] = [partition, from, to].map(Number) as [number, number, number];
  return { topic, topicId, day, partition: place, from: first, to: end, sha256, path };
}

function byPlace(left: ArchivedFile, right: ArchivedFile): number {
  const [one, other] = [left, right].map(({ topic, topicId }) => `${topic} ${topicId}`) as [string, string];
  if (one !== other) return one < other ? -1 : 1;
  return left.partition - right.partition || left.from - right.from;
}

/** The files of one partition of one topic. */
export const filesOf = (
  files: readonly ArchivedFile[],
  { topic, topicId, partition }: Pick<ArchivedFile, 'topic' | 'topicId' | 'partition'>,
): readonly ArchivedFile[] =>
  files.filter((file) => file.topic === topic && file.topicId === topicId && file.partition === partition);

/** The paths of a topic's files that have records of that time (ms since the epoch) or later, also of a topic that had its name before. */
export async function filesSince(folder: string, topic: string, time: number): Promise<string[]> {
  const { files } = await listArchive(folder);
  const since = files.filter((file) => file.topic === topic && dayBegins(file) + dayMs > time);
  return since.map(({ path }) => join(folder, path));
}

/** Has what was written of a file, or of a folder's names, on the disk. */
async function sync(path: string): Promise<void> {
  const handle = await open(path);
  await handle.sync().finally(() => handle.close());
}

/** Where to write a file that is to be added. */
export async function partOf(folder: string, name: string): Promise<string> {
  // What it holds of customers is for nobody else on the machine.
  await mkdir(join(folder, partsFolder), { recursive: true, mode: 0o700 });
  return join(folder, partsFolder, name);
}

/** Gives a finished file its name; then it is in the archive, also after a failure of the machine. */
export async function addFile(
  folder: string,
  part: string,
  of: Omit<ArchivedFile, 'sha256' | 'path'>,
): Promise<ArchivedFile> {
  const sha256 = await hashOf(part);
  const { topic, topicId, day, partition, from, to } = of;
  const path = join(topic, topicId, day, `${partition}.${from}-${to}.${sha256}.parquet`);
  const target = join(folder, path);
  await mkdir(dirname(target), { recursive: true, mode: 0o700 });
  await chmod(part, 0o600);
  await sync(part);
  await rename(part, target);
  await sync(dirname(target));
  return { ...of, sha256, path };
}

/** The SHA-256 of a file, in hexadecimal digits. */
export async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

/** Fails with ARCHIVE_DAMAGED, which names the file, where one of these paths does not hold what it held when it got its name. */
export async function requireSound(paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    if (path.includes(await hashOf(path))) continue;
    const message = `${path} is damaged: take it away, and \`orderflow archive\` reads those records again while Kafka has them`;
    throw new OperatorError('ARCHIVE_DAMAGED', message);
  }
}
