/** Small files that somebody may change at any time, and whose newest text counts: tokens, passwords, certificates. */
import { readFile, stat } from 'node:fs/promises';
import { codeOf } from '../../errors.js';
import { fileText } from '../../model/file-text.js';
import { limits } from '../../model/limits.js';
import { PartnerFault } from './partner-answer.js';

export interface FreshFile {
  /** For a person: what it is, and its path. */
  readonly name: string;
  /** The text. Rejects with a PartnerFault that says in a sentence what is wrong with the file, and holds nothing of its text. */
  read(): Promise<string>;
  /** The next read is one of the file, however short ago the last one was. */
  forget(): void;
}

/** How long a text counts, in ms. It is read again, not asked for its time: a small file costs less than to be sure of its times. */
const FRESH_MS = 500;

/** `what` names the field that names the file. */
export function createFreshFile(path: string, what: string, freshMs = FRESH_MS): FreshFile {
  const name = `${what} ${path}`;
  const fault = (problem: string) => new PartnerFault(`${name} ${problem}`, 'PARTNER');
  let last: { readonly text: Promise<string>; readonly at: number } | undefined;

  async function read(): Promise<string> {
    let bytes: Uint8Array;
    try {
      const found = await stat(path);
      if (!found.isFile()) throw fault('is no file');
      if (found.size > limits.partnerFileBytes) throw fault(`is larger than ${limits.partnerFileBytes} bytes`);
      bytes = await readFile(path);
    } catch (error) {
      if (error instanceof PartnerFault) throw error;
      const code = codeOf(error);
      throw fault(code === 'ENOENT' ? 'is missing' : `cannot be read (${code})`);
    }
    try {
      return fileText(bytes);
    } catch {
      throw fault('is no text in UTF-8');
    }
  }

  return {
    name,
    read() {
      if (last && performance.now() - last.at < freshMs) return last.text;
      const reading = { text: read(), at: performance.now() };
      last = reading;
      // What failed is tried again at once.
      reading.text.catch(() => last === reading && (last = undefined));
      return reading.text;
    },
    forget: () => (last = undefined),
  };
}

/** What a secret's file holds, without the line end after it. Rejects as `read` does, and where nothing is in it. */
export async function readSecret(file: FreshFile): Promise<string> {
  const text = (await file.read()).replace(/\r?\n$/, '');
  if (text === '') throw new PartnerFault(`${file.name} is empty`, 'PARTNER');
  // eslint-disable-next-line no-control-regex -- which are what is looked for
  if (/[\x00-\x1f\x7f]/.test(text))
    throw new PartnerFault(`${file.name} holds more than a line: it has to be the secret alone`, 'PARTNER');
  return text;
}
