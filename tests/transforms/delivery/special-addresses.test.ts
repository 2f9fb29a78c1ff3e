import dns from 'node:dns';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import {
  isLoopback,
  isSpecialAddress,
  isSpecialHost,
  lookupPublic,
} from '../../../transforms/delivery/special-addresses.js';

const special = [
  ...['0.0.0.0', '0.1.2.3', '10.0.0.1', '100.64.0.1', '100.127.255.255', '127.0.0.1', '127.255.255.254'],
  ...['169.254.169.254', '172.16.0.1', '172.31.255.255', '192.0.0.8', '192.0.2.1', '192.88.99.1', '192.168.1.1'],
  ...[
    '198.18.0.1',
    '198.19.255.255',
    '198.51.100.7',
    '203.0.113.7',
    '224.0.0.1',
    '239.1.1.1',
    '240.0.0.1',
    '255.255.255.255',
  ],
  ...['::', '::1', 'fe80::1', 'fe80::1%eth0', 'febf::1', 'fec0::1', 'fc00::1', 'fd12:3456::1', 'ff02::1', '100::1'],
  ...['2001:db8::1', '2001::1', '2001:10::1', '3fff::1', '5f00::1', '64:ff9b:1::1', '4000::1'],
  // IPv4 within IPv6: mapped, compatible, translated, NAT64, 6to4, ISATAP.
  ...['::ffff:127.0.0.1', '::ffff:7f00:1', '::ffff:10.0.0.1', '::127.0.0.1', '::ffff:0:10.0.0.1', '64:ff9b::10.0.0.1'],
  ...['64:ff9b::a9fe:a9fe', '2002:7f00:1::', '2002:0a00:0001::1', '2620:0:1::5efe:10.0.0.1'],
  ...['', 'localhost', '1.2.3', '127.1', '0x7f.0.0.1', '2130706433'],
];
const common = ['1.1.1.1', '8.8.8.8', '100.63.255.255', '100.128.0.1', '172.15.0.1', '172.32.0.1', '192.169.0.1', '198.20.0.1', '223.255.255.255', '2606:4700::1111', '2a00:1450::1', '::ffff:8.8.8.8', '64:ff9b::8.8.8.8', '2002:0808:0808::1']; // prettier-ignore

describe('an address', () => {
  it.each(special)('%s is none of a public network', (address) => expect(isSpecialAddress(address)).toBe(true));
  it.each(common)('%s is of a public network', (address) => expect(isSpecialAddress(address)).toBe(false));

  it('in IPv6 is special where the IPv4 address is that it carries', () => {
    fc.assert(
      fc.property(fc.ipV4(), (ipv4) => {
        for (const prefix of ['::ffff:', '64:ff9b::'])
          expect(isSpecialAddress(`${prefix}${ipv4}`)).toBe(isSpecialAddress(ipv4));
      }),
    );
  });
});

it.each([
  ['http://127.0.0.1/', true],
  ['http://2130706433/', true],
  ['http://0x7f.1/', true],
  ['http://0177.0.0.1/', true],
  ['http://127.1/', true],
  ['http://[::1]/', true],
  ['http://[::ffff:127.0.0.1]/', true],
  ['http://[fe80::1]/', true],
  ['http://169.254.169.254/latest/meta-data', true],
  ['http://0/', true],
  ['http://8.8.8.8/', false],
  ['http://[2606:4700::1111]/', false],
  // Names are judged by what they resolve to.
  ['http://localhost/', false],
  ['http://127.0.0.1.example.com/', false],
])('%s has a special address for its host: %s', (url, is) => expect(isSpecialHost(new URL(url))).toBe(is));

it.each([
  ['http://localhost:1/', true],
  ['http://127.0.0.5/', true],
  ['http://[::1]/', true],
  ['http://10.0.0.1/', false],
  ['http://localhost.example.com/', false],
  ['http://127.example.com/', false],
])('%s is this machine by what it says: %s', (url, is) => expect(isLoopback(new URL(url))).toBe(is));

describe('a name', () => {
  function resolvesTo(...addresses: string[]): void {
    const all = addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
    const asked = vi
      .spyOn(dns, 'lookup')
      .mockImplementation(((_name: string, _options: object, answer: (...given: unknown[]) => void) =>
        answer(null, all)) as never);
    onTestFinished(() => asked.mockRestore());
  }
  const look = (options: dns.LookupOptions) =>
    new Promise<unknown>((resolve) =>
      lookupPublic('partner.test', options, (error, ...found) => resolve(error ? error.code : found)),
    );

  it('is reached at its public addresses alone', async () => {
    resolvesTo('10.0.0.1', '8.8.8.8', '::1', '2606:4700::1111');
    expect(await look({ all: true })).toEqual([
      [
        { address: '8.8.8.8', family: 4 },
        { address: '2606:4700::1111', family: 6 },
      ],
    ]);
    expect(await look({})).toEqual(['8.8.8.8', 4]);
  });

  it.each([['127.0.0.1'], ['::ffff:10.0.0.1'], ['fd00::1', '169.254.169.254'], []])(
    'that leads to none is refused (%#)',
    async (...addresses) => {
      resolvesTo(...addresses);
      expect(await look({ all: true })).toBe('ERR_PRIVATE_ADDRESS');
    },
  );

  it('that does not resolve says so', async () => {
    const asked = vi
      .spyOn(dns, 'lookup')
      .mockImplementation(((_name: string, _options: object, answer: (error: Error) => void) =>
        answer(Object.assign(new Error(), { code: 'ENOTFOUND' }))) as never);
    onTestFinished(() => asked.mockRestore());
    expect(await look({ all: true })).toBe('ENOTFOUND');
  });
});
