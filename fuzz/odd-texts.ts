/** Texts that nobody expects: as an id, as an address, as a currency, and bytes that are no text. */

/** What objects have without having been given it, and what programs take for something else. */
export const names = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'valueOf', 'null', 'undefined',
  'NaN', 'true', '0', '-1', '[object Object]', "'; DROP TABLE order_claims; --", '${7*7}', '%s%n', '../../etc/passwd',
  '<script>', '{}', '\\', '"', '*', 'a b']; // prettier-ignore

/** Text that is an id all the same, however odd it looks: two of them are the same or not, but nothing in between. */
export const odd = [
  'é',
  'É',
  'ß',
  'ss',
  'İ',
  'i\u0307',
  'ﬁ',
  'ſ',
  'K',
  '\ufffd',
  '\u{1f469}',
  '𝟘',
  '٣',
  'א',
  'A',
  'Ａ',
  'a',
];

/** Text that is no id: another one looks the same. */
export const lookAlikes = [' ', 'a ', ' a', 'a  b', 'e\u0301', '\u0301e', '\u212a', '\ufeff', '\u200b', 'a\u200d', '\u202eabc', '\u2028', '\u00ad',
  '\ufffe', '\uffff', '\u{10ffff}', '👩‍👩‍👧‍👦', '\u00a0', 'a\u3000b', '\ue000', '\u3164', '\u2800', '\ufe0f']; // prettier-ignore

/** UTF-8 that is none: cut off, overlong, surrogates, beyond the last character, single bytes. */
export const notUtf8 = [
  'ff',
  'c3',
  'c080',
  'eda080',
  'edbfbf',
  'eda080edb080',
  'f4908080',
  'f8888080',
  'e28228',
  '80',
  'fe',
].map((hex) => Buffer.from(hex, 'hex'));

/** IP addresses that are written in an odd way, and what is none. */
export const addresses = {
  odd: ['::', '::1', '0.0.0.0', '255.255.255.255', '::ffff:192.0.2.1', '::192.0.2.1', '64:ff9b::192.0.2.33', 'FE80::ABCD',
    '2001:0db8:0000:0000:0000:0000:0000:0001', 'ff02::1', '1::', '::ffff:c000:201', '127.0.0.1', '100.64.0.1'],
  none: ['', ' ', '1.2.3', '1.2.3.4.5', '1.2.3.256', '01.2.3.4', '0x7f.1', '2130706433', '1.2.3.4/32', '::1/128', 'fe80::1%eth0',
    '::1%', '1::2::3', ':::', 'g::1', '1.2.3.4 ', '[::1]', '1.2.3.4:80', 'localhost', '::ffff:1.2.3.4.5', '1:2:3:4:5:6:7:8:9',
    '١.٢.٣.٤', '1.2.3.4\n', '1.2.3.4\0', ':'.repeat(500), '1.'.repeat(1_000)],
} as const; // prettier-ignore

/** What is no currency. */
export const currencies = [
  '',
  'EU',
  'EURO',
  'eur',
  'ＥＵＲ',
  '€',
  'E R',
  'EUR\n',
  '\nEUR',
  'ÄÖÜ',
  '123',
  'EUR\0',
  'A'.repeat(100_000),
];
