/** The brokers that a client of kafkajs asks first, whatever their addresses are. */
import { connect, isIP } from 'node:net';
import * as tls from 'node:tls';
import type { KafkaConfig } from 'kafkajs';

/** As Windows writes an IPv6 address where a colon has another meaning: [::1] is --1.ipv6-literal.net. */
const suffix = '.ipv6-literal.net';
const keepAliveMs = 60_000;

/**
 * `host:port` or `[IPv6 address]:port`, with commas between. kafkajs takes what stands before a broker's first colon for its host: an IPv6
 * address goes through it under a name, which the socket reads back. `tlsOptions` is asked for each connection.
 */
export function seedBrokers(
  addresses: string,
  tlsOptions?: () => tls.ConnectionOptions,
): Pick<KafkaConfig, 'brokers' | 'socketFactory'> {
  const brokers = addresses.split(',').map((address) => {
    const [, ipv6, port] = /^\[(.+)\]:(\d+)$/.exec(address) ?? [];
    return ipv6 === undefined ? address : `${ipv6.replaceAll(':', '-')}${suffix}:${port}`;
  });
  return {
    brokers,
    socketFactory({ host, port, onConnect }) {
      const ipv6 = host.endsWith(suffix) ? host.slice(0, -suffix.length).replaceAll('-', ':') : undefined;
      const to = { host: ipv6 ?? host, port };
      const servername = isIP(to.host) ? {} : { servername: to.host };
      const socket = tlsOptions
        ? tls.connect({ ...to, ...servername, ...tlsOptions() }, onConnect)
        : connect(to, onConnect);
      return socket.setKeepAlive(true, keepAliveMs);
    },
  };
}
