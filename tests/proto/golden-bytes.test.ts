import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { topics } from '../../model/topics.js';
import { examples } from './examples.js';

// Written once, with the first version of proto/orders.proto: what stands on a topic must stay readable. A failure here
// is a change that is not compatible; the fixture is right.
const fixture = async (type: string) =>
  Buffer.from((await readFile(new URL(`fixtures/${type}.hex`, import.meta.url), 'utf8')).trim(), 'hex');

describe.each(Object.entries(examples))('%s', (type, { codec, message }) => {
  it('decodes the bytes of the first version to the same message', async () => {
    expect(codec.decode(await fixture(type))).toEqual(message);
  });

  it('is encoded to the bytes of the first version', async () => {
    const bytes = await fixture(type);
    expect(Buffer.from(codec.encode(message as never)).toString('hex')).toBe(bytes.toString('hex'));
    expect(Buffer.from(codec.encode(codec.decode(bytes))).toString('hex')).toBe(bytes.toString('hex'));
  });
});

it('guards the message of every topic', () => {
  expect(Object.keys(examples).sort()).toEqual(
    [...new Set(Object.values(topics).map(({ message }) => message))].sort(),
  );
});
