import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatOf, formatRecord, readRecordFile, type RecordFormat } from '../../kafka/record-file.js';
import { limits } from '../../model/limits.js';
import type { TopicName } from '../../model/topics.js';
import { enrichedOrderCodec, fromMillis, orderCodec, v1, type Order } from '../../proto/messages.js';
import { anEnrichedOrder, anOrder, NOW, plain, utf8 } from '../transforms/fixtures.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'orderflow-records-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function read(name: string, content: string | Uint8Array, topic: TopicName = 'raw_order') {
  const path = join(folder, name);
  await writeFile(path, content);
  return readRecordFile(path, topic, NOW);
}

/** Key and value as text and numbers, which compare. */
const contents = (records: Awaited<ReturnType<typeof read>>) =>
  records.map(({ key, value }) => ({ key: key && Buffer.from(key).toString(), value: value && plain(value) }));

const orderLine = {
  messageId: 'm-1',
  orderId: 'o-1',
  orderType: 'EXPRESS',
  createdAt: '2026-01-31T12:00:00.250Z',
  promisedBy: { seconds: 1_800_000_000, nanos: 7 },
  lines: [{ sku: 's', quantity: 2, unitPrice: 5 }],
};
const orderOfLine = v1.Order.create({
  messageId: 'm-1',
  orderId: 'o-1',
  orderType: v1.OrderType.EXPRESS,
  createdAt: fromMillis(Date.UTC(2026, 0, 31, 12, 0, 0, 250)),
  promisedBy: { seconds: 1_800_000_000, nanos: 7 },
  lines: [{ sku: 's', quantity: 2, unitPrice: 5 }],
});

describe('a file of another machine', () => {
  const text = `${JSON.stringify(orderLine)}\n{"orderId": "o-ü"}\n`;
  const utf16 = (each: string) => Buffer.from(`\uFEFF${each}`, 'utf16le');
  const forms: readonly [string, Uint8Array][] = [
    ['a byte order mark', Buffer.from(`\uFEFF${text}`)],
    ['the line ends of Windows', Buffer.from(text.replaceAll('\n', '\r\n'))],
    ['both', Buffer.from(`\uFEFF${text.replaceAll('\n', '\r\n')}`)],
    ['the line ends of an old Mac', Buffer.from(text.replaceAll('\n', '\r'))],
    ['UTF-16', utf16(text)],
    ['UTF-16, the other way round', utf16(text.replaceAll('\n', '\r\n')).swap16()],
  ];

  it.each(forms)('is read with %s, whatever its name says', async (_form, bytes) => {
    for (const name of ['windows.jsonl', 'windows']) {
      expect(contents(await read(name, bytes))).toEqual([
        { key: 'o-1', value: plain(orderCodec.encode(orderOfLine)) },
        { key: 'o-ü', value: plain(orderCodec.encode(v1.Order.create({ orderId: 'o-ü' }))) },
      ]);
    }
  });

  it('is refused where its bytes are no text, which would change ids', async () => {
    const latin1 = Buffer.from(text, 'latin1');
    await expect(read('latin1.jsonl', latin1)).rejects.toThrow(
      /latin1\.jsonl, line 2: no UTF-8: save the file as UTF-8$/,
    );
    await expect(read('cut.jsonl', utf16(text).subarray(0, -1))).rejects.toThrow(/no UTF-16LE: save it as UTF-8$/);
  });
});

