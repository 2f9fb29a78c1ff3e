/** What is read of the logs of Kafka and PostgreSQL, from where, and how denials that come again are counted. */
import { appendFile, copyFile, mkdtemp, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Denial, writable } from '../../audit/denial.js';
import { kafkaDenial } from '../../audit/kafka-log.js';
import { type LogPosition, readLog } from '../../audit/log-files.js';
import { postgresDenial } from '../../audit/postgres-log.js';
import { countDenials, mostRepeats, type Repeats } from '../../audit/repeats.js';

describe('the log of Kafka', () => {
  const at = '[2026-11-26 04:59:57,871] INFO';

  it('has what was denied, as the authorizer of Kafka 3.9 says it', () => {
    const line = `${at} Principal = User:page is Denied operation = DESCRIBE from host = 127.0.0.1 on resource = Topic:LITERAL:raw_order for request = Metadata with resourceRefCount = 1 based on rule DefaultDeny (kafka.authorizer.logger)`;
    expect(kafkaDenial(line)).toEqual({
      ...{ source: 'kafka', action: 'access', principal: 'User:page', host: '127.0.0.1', subject: 'topic raw_order' },
      details: { operation: 'DESCRIBE', request: 'Metadata', rule: 'DefaultDeny' },
      at: Date.parse('2026-11-26T04:59:57.871'),
    });
    expect(kafkaDenial(line.replace('is Denied', 'is Allowed'))).toBeNull();
  });

  it('has logins that failed', () => {
    const selector = '(org.apache.kafka.common.network.Selector)';
    const message = '[SocketServer listenerType=BROKER, nodeId=1] Failed authentication with /127.0.0.1';
    expect(
      kafkaDenial(`${at} ${message} (channelId=127.0.0.1:9092-127.0.0.1:4-1) (invalid credentials) ${selector}`),
    ).toMatchObject({ action: 'login', host: '127.0.0.1', subject: '', details: { reason: 'invalid credentials' } });
    expect(kafkaDenial(`${at} Closed a connection ${selector}`)).toBeNull();
  });

  it('shows a line that a name has torn, since others after it may be forged', () => {
    const torn = `${at} Principal = User:eve is Denied operation = READ from host = 10.0.0.1 on resource = Group:LITERAL:x`;
    expect(kafkaDenial(torn)).toMatchObject({ principal: 'User:eve', details: { problem: /torn/ as never } });
  });

  it('fails on no line', () => {
    fc.assert(fc.property(fc.string(), (text) => void kafkaDenial(`${at} Principal = ${text}`)));
  });
});

describe('the log of PostgreSQL', () => {
  const line = (more: object) =>
    JSON.stringify({
      timestamp: '2026-11-26 04:59:57.871 UTC',
      user: 'page',
      dbname: 'orderflow',
      remote_host: '::1',
      ...more,
    });

  it.each([
    [{ state_code: '42501', message: 'permission denied for table orders' }, 'access', 'table orders'],
    [{ state_code: '42501', message: 'must be owner of table orders' }, 'access', 'table orders'],
    [{ state_code: '28P01', message: 'password authentication failed for user "page"' }, 'login', ''],
    [{ state_code: '28000', message: 'no pg_hba.conf entry for host "::1", no encryption' }, 'login', ''],
  ])('has %j', (entry, action, subject) => {
    expect(postgresDenial(line({ ...entry, ps: 'SELECT', statement: "SELECT 'C-1'" }))).toEqual({
      ...{ source: 'postgres', action, principal: 'page', host: '::1', subject },
      details: {
        ...{ database: 'orderflow', code: entry.state_code, message: entry.message },
        ...(action === 'access' && { command: 'SELECT' }),
      },
      at: Date.UTC(2026, 10, 26, 4, 59, 57, 871),
    });
  });

  it('has nothing of other errors, and fails on no line', () => {
    expect(postgresDenial(line({ state_code: '42P01', message: 'no such table' }))).toBeNull();
    for (const text of ['', '{', 'null', '[]', '{"timestamp":1}']) expect(postgresDenial(text)).toBeNull();
  });
});

