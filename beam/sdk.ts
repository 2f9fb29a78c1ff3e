/**
 * Loads apache-beam by the one inner module from which its circle of imports can be entered. Every file in beam/ that
 * imports another inner module imports this one before. The main module would do too, but it brings Google's Pub/Sub
 * client along, which doubles a worker's start and adds 30 MB to it.
 */
import 'apache-beam/pvalue';
import { createRequire } from 'node:module';
import type { Coder } from 'apache-beam/coders/coders';

type CoderWriter = Parameters<Coder<unknown>['encode']>[1];
type CoderReader = Parameters<Coder<unknown>['decode']>[0];

/** Writer and Reader of the protobufjs that the SDK itself uses, which is older than the project's: its coders take no other. */
export const { Reader, Writer } = createRequire(createRequire(import.meta.url).resolve('apache-beam'))(
  'protobufjs',
) as {
  Reader: new (bytes: Uint8Array) => CoderReader;
  Writer: new () => CoderWriter & { readonly len: number; finish(): Uint8Array };
};
