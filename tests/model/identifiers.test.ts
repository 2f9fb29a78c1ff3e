import fc from 'fast-check';
import { expect, test } from 'vitest';
import { idProblem, normalId } from '../../model/identifiers.js';

test.each<[string, string | null]>([
  ['O-1001', null],
  ['Bestellung 7', null],
  ['Zürich', null],
  ['注文-7', null],
  ['\u{1f600}', null],
  ['', 'is missing'],
  ['x'.repeat(201), 'is longer than 200 characters'],
  ['a\0b', 'has control characters'],
  ['a\u0085b', 'has control characters'],
  [' ', 'has blanks at its beginning or end'],
  ['O-1 ', 'has blanks at its beginning or end'],
  [' O-1', 'has blanks at its beginning or end'],
  ['O  1', 'has several blanks in a row'],
  ['O\u00a01', 'has a blank that is not U+0020'],
  ['O-1\u3000', 'has a blank that is not U+0020'],
  ['Zu\u0308rich', "is not in Unicode's normal form C"],
  ['\u212b', "is not in Unicode's normal form C"],
  ['\u0301x', 'begins with a combining character'],
  ...[
    ['zero-width space', '\u200b'],
    ['zero-width joiner', '\u200d'],
    ['right-to-left override', '\u202e'],
    ['isolate', '\u2066'],
    ['byte order mark', '\ufeff'],
    ['soft hyphen', '\u00ad'],
    ['line separator', '\u2028'],
    ['variation selector', '\ufe0f'],
    ['grapheme joiner', '\u034f'],
    ['Hangul filler', '\u3164'],
    ['blank of Braille', '\u2800'],
    ['tag', '\u{e0041}'],
    ['private use', '\ue000'],
    ['not assigned', '\u{e0fff}'],
    ['no character', '\uffff'],
    ['half of a pair', '\ud800'],
  ].map(([, character]): [string, string] => [
    `O-${character}1`,
    'has characters that nobody can see, or that are none',
  ]),
])('%j: %s', (text, problem) => {
  expect(idProblem(text)).toBe(problem);
});

test('what people type comes into the form that records have', () => {
  expect(normalId(' Zu\u0308rich\u00a0\n')).toBe('Z\u00fcrich');
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const normal = normalId(text);
      expect(normalId(normal)).toBe(normal);
      if (idProblem(text) === null) expect(normal).toBe(text);
    }),
  );
});
