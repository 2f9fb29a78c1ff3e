/** What Flink, the job server and ZooKeeper's clients are told besides in the secured profile; see docs/decisions/0041-flink-and-beam-tls.md. */
import { readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { type Config, projectRoot } from '../config.js';
import type { Principal } from '../model/principals.js';
import { readSecret } from '../model/secret-file.js';
import { type CertificateHolder, secretFile, tlsFilesOf } from './authority.js';
import { writePrivate } from './private-file.js';

const plainFolder = join(projectRoot, 'flink', 'conf');

/** Who reads a config.yaml, each its own: Flink's processes, and Flink's client in the job server. */
export type ConfigReader = 'jobmanager' | 'taskmanager' | 'job-server';

/** The folder of config.yaml. The secured one holds the passwords of key stores, which have no place on a command line. */
export const confFolder = (config: Config, reader: ConfigReader): string =>
  config.profile === 'secured' ? join(flinkFolder(config), 'conf', reader) : plainFolder;

/** Who submits: to the job server, and with it to Flink. */
const submitters: readonly Principal[] = ['operator'];
/** By the names in certificates; see RestClients.java. */
const restWriters: readonly CertificateHolder[] = [...submitters, 'job-server'];
const restReaders: readonly CertificateHolder[] = ['auditor', 'page'];

/** TLS 1.3 alone. Source: https://nightlies.apache.org/flink/flink-docs-release-1.19/docs/deployment/security/security-ssl/ */
export const securedFlinkSettings = {
  'security.ssl.protocol': 'TLSv1.3',
  'security.ssl.algorithms': 'TLS_AES_256_GCM_SHA384,TLS_AES_128_GCM_SHA256',
  'security.ssl.rest.enabled': true,
  'security.ssl.rest.authentication-enabled': true,
} as const;

/** RPC, blobs and data between Flink's processes, and what the JobManager's own part is. */
export const securedClusterSettings = {
  'security.ssl.internal.enabled': true,
  'orderflow.rest.writers': restWriters.join(';'),
  'orderflow.rest.readers': restReaders.join(';'),
  // Each znode is its maker's alone.
  'high-availability.zookeeper.client.acl': 'creator',
} as const;

/** Where Flink's processes run. */
export const flinkFolder = (config: Config) => join(config.home, 'flink');

/** Of all `.p12` files. */
export const keyStorePassword = (config: Config): string =>
  readSecret(secretFile(config, 'p12.password'), 'the password of key stores');

function stores(config: Config, of: 'internal' | 'rest', key: string, trusted: string) {
  const password = keyStorePassword(config);
  const prefix = `security.ssl.${of}`;
  // As seen from flinkFolder: Flink puts a path between double quotes (PekkoUtils), whatever there is in it.
  const path = (name: string) =>
    of === 'internal' ? relative(flinkFolder(config), secretFile(config, name)) : secretFile(config, name);
  return {
    [`${prefix}.keystore`]: path(key),
    [`${prefix}.keystore-password`]: password,
    [`${prefix}.key-password`]: password,
    [`${prefix}.truststore`]: path(trusted),
    [`${prefix}.truststore-password`]: password,
  };
}

const clusterSettings = (config: Config) => ({
  ...securedFlinkSettings,
  ...securedClusterSettings,
  ...stores(config, 'internal', 'flink-internal.p12', 'flink-internal.p12'),
  ...stores(config, 'rest', 'flink.p12', 'ca.p12'),
});

const settingsOf: Readonly<Record<ConfigReader, (config: Config) => Readonly<Record<string, string | boolean>>>> = {
  jobmanager: clusterSettings,
  taskmanager: clusterSettings,
  'job-server': (config) => ({ ...securedFlinkSettings, ...stores(config, 'rest', 'job-server.p12', 'ca.p12') }),
};

/** Writes the secured config.yaml, for its owner's eyes alone; nothing in the open profile. May be called again. */
export async function writeConfig(config: Config, reader: ConfigReader): Promise<void> {
  if (config.profile !== 'secured') return;
  const plain = await readFile(join(plainFolder, 'config.yaml'), 'utf8');
  // JSON's texts are YAML's, too.
  const lines = Object.entries(settingsOf[reader](config)).map(([name, value]) => `${name}: ${JSON.stringify(value)}`);
  const text = `${plain}\n# The secured profile.\n${lines.join('\n')}\n`;
  await writePrivate(join(confFolder(config, reader), 'config.yaml'), text);
}

/** What the job server's own servers are told: files, and who may call. */
export function jobServerArguments(config: Config): string[] {
  if (config.profile !== 'secured') return [];
  const { caFile, certFile, keyFile } = tlsFilesOf(config, 'job-server');
  const files = ['--tls-ca-file', caFile, '--tls-cert-file', certFile, '--tls-key-file', keyFile];
  return [...files, '--tls-clients', submitters.join(',')];
}

/** As with Flink, TLS 1.3 alone; ZooKeeper's own list of ciphers has none for it. */
const zooKeeperTls = {
  'ssl.protocol': 'TLSv1.3',
  'ssl.enabledProtocols': 'TLSv1.3',
  'ssl.ciphersuites': securedFlinkSettings['security.ssl.algorithms'],
} as const;

/** PEM, which needs no password: key and certificate are one file. Source: ZooKeeper's ClientX509Util and PEMFileLoader. */
const zooKeeperFiles = (config: Config, holder: CertificateHolder) => ({
  ...zooKeeperTls,
  'ssl.keyStore.location': secretFile(config, `${holder}.pem`),
  'ssl.keyStore.type': 'PEM',
  'ssl.trustStore.location': secretFile(config, 'ca.crt'),
  'ssl.trustStore.type': 'PEM',
});

const flinksZooKeeper = 'org.apache.flink.shaded.zookeeper3.org.apache.zookeeper';

/** JVM options of a ZooKeeper client, none in the open profile. `packageName` is that of ZooKeeper's classes, which Flink has under another one. */
export function zooKeeperClient(config: Config, holder: CertificateHolder, packageName = flinksZooKeeper): string[] {
  if (config.profile !== 'secured') return [];
  const properties = {
    'client.secure': true,
    clientCnxnSocket: `${packageName}.ClientCnxnSocketNetty`,
    ...zooKeeperFiles(config, holder),
  };
  return Object.entries(properties).map(([name, value]) => `-Dzookeeper.${name}=${value}`);
}

/** What zoo.cfg has instead of a plain port, none in the open profile. A client without a certificate of the authority gets no connection. */
export function zooKeeperServer(config: Config): Readonly<Record<string, string | number>> {
  const { ports, host, profile } = config;
  if (profile !== 'secured') return { clientPort: ports.zooKeeper, clientPortAddress: host };
  return {
    secureClientPort: ports.zooKeeper,
    secureClientPortAddress: host,
    serverCnxnFactory: `${flinksZooKeeper}.server.NettyServerCnxnFactory`,
    ...zooKeeperFiles(config, 'zookeeper'),
    'ssl.clientAuth': 'need',
  };
}
