/** Files of text as other machines write them: with a mark in front, in UTF-16, with other line ends. */

const newline = 0x0a;

/** The encoding that a byte order mark says; UTF-8 without one. Source: https://encoding.spec.whatwg.org/#bom-sniff */
function encodingOf(bytes: Uint8Array): string {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  return first === 0xfe && second === 0xff ? 'utf-16be' : 'utf-8';
}

/** Whether the bytes begin with the mark of UTF-16. */
export const isUtf16 = (bytes: Uint8Array): boolean => encodingOf(bytes) !== 'utf-8';

/** A file's text without its mark. Throws an Error that names the line where the bytes are no text: what stood there would be lost. */
export function fileText(bytes: Uint8Array): string {
  const encoding = encodingOf(bytes);
  const decode = (some: Uint8Array) => new TextDecoder(encoding, { fatal: true }).decode(some);
  try {
    return decode(bytes);
  } catch (cause) {
    if (encoding !== 'utf-8') throw new Error(`no ${encoding.toUpperCase()}: save it as UTF-8`, { cause });
    let line = 1;
    for (let start = 0; isText(decode, bytes.subarray(start, endOf(bytes, start))); line++) start = endOf(bytes, start);
    throw new Error(`line ${line}: no UTF-8: save the file as UTF-8`, { cause });
  }
}

const endOf = (bytes: Uint8Array, start: number): number => {
  const at = bytes.indexOf(newline, start);
  return at < 0 ? bytes.length : at + 1;
};

function isText(decode: (bytes: Uint8Array) => string, bytes: Uint8Array): boolean {
  try {
    return decode(bytes) !== undefined;
  } catch {
    return false;
  }
}

/** The lines of a text, whichever line ends it has. */
export const linesOf = (text: string): string[] => text.split(/\r\n?|\n/);
