/**
 * Which addresses belong to no public network: a partner's name that resolves to one of them leads into ours. They are refused
 * where a connection is made, so that a name which resolves otherwise a moment later (DNS rebinding) gets no further.
 */
import dns from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { parseAddress, parseNetwork, truncate, type Network } from '../../metastore/addresses.js';
import { embeddedIn } from '../../metastore/embedded-address.js';

/** What Node's errors have, and partner-answer.ts's table. */
export const PRIVATE_ADDRESS = 'ERR_PRIVATE_ADDRESS';

const networks = (texts: readonly string[]) => texts.map((text) => parseNetwork(text)!);

/** Of https://www.iana.org/assignments/iana-ipv4-special-registry, with multicast and what is reserved (RFC 5771, RFC 1112). */
const specialIpv4 = networks([
  ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12'],
  ...['192.0.0.0/24', '192.0.2.0/24', '192.31.196.0/24', '192.52.193.0/24', '192.88.99.0/24', '192.168.0.0/16'],
  ...['192.175.48.0/24', '198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24', '224.0.0.0/4', '240.0.0.0/4'],
]);

/** Of IPv6 only this is given to public networks: https://www.iana.org/assignments/ipv6-address-space */
const publicIpv6 = networks(['2000::/3']);
/** Within it: https://www.iana.org/assignments/iana-ipv6-special-registry */
const specialIpv6 = networks(['2001::/23', '2001:db8::/32', '2620:4f:8000::/48', '3fff::/20']);
/** IPv4 addresses as a network that speaks IPv6 alone reaches them: public where the IPv4 address is (RFC 6052). */
const nat64 = networks(['64:ff9b::/96']);

const isIn = (address: Network, list: readonly Network[]) =>
  list.some(({ family, bits, length }) => family === address.family && truncate(address, length).bits === bits);

/**
 * Whether an address, in any of its forms, is private, of this machine, of this link, a group's, reserved, or otherwise special; so is
 * what is no address, and an IPv6 address that carries a special IPv4 address.
 */
export function isSpecialAddress(text: string): boolean {
  const address = parseAddress(text);
  if (!address) return true;
  if (address.family === 4) return isIn(address, specialIpv4);
  const embedded = embeddedIn(address);
  if (embedded && isIn(embedded, specialIpv4)) return true;
  if (isIn(address, nat64)) return false;
  return !isIn(address, publicIpv6) || isIn(address, specialIpv6);
}

/** Whether a URL's host is an address, not a name, and a special one: no name is looked up then. */
export function isSpecialHost({ hostname }: URL): boolean {
  const host = hostname.replace(/^\[|\]$/g, '');
  return isIP(host) !== 0 && isSpecialAddress(host);
}

/** Whether a URL's host is this machine by what it says: nothing that is sent there leaves the machine. */
export const isLoopback = ({ hostname }: URL): boolean =>
  hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname);

export const privateAddressError = () =>
  Object.assign(new Error('an address of a private or special network'), { code: PRIVATE_ADDRESS });

/** Looks a name up as Node does, and leaves out the special ones of its addresses. Fails with PRIVATE_ADDRESS where no other is there. */
export const lookupPublic: LookupFunction = (hostname, options, callback) => {
  dns.lookup(hostname, { ...options, all: true }, (error, found) => {
    if (error) return callback(error, []);
    const addresses = found.filter(({ address }) => !isSpecialAddress(address));
    const [first] = addresses;
    if (!first) callback(privateAddressError(), []);
    else if (options.all) callback(null, addresses);
    else callback(null, first.address, first.family);
  });
};
