/** TLS to a partner: whom we trust, who we are, and what is said when either is not good. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { createListener, type ListenerTls } from '../../../partner/listener.js';
import { anAuthority, type CertificateOptions } from '../../certificates.js';
import { aPartner } from '../../partner/process.js';
import { aClientOf, aFolder, DELIVERED, requests } from './partner-access.js';

const pending = (why: string | RegExp) => [
  {
    kind: 'UNAVAILABLE',
    blame: 'PARTNER',
    retryAfterMs: 0,
    why: typeof why === 'string' ? why : expect.stringMatching(why),
  },
];

/** A stand-in that speaks TLS. Only orders are posted to it: the summary would need a client that knows the authority. */
async function aTlsPartner(tls: ListenerTls) {
  const partner = await aPartner(undefined, { tls });
  return { url: partner.ordersUrl, entries: partner.entries };
}

function aPlace() {
  const folder = aFolder();
  const authority = anAuthority(folder.folder);
  return { ...folder, authority };
}

let place: ReturnType<typeof aPlace>;
beforeEach(() => {
  place = aPlace();
});

async function outcomeOf(server: CertificateOptions, tls?: object) {
  const partner = await aTlsPartner(place.authority.write('partner', server));
  const client = aClientOf(place, { P1: { url: partner.url, privateNetworks: true, ...(tls && { tls }) } });
  return client.deliver(requests(1));
}

describe("the partner's certificate", () => {
  test('is taken when our authority has signed it', async () => {
    expect(await outcomeOf({}, { caFile: 'ca.crt' })).toEqual([DELIVERED]);
  });

  test('is not taken when nobody whom we trust has', async () => {
    const why = /: its certificate is signed by no authority that we trust: name the right one in tls.caFile$/;
    expect(await outcomeOf({})).toEqual(pending(why));
    anAuthority(place.folder, 'other');
    expect(await outcomeOf({}, { caFile: 'other.crt' })).toEqual(pending(why));
  });

  test('is checked whatever NODE_TLS_REJECT_UNAUTHORIZED says, with and without the file', async () => {
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
    onTestFinished(() => void vi.unstubAllEnvs());
    const why = /: its certificate is signed by no authority/;
    expect(await outcomeOf({})).toEqual(pending(why));
    const partner = await aTlsPartner(place.authority.write('plain'));
    const plain = aClientOf(place, {}, { url: partner.url });
    expect(await plain.deliver(requests(1))).toEqual(pending(why));
  });

  test.each<[string, CertificateOptions, string]>([
    ['has run out', { from: -9e6, to: -1e6 }, 'CERT_HAS_EXPIRED: its certificate has expired'],
    ['is not good yet', { from: 1e6, to: 9e6 }, 'CERT_NOT_YET_VALID: its certificate is not valid yet'],
    [
      'is of another name',
      { names: ['other.example.com'] },
      'ERR_TLS_CERT_ALTNAME_INVALID: its certificate is for another name',
    ],
  ])('that %s is told', async (_what, options, why) => {
    expect(await outcomeOf(options, { caFile: 'ca.crt' })).toEqual(pending(why));
  });
});

