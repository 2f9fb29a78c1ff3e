/** Bytes from outside on a terminal: nothing of them moves the cursor, forges a line or turns the text around. */
import { appendFile, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { orderAccountText } from '../../cli/order-account-text.js';
import { showStory } from '../../cli/order.js';
import { printable, printableLines } from '../../cli/printable.js';
import { problemText } from '../../cli/report-text.js';
import { table } from '../../cli/table.js';
import { nothingRuns, orderflow } from './orderflow.js';

/** Clears the screen by two ways, begins a line, turns what follows around, has no width, is half a character. */
const hostile = 'O-1\x1b[2J\x9b2J\r\nFAKE\u202e\u200b\u2028\ud800\x7f';
const shown = 'O-1\\u001b[2J\\u009b2J\\u000d\\u000aFAKE\\u202e\\u200b\\u2028\\ud800\\u007f';
const unseen = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

describe('printable', () => {
  it('escapes what is not seen as itself, and leaves all else', () => {
    expect(printable(hostile)).toBe(shown);
    expect(printable('Größe 9 €\u{1f600}')).toBe('Größe 9 €\u{1f600}');
    expect(printable('\u{e0041}')).toBe('\\udb40\\udc41');
    expect(printableLines('a\n\tb\x1b')).toBe('a\n\tb\\u001b');
  });

  it('leaves JSON the same JSON, whatever its texts hold', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.string({ unit: 'binary' }), (value, text) => {
        const json = printable(JSON.stringify([value, text]));
        expect(json).not.toMatch(unseen);
        expect(JSON.parse(json)).toEqual(JSON.parse(JSON.stringify([value, text])));
      }),
    );
  });
});

describe('what commands show of an order', () => {
  const story = {
    orderId: hostile,
    publications: [{ messageId: hostile, isAccepted: true, createdAt: null, lines: [] }],
    releases: [{ letter: hostile, number: 1, claimedAt: 0, sentAt: null, by: hostile, why: hostile, orderId: hostile }],
    parked: null,
    cancelledAt: null,
  };
  it.each<[string, string, number]>([
    ['a table', table(['order'], [[hostile]]), 2],
    ['a problem', problemText({ kind: 'lost', count: 1, orderId: hostile, messageId: hostile, what: hostile }), 1],
    ['a story', showStory(story as never, []), 4],
    [
      'an account',
      orderAccountText({ orderId: hostile, records: [], story: undefined, claims: [], problems: [] } as never),
      5,
    ],
  ])('is in lines of its own: %s', (_what, text, lines) => {
    expect(text.split('\n')).toHaveLength(lines);
    expect(text).toContain(shown);
    expect(text.replaceAll('\n', '')).not.toMatch(unseen);
  });
});

describe('the program', () => {
  let home: string;
  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'orderflow-printable-'));
    await mkdir(join(home, 'logs'));
    await appendFile(join(home, 'logs', 'postgres.log'), `one\t1\n${hostile}\nthree\n`);
  });
  afterAll(() => rm(home, { recursive: true }));

  it('shows the end of a log with its lines and tabs, and nothing else that is not seen', async () => {
    const { code, stdout } = await orderflow(['logs', 'postgres'], { ...nothingRuns, ORDERFLOW_HOME: home });
    expect({ code, lines: stdout.split('\n') }).toEqual({
      code: 0,
      // A file of UTF-8 has no half of a character.
      lines: ['one\t1', 'O-1\\u001b[2J\\u009b2J\\u000d', 'FAKE\\u202e\\u200b\\u2028\ufffd\\u007f', 'three', ''],
    });
  });

  it('says errors without them', async () => {
    const { code, stderr } = await orderflow(['run', 'validator', '--runner', 'direct', '--input', '/no/\x1b[2J\x9b']);
    expect(code).toBe(2);
    expect(stderr).toContain('/no/\\u001b[2J\\u009b');
    expect(stderr.replaceAll('\n', '')).not.toMatch(unseen);
  });
});
