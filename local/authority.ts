/**
 * The certificate authority and the secrets of the secured local stack: files that only their owner reads, made once. node-forge makes
 * X.509 and PKCS#12 without a program that has to be there: Node itself only reads them.
 */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, mkdir, readFile, rename, rm } from 'node:fs/promises';
import { isIP } from 'node:net';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import forge from 'node-forge';
import type { Config } from '../config.js';
import { OperatorError } from '../errors.js';
import { principals } from '../model/principals.js';
import type { TlsFiles } from '../model/tls-files.js';
import { runJdk } from './java.js';
import { withLock } from './lock.js';
import { writePrivate } from './private-file.js';

/** Who has a certificate besides the principals: the parts of the stack that listen, and Flink's processes among themselves. */
const servers = ['kafka', 'postgres', 'zookeeper', 'flink', 'job-server', 'worker-pool', 'partner', 'druid'] as const;
export const certificateHolders = [...new Set([...servers, ...principals])];
export type CertificateHolder = (typeof certificateHolders)[number];

/** Who has a password, by the part that asks for it. */
const passwordHolders = ({ kafkaProducers }: Config) => ({
  kafka: [...principals, ...kafkaProducers.names],
  postgres: principals,
});

/** What else is a random text: `partner.token` is what the stand-in partner takes orders with. */
const otherSecrets = ['p12.password', 'partner.token'] as const;

const authorityYears = 10;
const certificateDays = 90;
/** Made again when less than this is left of it, at the next `up`. */
const renewBeforeDays = 30;
const dayMs = 86_400_000;
const keyBits = 2_048;

type SecretsOf = Pick<Config, 'secrets' | 'host'>;

/** A file of the secrets' folder. */
export const secretFile = ({ secrets }: Pick<Config, 'secrets'>, ...names: string[]) => join(secrets, ...names);

/** A holder's certificate and key, and the authority. */
export const tlsFilesOf = (config: Pick<Config, 'secrets'>, holder: CertificateHolder): TlsFiles => ({
  caFile: secretFile(config, 'ca.crt'),
  certFile: secretFile(config, `${holder}.crt`),
  keyFile: secretFile(config, `${holder}.key`),
});

/** The file's text. Throws OperatorError NO_SECRETS where the stack was never up. */
async function read(config: SecretsOf, name: string): Promise<string> {
  try {
    return await readFile(secretFile(config, name), 'utf8');
  } catch (cause) {
    throw new OperatorError('NO_SECRETS', `${secretFile(config, name)} is missing: \`orderflow up\` makes it`, {
      cause,
    });
  }
}

const write = (config: SecretsOf, name: string, content: string | Buffer) =>
  writePrivate(secretFile(config, name), content);

const newPassword = () => randomBytes(24).toString('base64url');

interface Authority {
  readonly certificate: forge.pki.Certificate;
  readonly key: forge.pki.rsa.PrivateKey;
}

const newKeys = () => promisify(forge.pki.rsa.generateKeyPair)({ bits: keyBits });

/** A certificate without extensions, not signed yet. RFC 5280: the serial number is positive, of 20 bytes at most. */
function certificateOf(name: string, key: forge.pki.PublicKey, days: number): forge.pki.Certificate {
  const certificate = forge.pki.createCertificate();
  certificate.publicKey = key;
  certificate.serialNumber = `01${randomBytes(16).toString('hex')}`;
  // Clocks differ.
  certificate.validity.notBefore = new Date(Date.now() - 3_600_000);
  certificate.validity.notAfter = new Date(Date.now() + days * dayMs);
  certificate.setSubject([{ name: 'commonName', value: name }]);
  return certificate;
}

const name = 'Orderflow local authority';

