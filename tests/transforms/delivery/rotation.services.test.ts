/** Everything by which we and a partner know each other changes while orders flow: none is lost, and none is taken twice. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { createPartnerClient } from '../../../transforms/delivery/partner-client.js';
import { anAuthority } from '../../certificates.js';
import { aPartner } from '../../partner/process.js';
import { aFolder, requests } from './partner-access.js';

const tls = { caFile: 'ca.crt', certFile: 'us.crt', keyFile: 'us.key' };

/** Delivers without pause until it is told to end, then what is left until there is nothing; answers the orders and the rounds. */
function aFlow(client: ReturnType<typeof createPartnerClient>) {
  const seen = { orders: 0, delivered: 0, reasons: new Set<string>() };
  let isOver = false;
  let left: ReturnType<typeof requests> = [];
  async function flow() {
    while (!isOver || left.length > 0) {
      const batch = isOver ? left : [...left, ...requests(40)];
      seen.orders += batch.length - left.length;
      const outcomes = await client.deliver(batch);
      for (const outcome of outcomes) if (outcome.kind === 'UNAVAILABLE') seen.reasons.add(outcome.why);
      left = batch.filter((_, at) => outcomes[at]!.kind !== 'DELIVERED');
      seen.delivered += batch.length - left.length;
      if (left.length > 0) await sleep(20);
    }
  }
  const ended = flow();
  return {
    seen,
    /** Resolves when as many more are delivered. */
    async more(count: number) {
      const enough = seen.delivered + count;
      while (seen.delivered < enough) await Promise.race([sleep(10), ended]);
    },
    async end() {
      isOver = true;
      await ended;
      return seen;
    },
  };
}

async function aPair(kind: 'bearer' | 'oauth') {
  const folder = aFolder();
  const authority = anAuthority(folder.folder);
  authority.write('us');
  folder.put('theirs', 'MARK-0');
  folder.put('ours', 'MARK-0');
  const files = { ...authority.write('partner'), clientCaFile: authority.caFile };
  const partner = await aPartner(undefined, {
    tls: files,
    auth:
      kind === 'bearer'
        ? { kind, tokenFile: folder.at('theirs') }
        : { kind, clientId: 'shop', clientSecretFile: folder.at('theirs'), lifetimeSeconds: 2 },
  });
  const auth =
    kind === 'bearer'
      ? { kind, tokenFile: 'ours' }
      : { kind, clientId: 'shop', clientSecretFile: 'ours', tokenUrl: `${partner.url}/token`, tls };
  const entries = { '*': { url: partner.ordersUrl, auth, tls, privateNetworks: true } };
  const client = createPartnerClient({
    url: '',
    partnersFile: folder.put('partners.json', JSON.stringify(entries)),
    timeoutMs: 1_500,
    concurrency: 16,
    attempts: 2,
    halfOpenAfterMs: 100,
    connectionMs: 500,
  });
  onTestFinished(() => client.close());
  return { folder, authority, partner, client };
}

test.each(['bearer', 'oauth'] as const)(
  'secrets (%s) and certificates of both sides change while orders flow',
  { timeout: 120_000 },
  async (kind) => {
    const { folder, authority, partner, client } = await aPair(kind);
    const flow = aFlow(client);
    await flow.more(200);
    for (const n of [1, 2, 3, 4]) {
      // The partner's first, as somebody does who tells us the new one afterwards; then ours first.
      for (const name of n % 2 ? ['theirs', 'ours'] : ['ours', 'theirs']) {
        folder.put(name, `MARK-${n}`);
        await sleep(20);
      }
      await flow.more(200);
      // In place, the key before the certificate: for a moment they do not go together.
      authority.write('us');
      await flow.more(200);
      authority.write('partner');
      await flow.more(200);
    }
    const seen = await flow.end();
    expect(seen.delivered).toBe(seen.orders);
    const taken = new Map<string, number>();
    for (const { orderId, outcome } of await partner.entries())
      if (outcome === 'effect') taken.set(orderId, (taken.get(orderId) ?? 0) + 1);
    expect(taken.size).toBe(seen.orders);
    expect([...taken.values()].filter((times) => times !== 1)).toEqual([]);
    expect([...seen.reasons].join('\n')).not.toContain('MARK');
  },
);
