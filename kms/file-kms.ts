/** The KMS for development: a file of keys that nobody else may read. */
import { randomBytes } from 'node:crypto';
import { link, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { isSystemError } from '../errors.js';
import { KmsError, type Kms, type WrappedKey } from './kms.js';
import { unwrapWith, wrapWith } from './wrapping.js';

/** The newest key comes first. */
const schema = z.object({
  keys: z.array(z.object({ id: z.string().min(1), key: z.base64().length(44) })).min(1),
});
type KeyFile = z.infer<typeof schema>;

const newKey = () => ({ id: `file-${randomBytes(4).toString('hex')}`, key: randomBytes(32).toString('base64') });

/** The file's keys. Rejects with a KmsError where it is missing, no key file, or open to others. */
async function read(path: string): Promise<KeyFile> {
  try {
    const { mode } = await stat(path);
    if ((mode & 0o077) !== 0) throw new KmsError(`others may read the key file ${path}: chmod 600 ${path}`);
    return schema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (error) {
    if (error instanceof KmsError) throw error;
    const problem = isSystemError(error) ? `cannot be read (${error.code})` : 'is no key file';
    throw new KmsError(`the key file ${path} ${problem}: bring it back, or set ORDERFLOW_KMS_KEY_FILE`, {
      cause: error,
    });
  }
}

/** Writes a file beside it, whole, and puts it in its place by `place`. */
async function write(path: string, file: KeyFile, place: (beside: string) => Promise<void>): Promise<void> {
  const beside = `${path}.${randomBytes(6).toString('hex')}`;
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await writeFile(beside, `${JSON.stringify(file, null, 2)}\n`, { mode: 0o600, flag: 'wx' });
    await place(beside);
  } catch (error) {
    if (!isSystemError(error)) throw error;
    throw new KmsError(`the key file ${path} cannot be written (${error.code}): set ORDERFLOW_KMS_KEY_FILE`, {
      cause: error,
    });
  } finally {
    await rm(beside, { force: true });
  }
}

/** The file's keys, made if it is missing; of several that make it at once, one does. */
async function readOrMake(path: string): Promise<KeyFile> {
  const isMissing = await stat(path).then(
    () => false,
    (error: unknown) => isSystemError(error) && error.code === 'ENOENT',
  );
  if (isMissing) {
    // Unlike rename, link leaves a file alone that is there.
    const place = (beside: string) =>
      link(beside, path).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'EEXIST') throw error;
      });
    await write(path, { keys: [newKey()] }, place);
  }
  return read(path);
}

/** Gives the file a new key, with which keys are wrapped from now on; its id. The others still unwrap what they have wrapped. */
export async function addFileKey(path: string): Promise<string> {
  const { keys } = await readOrMake(path);
  const added = newKey();
  await write(path, { keys: [added, ...keys] }, (beside) => rename(beside, path));
  return added.id;
}

/** Keeps the file's keys in memory for this many milliseconds: one that was added counts from then on. */
const maxAgeMs = 1_000;

/** The KMS of a key file, which is made at the first wrapping if it is missing. */
export function createFileKms(path: string): Kms {
  let known: { readonly keys: KeyFile['keys']; readonly readAt: number } | undefined;

  async function keys(
    reading: typeof read,
    isEnough: (keys: KeyFile['keys']) => boolean = () => true,
  ): Promise<KeyFile['keys']> {
    if (known && performance.now() - known.readAt < maxAgeMs && isEnough(known.keys)) return known.keys;
    known = { keys: (await reading(path)).keys, readAt: performance.now() };
    return known.keys;
  }

  async function wrap(data: Uint8Array, name: string): Promise<WrappedKey> {
    const { id, key } = (await keys(readOrMake))[0]!;
    return { bytes: wrapWith(Buffer.from(key, 'base64'), data, name), kmsKey: id };
  }

  async function unwrap({ bytes, kmsKey }: WrappedKey, name: string): Promise<Uint8Array | null> {
    const isIt = ({ id }: { id: string }) => id === kmsKey;
    // Somebody may have been given the file's new key a moment ago.
    const found = (await keys(read, (all) => all.some(isIt))).find(isIt);
    if (!found)
      throw new KmsError(`the key file ${path} has no key ${kmsKey}: bring it back from a backup of the file`);
    return unwrapWith(Buffer.from(found.key, 'base64'), bytes, name);
  }

  return {
    wrap,
    unwrap,
    async rewrap(wrapped, name) {
      const key = await unwrap(wrapped, name);
      return key && wrap(key, name);
    },
    close: () => undefined,
  };
}
