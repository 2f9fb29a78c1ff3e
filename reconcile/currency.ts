/** Currencies as numbers. */

/** More than any code. */
export const currencies = 2 ** 15;

/** Of three upper-case letters; 0 for anything else. */
export function currencyCode(at: {
  readonly bytes: Uint8Array;
  readonly currencyStart: number;
  readonly currencyEnd: number;
}): number {
  if (at.currencyEnd - at.currencyStart !== 3) return 0;
  let code = 0;
  for (let index = at.currencyStart; index < at.currencyEnd; index++) {
    const letter = at.bytes[index]! - 64;
    if (letter < 1 || letter > 26) return 0;
    code = code * 32 + letter;
  }
  return code;
}

/** The three letters. */
export function currencyName(code: number): string {
  return String.fromCharCode(...[code >> 10, (code >> 5) & 31, code & 31].map((letter) => letter + 64));
}
