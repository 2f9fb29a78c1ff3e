/** What a worker says when the metastore refuses it is known again in Flink's stack traces. */
import { expect, it } from 'vitest';
import { refusalIn } from '../../metastore/refusals.js';
import { ask } from '../../transforms/step/transient-error.js';

const inFlink = async (code?: string) => {
  const error = Object.assign(new Error('secret words'), { code });
  const said = await ask(Promise.reject(error)).catch((thrown: unknown) => String(thrown));
  return `java.lang.Exception: Could not perform checkpoint\n\tat org.apache.flink\nCaused by: ${String(said)}\n    at file.ts:1`;
};

it.each([
  ['28P01', 'METASTORE_REFUSED'],
  ['42501', 'METASTORE_REFUSED'],
  ['CERT_HAS_EXPIRED', 'METASTORE_UNTRUSTED'],
  ['42P01', 'METASTORE_NOT_MIGRATED'],
])('%s is %s, and has to be mended', async (code, expected) => {
  expect(refusalIn(await inFlink(code))).toMatchObject({ code: expected });
});

it.each(['57P03', '53300', 'ECONNREFUSED', undefined])('%s passes by itself, and is none', async (code) => {
  expect(refusalIn(await inFlink(code))).toBeUndefined();
});
