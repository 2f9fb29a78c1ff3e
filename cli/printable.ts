/** What a terminal may be given of bytes from outside: a key or an id may hold what clears the screen, forges a line or turns the text around. */

/** Unicode's control and format characters (among them those of direction and width 0), separators of lines, and halves of pairs. */
const hidden = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** As JSON and JavaScript write it: each UTF-16 unit as `\u001b`. */
const escaped = (character: string) =>
  Array.from({ length: character.length }, (_, at) => character.charCodeAt(at))
    .map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`)
    .join('');

/** A text from outside as part of a line: what would not be seen as itself is escaped. JSON stays the same JSON. */
export const printable = (text: string): string => text.replace(hidden, escaped);

/** The same of text that may have several lines, and tabs. */
export const printableLines = (text: string): string =>
  text.replace(hidden, (character) => (character === '\n' || character === '\t' ? character : escaped(character)));