describe('JSON lines', () => {
  it('are messages, with names of enums and readable times', async () => {
    const records = await read('orders.jsonl', `${JSON.stringify(orderLine)}\n\n{"orderId": "o-2"}`);
    expect(records.map(({ topic, partition, offset, timestamp }) => ({ topic, partition, offset, timestamp }))).toEqual(
      [
        { topic: 'raw_order', partition: 0, offset: 0, timestamp: NOW },
        { topic: 'raw_order', partition: 0, offset: 1, timestamp: NOW },
      ],
    );
    expect(contents(records)).toEqual([
      { key: 'o-1', value: plain(orderCodec.encode(orderOfLine)) },
      { key: 'o-2', value: plain(orderCodec.encode(v1.Order.create({ orderId: 'o-2' }))) },
    ]);
  });

  it('are records, as `topics tail --json` prints them', async () => {
    const [record] = await read(
      'tail.ndjson',
      JSON.stringify({
        topic: 'raw_order',
        partition: 3,
        offset: 44,
        time: '2026-01-01T00:00:00.000Z',
        key: 'k',
        value: orderLine,
      }),
    );
    expect(record).toMatchObject({ topic: 'raw_order', partition: 3, offset: 44, timestamp: Date.UTC(2026, 0, 1) });
    expect(contents([record!])).toEqual([{ key: 'k', value: plain(orderCodec.encode(orderOfLine)) }]);
  });

  it('can hold bytes that are no message, and records without a value', async () => {
    const records = await read('odd.jsonl', '{"key":null,"valueBase64":"D2A="}\n{"key":"k","value":null}\n');
    expect(contents(records)).toEqual([
      { key: null, value: [0x0f, 0x60] },
      { key: 'k', value: null },
    ]);
  });

  it("know the order of every stage's input", async () => {
    const line = JSON.stringify({ order: orderLine, ipRegion: 'UK' });
    expect(contents(await read('enriched.jsonl', line, 'enriched_order'))[0]).toMatchObject({ key: 'o-1' });
    const routed = JSON.stringify({ enrichedOrder: { order: orderLine }, route: 'INTERNAL' });
    expect(contents(await read('routed.jsonl', routed, 'external_order'))[0]).toMatchObject({ key: 'o-1' });
  });

  it.each([
    ['{"orderId": "o-1"', 'no JSON object'],
    ['[]', 'expected an object'],
    ['7', 'expected an object'],
    ['{"orderID": "o-1"}', 'orderID is no field of the message'],
    ['{"lines": [{"sku": "s"}, {"amount": 1}]}', 'lines[1].amount is no field of the message'],
    ['{"lines": "s"}', '.orderflow.v1.Order.lines: array expected'],
    ['{"orderType": "FAST"}', 'orderType: there is no such value'],
    ['{"createdAt": "yesterday"}', 'createdAt: expected a time such as 2026-01-31T12:00:00Z'],
    ['{"lines": [{"quantity": -1}]}', 'lines[0].quantity: the number does not fit'],
    ['{"topic": "valid_order", "value": {}}', 'a record of valid_order, where raw_order is read'],
    ['{"constructor": {}}', 'constructor is no field of the message'],
    ['{"__proto__": {"orderId": "o-1"}}', '__proto__ is no field of the message'],
    ['{"value": {}, "partition": "x"}', 'partition: expected a whole number'],
    ['{"value": {}, "offset": -1}', 'offset: expected 0 or more'],
    ['{"value": {}, "time": "never"}', 'time: expected a time such as 2026-01-31T12:00:00Z'],
    ['{"value": {}, "key": 5}', 'key: expected text or null'],
  ])('are refused, with the line: %s', async (line, what) => {
    const path = join(folder, 'bad.jsonl');
    await expect(read('bad.jsonl', `{}\n${line}\n`)).rejects.toMatchObject({
      code: 'BAD_INPUT_FILE',
      exitCode: 2,
      message: `input ${path}, line 2: ${what}`,
    });
  });
});

it.each(['__proto__', 'constructor'])(
  'takes a JSON field %s for one that is none, and no object gets it',
  async (name) => {
    const line = `{"orderId":"o-1","${name}":{"prototype":{"polluted":"yes"},"polluted":"yes"}}`;
    await expect(read('hostile.jsonl', line)).rejects.toMatchObject({ code: 'BAD_INPUT_FILE' });
    expect(({} as { polluted?: string }).polluted).toBeUndefined();
  },
);

describe('length-delimited protobuf', () => {
  it('is any bytes, each after its length', async () => {
    const order = orderCodec.encode(anOrder());
    const records = await read('orders.bin', Buffer.concat([[order.length & 127 | 128, order.length >> 7], order, [0], [2, 15, 96]].map((part) => Buffer.from(part)))); // prettier-ignore
    expect(contents(records)).toEqual([
      { key: 'o-1', value: plain(order) },
      { key: null, value: [] },
      { key: null, value: [15, 96] },
    ]);
  });

  it('is refused when it ends too early', async () => {
    const path = join(folder, 'cut.pb');
    await expect(read('cut.pb', Uint8Array.of(1, 65, 9, 1))).rejects.toMatchObject({
      code: 'BAD_INPUT_FILE',
      message: `input ${path}, message 2, at byte 2: its length goes beyond the end of the file`,
    });
  });
});