describe('our certificate', () => {
  async function aMutualPartner(tls: object = { caFile: 'ca.crt', certFile: 'us.crt', keyFile: 'us.key' }) {
    const partner = await aTlsPartner({ ...place.authority.write('partner'), clientCaFile: place.authority.caFile });
    const client = aClientOf(place, { P1: { url: partner.url, privateNetworks: true, tls } });
    return { partner, client };
  }

  test('is asked for and taken', async () => {
    place.authority.write('us');
    const { client } = await aMutualPartner();
    expect(await client.deliver(requests(10))).toEqual(Array(10).fill(DELIVERED));
  });

  test('that the partner misses is told, and mended without a restart', async () => {
    const { client } = await aMutualPartner({ caFile: 'ca.crt' });
    const orders = requests(1);
    // What it says may be lost when it hangs up at once.
    const why = /^(ERR_SSL_\w+: it does not accept our certificate, or wants one: see tls.certFile|ECONNRESET|EPIPE)$/;
    expect(await client.deliver(orders)).toMatchObject([{ kind: 'UNAVAILABLE', why: expect.stringMatching(why) }]);
    place.authority.write('us');
    const entries = readFileSync(place.at('partners.json'), 'utf8');
    place.put('partners.json', entries.replace('"tls":{', '"tls":{"certFile":"us.crt","keyFile":"us.key",'));
    await vi.waitFor(async () => expect(await client.deliver(orders)).toEqual([DELIVERED]), 5_000);
  });

  test('of an authority that the partner does not know is told, and mended by another one in its place', async () => {
    anAuthority(place.folder, 'other').write('us');
    const { client } = await aMutualPartner();
    const orders = requests(1);
    const why = 'ECONNRESET: it hung up: if at all orders, it does not accept our certificate, tls.certFile';
    expect(await client.deliver(orders)).toMatchObject([{ kind: 'UNAVAILABLE', why }]);
    place.authority.write('us');
    await vi.waitFor(async () => expect(await client.deliver(orders)).toEqual([DELIVERED]), 5_000);
  });

  test('that has run out is told with its time, and nobody is asked', async () => {
    place.authority.write('us', { from: -9e6, to: -1e6 });
    const { client, partner } = await aMutualPartner();
    const orders = requests(1);
    expect(await client.deliver(orders)).toEqual(
      pending(/^our certificate, tls.certFile \S+us.crt, has expired at \S+Z: put a new one there$/),
    );
    expect(await partner.entries()).toEqual([]);
    place.authority.write('us');
    await vi.waitFor(async () => expect(await client.deliver(orders)).toEqual([DELIVERED]), 5_000);
  });

  test.each<[string, () => void, RegExp]>([
    ['that is missing', () => place.remove('us.crt'), /^tls.certFile \S+us.crt is missing$/],
    ['whose key is missing', () => place.remove('us.key'), /^tls.keyFile \S+us.key is missing$/],
    ['that is none', () => place.put('us.crt', 'MARK'), /^tls.certFile \S+us.crt holds no certificate in PEM$/],
    ['whose key is none', () => place.put('us.key', 'MARK'), /no TLS can be made of them \(ERR_OSSL\w+\): the key/],
    [
      'whose key is of another one',
      () => {
        const before = readFileSync(place.at('us.crt'), 'utf8');
        place.authority.write('us');
        place.put('us.crt', before);
      },
      /no TLS can be made of them \(ERR_OSSL_X509_KEY_VALUES_MISMATCH\)/,
    ],
    [
      'beside an authority that is none',
      () => place.put('ca.crt', 'MARK'),
      /^tls.caFile \S+ holds no certificate in PEM$/,
    ],
  ])('%s is told', async (_what, spoil, why) => {
    place.authority.write('us');
    const { client } = await aMutualPartner();
    spoil();
    const outcomes = await client.deliver(requests(1));
    expect(outcomes).toEqual(pending(why));
    expect(JSON.stringify(outcomes)).not.toContain('MARK');
  });

  test('that was changed counts at once, and so does one of the partner that it renews', async () => {
    place.authority.write('us');
    const serials = new Set<string>();
    const server = createListener(
      (request, response) => {
        serials.add((request.socket as TLSSocket).getPeerCertificate().serialNumber);
        request.resume().on('end', () => response.writeHead(201).end());
      },
      { ...place.authority.write('partner'), clientCaFile: place.authority.caFile },
    ).listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const tls = { caFile: 'ca.crt', certFile: 'us.crt', keyFile: 'us.key' };
    const client = aClientOf(place, { P1: { url, tls, privateNetworks: true } });
    for (const count of [1, 2, 3]) {
      await vi.waitFor(async () => {
        await client.deliver(requests(3));
        expect(serials.size).toBe(count);
      }, 10_000);
      place.authority.write('us');
    }
    // What it has now is signed by another authority: only who looks at it anew can notice.
    anAuthority(place.folder, 'other').write('partner');
    await vi.waitFor(
      async () => expect(await client.deliver(requests(1))).toEqual(pending(/signed by no authority/)),
      10_000,
    );
  });

  test('is asked for by a token endpoint, too, with files of its own', async () => {
    place.authority.write('us');
    const secretFile = place.put('secret', 's');
    const tls = { ...place.authority.write('partner'), clientCaFile: place.authority.caFile };
    const partner = await aPartner(undefined, {
      tls,
      auth: { kind: 'oauth', clientId: 'c', clientSecretFile: secretFile, lifetimeSeconds: 60 },
    });
    const ours = { caFile: 'ca.crt', certFile: 'us.crt', keyFile: 'us.key' };
    const auth = { kind: 'oauth', tokenUrl: `${partner.url}/token`, clientId: 'c', clientSecretFile: 'secret' };
    const entry = { url: partner.ordersUrl, privateNetworks: true, tls: ours };
    const client = aClientOf(place, { P1: { ...entry, auth: { ...auth, tls: ours } }, P2: { ...entry, auth } });
    expect(await client.deliver(requests(1))).toEqual([DELIVERED]);
    expect(await client.deliver(requests(1, 'P2'))).toEqual(
      pending(/^the token endpoint: \w+: its certificate is signed by no authority/),
    );
  });
});