it('makes texts writable, whatever stands in a log', () => {
  const denial = kafkaDenial(
    `[2026-11-26 04:59:57,871] INFO Principal = User:\0\ud800 is Denied operation = READ from host = h on resource = Topic:LITERAL:${'x'.repeat(999)} for request = Fetch with resourceRefCount = 1 based on rule DefaultDeny (kafka.authorizer.logger)`,
  );
  expect(writable(denial!)).toMatchObject({ principal: 'User:\ufffd', subject: `topic ${'x'.repeat(293)}…` });
});

describe('a log that is written and rotated meanwhile', () => {
  let folder: string;
  let path: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'orderflow-log-'));
    path = join(folder, 'kafka-authorizer.log');
  });
  afterEach(() => rm(folder, { recursive: true }));

  let position: LogPosition | null = null;
  /** All that is new, as the collector reads it, and whether something may be missing. */
  async function readOn(): Promise<{ lines: string[]; isGap: boolean }> {
    const lines: string[] = [];
    let isGap = false;
    for (;;) {
      const part = await readLog(path, position);
      lines.push(...part.lines);
      isGap ||= part.isGap;
      position = part.position;
      if (!part.isFull) return { lines, isGap };
    }
  }
  beforeEach(() => {
    position = null;
  });

  it('is read once, by whole lines', async () => {
    expect(await readOn()).toEqual({ lines: [], isGap: false });
    await writeFile(path, 'one\ntwo\nthr');
    expect(await readOn()).toEqual({ lines: ['one', 'two'], isGap: false });
    expect(await readOn()).toEqual({ lines: [], isGap: false });
    await appendFile(path, 'ee\n');
    expect(await readOn()).toEqual({ lines: ['three'], isGap: false });
  });

  it('goes on in the file that it was when that has another name, and then in the next', async () => {
    await writeFile(path, 'one\n');
    await readOn();
    await appendFile(path, 'two\n');
    await rename(path, `${path}.1`);
    await writeFile(path, 'three\n');
    expect(await readOn()).toEqual({ lines: ['two', 'three'], isGap: false });
    await rename(`${path}.1`, `${path}.2`);
    await rename(path, `${path}.1`);
    await writeFile(path, 'four\n');
    expect(await readOn()).toEqual({ lines: ['four'], isGap: false });
  });

  it('begins with a file that was emptied, and says that lines may be missing', async () => {
    await writeFile(path, 'one, which is long\n');
    await readOn();
    await copyFile(path, join(folder, 'elsewhere'));
    await truncate(path);
    await appendFile(path, 'two, which is longer than that\n');
    expect(await readOn()).toEqual({ lines: ['two, which is longer than that'], isGap: true });
    expect(await readOn()).toEqual({ lines: [], isGap: false });
    await rm(path);
    expect(await readOn()).toEqual({ lines: [], isGap: true });
    expect(await readOn()).toEqual({ lines: [], isGap: false });
  });

  it('may be all the files of a folder', async () => {
    path = folder;
    await writeFile(join(folder, 'postgresql-Mon.json'), 'one\n');
    await writeFile(join(folder, 'postgresql-Mon.log'), 'no\n');
    expect((await readOn()).lines).toEqual(['one']);
    await writeFile(join(folder, 'postgresql-Tue.json'), 'two\n');
    expect((await readOn()).lines).toEqual(['two']);
  });

  it('may have lines of any length', async () => {
    await writeFile(path, `${'x'.repeat(3_000_000)}\nlast\n`);
    const { lines } = await readOn();
    expect([lines.join('').length, lines.at(-1)]).toEqual([3_000_004, expect.stringMatching(/last$/)]);
  });
});

