import { chmod, mkdtemp, readFile, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { addFileKey, createFileKms } from '../../kms/file-kms.js';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'orderflow-kms-'));
  path = join(folder, 'within', 'kms.json');
});
afterEach(() => rm(folder, { recursive: true }));

const dataKey = Buffer.alloc(32, 7);
const plain = (bytes: Uint8Array | null) => bytes && Buffer.from(bytes);

it('unwraps what it has wrapped, under the same name alone', async () => {
  const kms = createFileKms(path);
  const wrapped = await kms.wrap(dataKey, 'one');
  expect(plain(await createFileKms(path).unwrap(wrapped, 'one'))).toEqual(dataKey);
  expect(await kms.unwrap(wrapped, 'two')).toBeNull();
  expect(await kms.unwrap({ ...wrapped, bytes: wrapped.bytes.slice(0, -1) }, 'one')).toBeNull();
  expect(await kms.unwrap({ ...wrapped, bytes: new Uint8Array(3) }, 'one')).toBeNull();
  expect(Buffer.from(wrapped.bytes).includes(dataKey)).toBe(false);
});

it('makes the file, for its owner alone, and one of it when several come at once', async () => {
  const all = await Promise.all(Array.from({ length: 8 }, () => createFileKms(path).wrap(dataKey, 'one')));
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect(new Set(all.map(({ kmsKey }) => kmsKey)).size).toBe(1);
  expect(await readdir(join(folder, 'within'))).toEqual(['kms.json']);
  for (const wrapped of all) expect(plain(await createFileKms(path).unwrap(wrapped, 'one'))).toEqual(dataKey);
});

it('does not make the file to unwrap with, and says what is missing', async () => {
  const kms = createFileKms(path);
  await expect(kms.unwrap({ bytes: new Uint8Array(60), kmsKey: 'file-1' }, 'one')).rejects.toThrow(
    `the key file ${path} cannot be read (ENOENT): bring it back, or set ORDERFLOW_KMS_KEY_FILE`,
  );
  const { kmsKey } = await kms.wrap(dataKey, 'one');
  await expect(kms.unwrap({ bytes: new Uint8Array(60), kmsKey: 'file-1' }, 'one')).rejects.toThrow(
    `the key file ${path} has no key file-1: bring it back from a backup of the file`,
  );
  expect(kmsKey).toMatch(/^file-[0-9a-f]{8}$/);
});

it('takes no file that others may read', async () => {
  await createFileKms(path).wrap(dataKey, 'one');
  await chmod(path, 0o640);
  await expect(createFileKms(path).wrap(dataKey, 'one')).rejects.toThrow(
    `others may read the key file ${path}: chmod 600 ${path}`,
  );
});

it('wraps with a key that was added, still unwraps with the one before, and wraps that anew', async () => {
  const kms = createFileKms(path);
  const before = await kms.wrap(dataKey, 'one');
  const added = await addFileKey(path);
  const other = createFileKms(path);
  expect(plain(await other.unwrap(before, 'one'))).toEqual(dataKey);
  const after = await other.rewrap(before, 'one');
  expect(after?.kmsKey).toBe(added);
  // This one has read the file before the key was added.
  expect(plain(await kms.unwrap(after!, 'one'))).toEqual(dataKey);
  expect(JSON.parse(await readFile(path, 'utf8'))).toMatchObject({ keys: [{ id: added }, { id: before.kmsKey }] });
});