async function makeAuthority(config: SecretsOf): Promise<void> {
  const { publicKey, privateKey } = await newKeys();
  const certificate = certificateOf(name, publicKey, authorityYears * 365);
  certificate.setIssuer(certificate.subject.attributes);
  certificate.setExtensions([
    { name: 'basicConstraints', cA: true, pathLenConstraint: 0, critical: true },
    { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    { name: 'subjectKeyIdentifier' },
  ]);
  certificate.sign(privateKey, forge.md.sha256.create());
  await write(config, 'ca.key', keyPem(privateKey));
  await write(config, 'ca.crt', forge.pki.certificateToPem(certificate));
}

async function readAuthority(config: SecretsOf): Promise<Authority> {
  return {
    certificate: forge.pki.certificateFromPem(await read(config, 'ca.crt')),
    key: forge.pki.privateKeyFromPem(await read(config, 'ca.key')),
  };
}

/** Under which names a service is reached in docker-compose's network, beside its own: those of its containers. */
const containersOf: Readonly<Partial<Record<CertificateHolder, readonly string[]>>> = {
  flink: ['jobmanager'],
  'worker-pool': ['pod'],
  druid: ['druid-coordinator', 'druid-broker', 'druid-historical', 'druid-indexer', 'druid-router'],
};

/** The names under which a service of this stack is reached. Type 2 is a name and 7 an address, in RFC 5280's order. */
function alternativeNames(config: SecretsOf, holder: CertificateHolder) {
  const names = [holder, ...(containersOf[holder] ?? []), 'localhost', hostname()];
  const hosts = new Set([...names, '127.0.0.1', '::1', config.host]);
  return [...hosts].map((host) => (isIP(host) ? { type: 7, ip: host } : { type: 2, value: host }));
}

/** PKCS#8, which Kafka wants. */
const keyPem = (key: forge.pki.rsa.PrivateKey) =>
  forge.pki.privateKeyInfoToPem(forge.pki.wrapRsaPrivateKey(forge.pki.privateKeyToAsn1(key)));

/** PKCS#12, which Java's programs read keys from. */
function pkcs12(key: forge.pki.rsa.PrivateKey, chain: forge.pki.Certificate[], password: string): Buffer {
  const asn1 = forge.pkcs12.toPkcs12Asn1(key, chain, password, { algorithm: '3des', friendlyName: 'orderflow' });
  return Buffer.from(forge.asn1.toDer(asn1).getBytes(), 'binary');
}

/** The authority as what Java trusts: in PKCS#12 that has a mark of Java's own, which node-forge does not write. */
async function makeTrustStore(config: Config): Promise<void> {
  const [unfinished, file] = [secretFile(config, 'ca.p12.new'), secretFile(config, 'ca.p12')];
  await rm(unfinished, { force: true });
  await runJdk(config, 'keytool', [
    ...['-importcert', '-noprompt', '-alias', 'orderflow', '-file', secretFile(config, 'ca.crt')],
    ...['-storetype', 'PKCS12', '-keystore', unfinished, '-storepass:file', secretFile(config, 'p12.password')],
  ]);
  await chmod(unfinished, 0o600);
  await rename(unfinished, file);
}

/**
 * What Flink's processes know each other by: a certificate of its own that trusts itself alone, as Flink's documentation asks for. By one of the
 * authority, whoever has any certificate of it could make Flink run code.
 */
async function makeFlinkInternal(config: Config): Promise<void> {
  const [unfinished, file] = [secretFile(config, 'flink-internal.p12.new'), secretFile(config, 'flink-internal.p12')];
  await rm(unfinished, { force: true });
  await runJdk(config, 'keytool', [
    ...['-genkeypair', '-alias', 'flink', '-dname', 'CN=flink-internal', '-keyalg', 'EC', '-groupname', 'secp256r1'],
    ...['-validity', String(authorityYears * 365), '-storetype', 'PKCS12', '-keystore', unfinished],
    ...['-storepass:file', secretFile(config, 'p12.password')],
  ]);
  await chmod(unfinished, 0o600);
  await rename(unfinished, file);
}

async function makeCertificate(config: SecretsOf, authority: Authority, holder: CertificateHolder, days: number) {
  const { publicKey, privateKey } = await newKeys();
  const certificate = certificateOf(holder, publicKey, days);
  certificate.setIssuer(authority.certificate.subject.attributes);
  certificate.setExtensions([
    { name: 'basicConstraints', cA: false },
    { name: 'keyUsage', digitalSignature: true, keyEncipherment: true, critical: true },
    { name: 'extKeyUsage', serverAuth: true, clientAuth: true },
    { name: 'subjectAltName', altNames: alternativeNames(config, holder) },
    { name: 'subjectKeyIdentifier' },
  ]);
  certificate.sign(authority.key, forge.md.sha256.create());
  const [crt, key] = [forge.pki.certificateToPem(certificate), keyPem(privateKey)];
  const password = await read(config, 'p12.password');
  await write(config, `${holder}.p12`, pkcs12(privateKey, [certificate, authority.certificate], password));
  await write(config, `${holder}.key`, key);
  // Kafka wants both in one file.
  await write(config, `${holder}.pem`, key + crt);
  // Last: it says that the others are there.
  await write(config, `${holder}.crt`, crt);
}

/** When a holder's certificate runs out; undefined where there is none. */
export async function expiryOf(config: SecretsOf, holder: CertificateHolder): Promise<Date | undefined> {
  if (!existsSync(secretFile(config, `${holder}.crt`))) return undefined;
  return forge.pki.certificateFromPem(await read(config, `${holder}.crt`)).validity.notAfter;
}

/**
 * Makes what is missing of the secrets of the secured profile, and certificates that run out within 30 days; nothing in the open one. May be called
 * again, and side by side with another.
 */
export async function makeSecrets(config: Config): Promise<void> {
  if (config.profile !== 'secured') return;
  await mkdir(config.secrets, { recursive: true, mode: 0o700 });
  await chmod(config.secrets, 0o700);
  await withLock(config.secrets, { waitMs: 60_000 }, async () => {
    const files = Object.entries(passwordHolders(config)).flatMap(([of, names]) =>
      names.map((name) => `${of}/${name}.password`),
    );
    for (const file of [...otherSecrets, ...files])
      if (!existsSync(secretFile(config, file))) await write(config, file, newPassword());
    if (!existsSync(secretFile(config, 'ca.crt'))) await makeAuthority(config);
    if (!existsSync(secretFile(config, 'flink-internal.p12'))) await makeFlinkInternal(config);
    const authority = await readAuthority(config);
    if (!existsSync(secretFile(config, 'ca.p12'))) await makeTrustStore(config);
    for (const holder of certificateHolders) {
      const expiry = await expiryOf(config, holder);
      if (!expiry || expiry.getTime() - Date.now() < renewBeforeDays * dayMs)
        await makeCertificate(config, authority, holder, certificateDays);
    }
  });
}

/** Another random text in a file of the secrets' folder, which is `KIND/NAME.password` or one of the others; those who read it are not told. */
export const renewSecret = (config: SecretsOf, file: string): Promise<void> => write(config, file, newPassword());

/** New certificates for the holders, valid for so many days; those who use them read them at their next connection, or at their next start. */
export async function renewCertificates(
  config: SecretsOf,
  holders: readonly CertificateHolder[] = certificateHolders,
  days = certificateDays,
): Promise<void> {
  const authority = await readAuthority(config);
  for (const holder of holders) await makeCertificate(config, authority, holder, days);
}
