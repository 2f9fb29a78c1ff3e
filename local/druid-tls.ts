/** Druid in the secured profile: TLS with client certificates among its processes, and for whoever asks them. */
import { join } from 'node:path';
import type { Config } from '../config.js';
import { secretFile } from './authority.js';
import { keyStorePassword, zooKeeperClient } from './flink-security.js';
import { propertiesText } from './paths.js';
import { writePrivate } from './private-file.js';

const file = (config: Config, name: string) => join(config.home, 'druid', name);
/** Druid's own way to have some of its properties in a file. */
const passwordsFile = (config: Config) => file(config, 'passwords.properties');
/** Options of the JVM in a file: Derby takes its key's password as a system property alone. */
const derbyFile = (config: Config) => file(config, 'derby.options');

const stores = (config: Config) => ({
  keyStore: secretFile(config, 'druid.p12'),
  trustStore: secretFile(config, 'ca.p12'),
});

/** What does not depend on folders. */
export const druidTlsSettings = {
  'druid.enablePlaintextPort': false,
  'druid.enableTlsPort': true,
  'druid.server.https.keyStoreType': 'PKCS12',
  'druid.server.https.certAlias': 'orderflow',
  'druid.server.https.trustStoreType': 'PKCS12',
  // Who has a certificate of the authority may ask; nobody else.
  'druid.server.https.requireClientCertificate': true,
  // A certificate that was renewed is taken without a restart.
  'druid.server.https.reloadSslContext': true,
  'druid.server.https.reloadSslContextSeconds': 60,
} as const;

/** Properties of a role that listens on the port, and loads these extensions as in the open profile. */
export function druidTlsProperties(
  config: Config,
  port: number,
  extensions: readonly string[],
): Readonly<Record<string, string | number | boolean>> {
  const { keyStore, trustStore } = stores(config);
  return {
    ...druidTlsSettings,
    // Ours, below druid/: without it Druid's own clients speak plain text.
    'druid.extensions.loadList': JSON.stringify([...extensions, 'client-tls']),
    'druid.tlsPort': port,
    'druid.server.https.keyStorePath': keyStore,
    'druid.server.https.trustStorePath': trustStore,
    'druid.client.https.keyStorePath': keyStore,
    'druid.client.https.trustStorePath': trustStore,
  };
}

/** Options of the JVM: ZooKeeper's client, the passwords' file, and Derby in the coordinator. */
export const druidTlsOptions = (config: Config, isCoordinator: boolean): string[] => [
  `-Ddruid.properties.file=${passwordsFile(config)}`,
  ...zooKeeperClient(config, 'druid', 'org.apache.zookeeper'),
  ...(isCoordinator ? [`@${derbyFile(config)}`] : []),
];

/** Writes what holds a password into files that nobody else can read. */
export async function writeDruidPasswords(config: Config): Promise<void> {
  const password = keyStorePassword(config);
  const names = [
    'server.https.keyStore',
    'server.https.trustStore',
    'client.https.keyStore',
    'client.https.trustStore',
  ];
  const passwords = Object.fromEntries(names.map((name) => [`druid.${name}Password`, password]));
  await writePrivate(passwordsFile(config), propertiesText(passwords));
  const { keyStore, trustStore } = stores(config);
  const derby = {
    'derby.drda.sslMode': 'peerAuthentication',
    'javax.net.ssl.keyStore': keyStore,
    'javax.net.ssl.keyStorePassword': password,
    'javax.net.ssl.trustStore': trustStore,
    'javax.net.ssl.trustStorePassword': password,
  };
  const lines = Object.entries(derby).map(([name, value]) => `"-D${name}=${value.replace(/["\\]/g, '\\$&')}"\n`);
  await writePrivate(derbyFile(config), lines.join(''));
}
