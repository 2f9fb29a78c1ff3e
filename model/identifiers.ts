/**
 * What an id may be, by Unicode's rules: two ids that look the same are the same (docs/hostile-input.md). Records are held against them at
 * the door, and refused; what people type, and files of reference data, are brought into the form that records have.
 */
import { limits } from './limits.js';

/** Nobody sees them, or they change how others are shown: controls, formats, surrogates, private use, what is not assigned; and a blank of Braille. */
const invisible = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]/u;
/** All of the category Zs but U+0020, of which most look like that one. */
const oddBlank = /(?! )\p{Zs}/u;

/** Identifiers reach PostgreSQL, which takes no NUL, and people's terminals, which obey control characters. */
const control = /\p{Cc}/u;

/** Nearly all ids: nothing can be wrong with these characters. */
const plain = /^[\x21-\x7e]+$/;

/** Why a text can be stored as no id, as the end of a sentence; null where it can. All that stages after the validator ask for. */
export function storingProblem(text: string): string | null {
  if (text === '') return 'is missing';
  if (text.length > limits.idLength) return `is longer than ${limits.idLength} characters`;
  return control.test(text) ? 'has control characters' : null;
}

/** Why a text is no id, as the end of a sentence; null where it is one. */
export function idProblem(text: string): string | null {
  const problem = storingProblem(text);
  if (problem !== null || plain.test(text)) return problem;
  if (invisible.test(text)) return 'has characters that nobody can see, or that are none';
  if (oddBlank.test(text)) return 'has a blank that is not U+0020';
  if (text !== text.trim()) return 'has blanks at its beginning or end';
  if (text.includes('  ')) return 'has several blanks in a row';
  if (/^\p{M}/u.test(text)) return 'begins with a combining character';
  return text === text.normalize('NFC') ? null : "is not in Unicode's normal form C";
}

/** The form that an id has in records: NFC, without blanks around it. What it is not then, `idProblem` says. */
export const normalId = (text: string): string => text.normalize('NFC').trim();
