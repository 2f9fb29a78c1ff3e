/** Blocks and texts in temporary files, which no memory has to hold. A file is unlinked when it is made: it ends with the process. */
import { closeSync, ftruncateSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Blocks } from './facts.js';

/** A file without a name, made when it is first written to. */
export class ScratchFile implements Disposable {
  #file: number | undefined;
  #end = 0;

  /** Answers where the bytes begin. */
  append(bytes: Uint8Array): number {
    this.#file ??= openUnlinked();
    const place = this.#end;
    for (let written = 0; written < bytes.length;)
      written += writeSync(this.#file, bytes, written, bytes.length - written, place + written);
    this.#end += bytes.length;
    return place;
  }

  read(place: number, into: Uint8Array): void {
    for (let done = 0; done < into.length;) {
      const count = readSync(this.#file!, into, done, into.length - done, place + done);
      if (count === 0) throw new Error('a temporary file is shorter than what was written to it');
      done += count;
    }
  }

  clear(): void {
    this.#end = 0;
    if (this.#file !== undefined) ftruncateSync(this.#file, 0);
  }

  [Symbol.dispose](): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }
}

function openUnlinked(): number {
  const folder = mkdtempSync(join(tmpdir(), 'orderflow-reconcile-'));
  try {
    return openSync(join(folder, 'facts'), 'wx+', 0o600);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Blocks in such a file. */
export const blocksIn = (file: ScratchFile): Blocks => ({
  write: (block) => file.append(block),
  read: (place, into) => file.read(place, into),
  clear: () => file.clear(),
});
