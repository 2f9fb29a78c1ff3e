/** The brokers that a client of kafkajs asks first, whatever their addresses are. */
import { connect } from 'node:net';
import type { KafkaConfig } from 'kafkajs';

/** As Windows writes an IPv6 address where a colon has another meaning: [::1] is --1.ipv6-literal.net. */
const suffix = '.ipv6-literal.net';
const keepAliveMs = 60_000;

/**
 * `host:port` or `[IPv6 address]:port`, with commas between. kafkajs takes what stands before a broker's first colon for its host: an IPv6
 * address goes through it under a name, which the socket reads back.
 */
export function seedBrokers(addresses: string): Pick<KafkaConfig, 'brokers' | 'socketFactory'> {
  const brokers = addresses.split(',').map((address) => {
    const [, ipv6, port] = /^\[(.+)\]:(\d+)$/.exec(address) ?? [];
    return ipv6 === undefined ? address : `${ipv6.replaceAll(':', '-')}${suffix}:${port}`;
  });
  return {
    brokers,
    socketFactory({ host, port, onConnect }) {
      const ipv6 = host.endsWith(suffix) ? host.slice(0, -suffix.length).replaceAll('-', ':') : undefined;
      return connect({ host: ipv6 ?? host, port }, onConnect).setKeepAlive(true, keepAliveMs);
    },
  };
}
