/** What tests of credentials share: a folder of secrets, a partners file in it, and a client that goes by it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { createPartnerClient, type PartnerClientOptions } from '../../../transforms/delivery/partner-client.js';

export const DELIVERED = { kind: 'DELIVERED', status: 201 };

let last = 0;

/** Orders with keys that no other call has had. */
export const requests = (count: number, partnerId = 'P1') =>
  Array.from({ length: count }, () => {
    const n = ++last;
    return { partnerId, idempotencyKey: `k-${n}`, body: JSON.stringify({ orderId: `o-${n}` }) };
  });

/** A folder that goes when the test ends; `put` writes a file into it and answers its path. */
export function aFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'orderflow-secrets-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const at = (name: string) => join(folder, name);
  return {
    folder,
    at,
    put(name: string, text: string): string {
      writeFileSync(at(name), text);
      return at(name);
    },
    remove: (name: string) => rmSync(at(name)),
  };
}

/** A client by a partners file with these entries. */
export function aClientOf(
  { put }: Pick<ReturnType<typeof aFolder>, 'put'>,
  entries: Readonly<Record<string, object>>,
  options: Partial<PartnerClientOptions> = {},
) {
  const client = createPartnerClient({
    url: 'http://127.0.0.1:1/orders',
    partnersFile: put('partners.json', JSON.stringify(entries)),
    timeoutMs: 2_000,
    concurrency: 4,
    attempts: 1,
    backoffMs: 1,
    halfOpenAfterMs: 10,
    ...options,
  });
  onTestFinished(() => client.close());
  return client;
}
