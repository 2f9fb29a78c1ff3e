/** Each secret of a stack as a marker, in the forms in which it could have been written down, and a search for them. */
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';

export interface Marker {
  /** The secret's file, below the folder of secrets. */
  readonly name: string;
  readonly forms: readonly Buffer[];
}

/** As much of a private key as tells it from all else, and stands in one line of PEM: so many of its bytes, in three of them a base64 quadruple. */
const pieceBytes = 48;

/** The piece of a PEM's last full line but one: deep in the key, and without a byte that ends a line or a text. */
function pieceOfKey(pem: string): Buffer {
  const lines = pem.split('\n').filter((line) => line !== '' && !line.startsWith('-----'));
  const pieces = lines.slice(4, -1).map((line) => Buffer.from(line, 'base64'));
  const isPlain = (piece: Buffer) => piece.length === pieceBytes && !piece.some((byte) => byte === 0 || byte === 10);
  const piece = pieces.find(isPlain);
  if (!piece) throw new Error('no line of the key can be sought');
  return piece;
}

/** The base64 of a text that begins anywhere within what is encoded: the middle that does not depend on its neighbours (RFC 4648, 4). */
function base64Forms(secret: Buffer): string[] {
  return [0, 1, 2].map((before) => {
    const encoded = Buffer.concat([Buffer.alloc(before), secret])
      .toString('base64')
      .replace(/=+$/, '');
    const whole = Math.floor((before + secret.length) / 3) * 4;
    return encoded.slice(before === 0 ? 0 : 4, whole);
  });
}

function formsOf(secret: Buffer): Buffer[] {
  const hex = secret.toString('hex');
  const bases = base64Forms(secret);
  const urls = bases.map((text) => text.replaceAll('+', '-').replaceAll('/', '_'));
  const percent = hex.replace(/../g, '%$&');
  const quoted = encodeURIComponent(secret.toString('latin1'));
  const texts = [hex, hex.toUpperCase(), ...bases, ...urls, percent, percent.toUpperCase(), quoted];
  return [secret, ...new Set(texts)].map((form) => Buffer.from(form));
}

export const markerOf = (name: string, secret: Buffer): Marker => ({ name, forms: formsOf(secret) });

/** The secret that a file holds; null for certificates and stores, which only hold what other files do. */
function secretIn(file: string): Buffer | null {
  if (/\.(password|token)$/.test(file)) return readFileSync(file);
  return file.endsWith('.key') ? pieceOfKey(readFileSync(file, 'utf8')) : null;
}

/** Every file below the folder that is a password, a token or a private key. */
export const markersIn = (folder: string): Marker[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .sort()
    .flatMap((name) => {
      const secret = secretIn(join(folder, name));
      return secret ? [markerOf(name, secret)] : [];
    });

/** Where a marker was found: the file, below the folder. */
export interface Found {
  readonly file: string;
  readonly marker: string;
}

/**
 * Searches all files below the folders, but for those of `except`, which are folders' names: with grep, which looks for all forms at once.
 * Rejects where a file cannot be read.
 */
export async function searchFor(
  markers: readonly Marker[],
  folders: readonly string[],
  except: readonly string[] = [],
): Promise<Found[]> {
  const place = await mkdtemp(join(tmpdir(), 'orderflow-markers-'));
  try {
    const patterns = join(place, 'patterns');
    const forms = markers.flatMap(({ forms }) => forms);
    await writeFile(patterns, Buffer.concat(forms.flatMap((form) => [form, Buffer.from('\n')])));
    const words = ['-r', '-l', '-a', '-F', '-Z', '-f', patterns, ...except.map((name) => `--exclude-dir=${name}`)];
    const { stdout } = await promisify(execFile)('grep', [...words, '--', ...folders], {
      env: { ...process.env, LC_ALL: 'C' },
      encoding: 'utf8',
      maxBuffer: 2 ** 26,
    }).catch((error: { code: number; stdout: string; stderr: string }) => {
      // 1: nothing was found. A file that was deleted meanwhile shows nothing any more.
      const isGone = error.stderr
        .split('\n')
        .every((line) => line === '' || line.endsWith('No such file or directory'));
      if (error.code === 1 || (error.code === 2 && isGone)) return { stdout: error.stdout };
      throw error;
    });
    return stdout
      .split('\0')
      .filter((file) => file !== '')
      .flatMap((file) => {
        const bytes = readFileSync(file);
        const here = markers.filter(({ forms }) => forms.some((form) => bytes.includes(form)));
        const folder = folders.find((folder) => file.startsWith(folder))!;
        return here.map(({ name }) => ({ file: relative(folder, file), marker: name }));
      });
  } finally {
    await rm(place, { recursive: true });
  }
}
