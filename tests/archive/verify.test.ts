import { mkdtemp, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { addFile, listArchive, partOf, requireSound, type ArchivedFile } from '../../archive/files.js';
import { verifyArchive } from '../../archive/verify.js';
import { writeParquetRecords } from '../../kafka/parquet-records.js';

const noon = Date.parse('2026-01-31T12:00:00Z');
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'orderflow-archive-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A file that holds the offsets, each with its own bytes, under a name that may say something else. */
async function add(offsets: readonly number[], name: Partial<ArchivedFile> = {}): Promise<ArchivedFile> {
  const part = await partOf(folder, 'part.parquet');
  const rows = offsets.map((offset) => ({
    record: {
      ...{ topic: 'raw_order', partition: 3, offset, timestamp: noon },
      ...{ key: Buffer.from('key'), value: Buffer.from(`value ${offset}`) },
    },
    ...{ isWithheld: false, cells: {} },
  }));
  await writeParquetRecords(part, {}, rows);
  const of = { topic: 'raw_order', topicId: 'id-1', day: '2026-01-31', partition: 3 };
  return addFile(folder, part, { ...of, from: offsets[0]!, to: offsets.at(-1)! + 1, ...name });
}

const verify = () => verifyArchive(folder, () => undefined);

it('finds nothing where nothing is wrong', async () => {
  expect(await verify()).toEqual({ files: 0, records: 0, problems: [] });
  expect(await verifyArchive(join(folder, 'elsewhere'), () => undefined)).toEqual({
    ...{ files: 0, records: 0 },
    problems: [`there is no archive: ${join(folder, 'elsewhere')} is not there`],
  });
  const files = [await add([5, 6]), await add([7, 9]), await add([10])];
  expect(await verify()).toEqual({ files: 3, records: 5, problems: [] });
  expect((await listArchive(folder)).files).toEqual(files);
  await requireSound(files.map(({ path }) => join(folder, path)));
});

it('has files for their owner alone', async () => {
  const { path } = await add([1]);
  const places = path.split('/').map((_, index, parts) => join(...parts.slice(0, index + 1)));
  const modes = await Promise.all(places.map(async (place) => (await stat(join(folder, place))).mode & 0o777));
  expect(modes).toEqual([0o700, 0o700, 0o700, 0o600]);
});

it('names the file in which any one bit is another one', async () => {
  const { path } = await add([1, 2, 3]);
  const whole = await readFile(join(folder, path));
  await add([4]);
  for (let index = 0; index < whole.length; index += 7) {
    const damaged = Buffer.from(whole);
    damaged[index]! ^= 1 << (index % 8);
    await writeFile(join(folder, path), damaged);
    expect((await verify()).problems).toEqual([`${path} is damaged: its checksum is another one`]);
  }
  await expect(requireSound([join(folder, path)])).rejects.toMatchObject({
    code: 'ARCHIVE_DAMAGED',
    message: expect.stringContaining(`${path} is damaged`) as string,
  });
});

it('names what is missing between files, or twice there', async () => {
  await add([1, 2]);
  await add([5, 6]);
  const again = await add([6, 7]);
  expect((await verify()).problems).toEqual([
    'raw_order/id-1, partition 3 lacks the offsets from 3 to before 5',
    `${again.path} holds offsets that the file before it holds, too`,
  ]);
});

it('names a file that holds something else than its name says, and what is no file of an archive', async () => {
  const wrong = [
    await add([1], { topicId: 'a', partition: 4 }),
    await add([1], { topicId: 'b', day: '2026-01-30' }),
    await add([1], { topicId: 'c', topic: 'valid_order' }),
    await add([1, 2, 3], { topicId: 'd', to: 3 }),
  ];
  const { path } = await add([100]);
  await rename(join(folder, path), join(folder, 'copy.parquet'));
  const expected = wrong.map((file) => expect.stringContaining(`${file.path} holds a record that its name`) as string);
  const { problems } = await verify();
  expect(problems).toEqual(expect.arrayContaining(['copy.parquet is no file of an archive', ...expected]));
  expect(problems).toHaveLength(expected.length + 1);
});