describe('denials that come again', () => {
  const aDenial = (changed: Partial<Denial> = {}): Denial => ({
    ...{ source: 'kafka', action: 'access', principal: 'User:eve', host: 'h', subject: 'topic raw_order' },
    ...{ details: { operation: 'READ' }, at: 1_000 },
    ...changed,
  });
  const none: Repeats = new Map();
  const counts = (entries: readonly { details: Readonly<Record<string, unknown>> }[]) =>
    entries.map(({ details }) => details.count as number);

  it('make an event at once, and then one that says how often, less and less often', () => {
    const first = countDenials(none, [aDenial(), aDenial(), aDenial({ at: 2_000 })], 0);
    expect(counts(first.entries)).toEqual([1]);
    const early = countDenials(first.repeats, [], 59_999);
    expect(early.entries).toEqual([]);
    const after = countDenials(early.repeats, [aDenial()], 60_000);
    expect(after.entries.map(({ details }) => details)).toEqual([
      {
        ...{ source: 'kafka', operation: 'READ', count: 2 },
        first: '1970-01-01T00:00:01.000Z',
        last: '1970-01-01T00:00:02.000Z',
      },
    ]);
    expect(counts(countDenials(after.repeats, [], 179_999).entries)).toEqual([]);
    const quiet = countDenials(countDenials(after.repeats, [], 180_000).repeats, [], 10_000_000);
    expect(quiet.repeats.size).toBe(0);
    expect(counts(countDenials(quiet.repeats, [aDenial()], 10_000_001).entries)).toEqual([1]);
  });

  it.each([
    ['denies one principal thing after thing', (number: number) => ({ subject: `topic ${number}` })],
    ['makes up names to log in by', (number: number) => ({ action: 'login', principal: `eve-${number}` }) as const],
  ])('make few events where a flood of them %s, and hide nobody else', (_what, changed) => {
    const flood = Array.from({ length: 20_000 }, (_value, number) => aDenial(changed(number)));
    const { entries, repeats } = countDenials(none, [...flood, aDenial({ principal: 'User:ana' })], 0);
    expect(entries).toHaveLength(mostRepeats.ofOne + 2);
    expect(entries.at(-1)).toMatchObject({ principal: 'User:ana', subjects: ['topic raw_order'] });
    expect([...repeats.values()].find(({ denial }) => denial.details.problem)?.count).toBe(19_999 - mostRepeats.ofOne);
  });

  it('are the same objects where nothing came, so that only what changed is written down', () => {
    const first = countDenials(none, [aDenial(), aDenial({ subject: 'topic audit' })], 0);
    const second = countDenials(first.repeats, [aDenial()], 1);
    const isSame = [...second.repeats].map(([key, repeat]) => first.repeats.get(key) === repeat);
    expect(isSame).toEqual([false, true]);
  });

  it('are all counted, whatever comes when, and never make more events than there are places', () => {
    const most = { ofOne: 10, denials: 60, principals: 70 };
    const denial = fc.record({ principal: fc.nat(80), subject: fc.nat(80) });
    const round = fc.record({ denials: fc.array(denial, { maxLength: 300 }), later: fc.nat(5_000_000) });
    fc.assert(
      fc.property(fc.array(round, { maxLength: 6 }), (rounds) => {
        let repeats = none;
        let now = 0;
        let [came, said] = [0, 0];
        for (const { denials, later } of rounds) {
          now += later;
          const made = denials.map(({ principal, subject }) =>
            aDenial({ principal: `User:${principal}`, subject: `topic ${subject}` }),
          );
          const { entries, repeats: next } = countDenials(repeats, made, now, most);
          expect(entries.length).toBeLessThanOrEqual(2 * (most.principals + 1));
          for (const name of new Set(made.map(({ principal }) => principal)))
            expect(entries.filter(({ principal }) => principal === name).length).toBeLessThanOrEqual(2 * (most.ofOne + 1)); // prettier-ignore
          repeats = next;
          came += denials.length;
          said += counts(entries).reduce((sum, count) => sum + count, 0);
        }
        const open = [...repeats.values()].reduce((sum, { count }) => sum + count, 0);
        expect(said + open).toBe(came);
      }),
    );
  });
});