it('tells the form by the name, else by the content', async () => {
  expect(['a.jsonl', 'a.NDJSON', 'a.json', 'a.bin', 'a.pb', 'a.txt', 'a'].map(formatOf)).toEqual([
    'json-lines',
    'json-lines',
    'json-lines',
    'delimited',
    'delimited',
    undefined,
    undefined,
  ]);
  expect(contents(await read('orders', '{"orderId": "o-1"}'))[0]).toMatchObject({ key: 'o-1' });
  expect(contents(await read('bytes', Uint8Array.of(1, 7)))).toEqual([{ key: null, value: [7] }]);
});

it('names a file that cannot be read', async () => {
  await expect(readRecordFile(join(folder, 'missing.jsonl'), 'valid_order', NOW)).rejects.toMatchObject({
    code: 'BAD_INPUT_FILE',
    message: `input ${join(folder, 'missing.jsonl')} cannot be read (ENOENT): give the path of a file of valid_order records`,
  });
});

it('refuses a file that is too large to be held in memory', async () => {
  const path = join(folder, 'huge.jsonl');
  await writeFile(path, '{}');
  await truncate(path, limits.fileBytes + 1);
  await expect(readRecordFile(path, 'raw_order', NOW)).rejects.toMatchObject({
    code: 'BAD_INPUT_FILE',
    exitCode: 2,
    message: `input ${path} is larger than 256 MiB: split it`,
  });
});

describe('what was written is read again', () => {
  const formats: RecordFormat[] = ['json-lines', 'delimited'];
  const text = fc.string({ unit: 'grapheme' });
  const time = fc.integer({ min: Date.UTC(1990), max: Date.UTC(2090) }).map(fromMillis);
  const enumOf = (type: object) => fc.constantFrom(...Object.values(type).filter((value) => typeof value === 'number'));
  const order = fc
    .record({
      messageId: text,
      orderId: text,
      orderType: enumOf(v1.OrderType),
      ipAddress: text,
      createdAt: time,
      promisedBy: time,
      lines: fc.array(fc.record({ sku: text, quantity: fc.nat(4_294_967_295), unitPrice: fc.maxSafeInteger() })),
      paymentMethod: enumOf(v1.PaymentMethod),
    })
    .map((fields) => v1.Order.create(fields as Order));

  it.each(formats)('%s: any orders', async (format) => {
    await fc.assert(
      fc.asyncProperty(fc.array(order), async (orders) => {
        const values = orders.map((each) => orderCodec.encode(each));
        const file = Buffer.concat(values.map((value) => formatRecord(format, 'raw_order', { key: 'k', value })));
        const records = await read(format === 'delimited' ? 'any.bin' : 'any.jsonl', file);
        // As messages: bytes may differ, since a field that is set to its default need not be encoded.
        const decode = (value: Uint8Array) =>
          JSON.stringify(v1.Order.toObject(orderCodec.decode(value), { defaults: true }));
        expect(records.map(({ value }) => decode(value!))).toEqual(values.map(decode));
      }),
      { numRuns: 50 },
    );
  });

  it.each(formats)('%s: bytes that are no message', async (format) => {
    const values = [
      Uint8Array.of(),
      Uint8Array.of(15, 96),
      utf8('{"order_id":'),
      enrichedOrderCodec.encode(anEnrichedOrder()),
    ];
    const file = Buffer.concat(values.map((value) => formatRecord(format, 'rejected_order', { key: 'k', value })));
    const records = await read(format === 'delimited' ? 'odd.bin' : 'odd.jsonl', file, 'rejected_order');
    expect(records.slice(0, 3).map(({ value }) => plain(value))).toEqual(values.slice(0, 3).map(plain));
  });
});
