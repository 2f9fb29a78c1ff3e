/** Certificates for tests: an authority, and what it signs for as long as a test wants. */
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import forge from 'node-forge';

const { pki } = forge;
const DAY_MS = 86_400_000;

export interface CertificateOptions {
  /** DNS names; 127.0.0.1 and localhost unless given. */
  readonly names?: readonly string[];
  /** In ms from now. */
  readonly from?: number;
  readonly to?: number;
}

/** Node's: Forge's own keys take seconds. */
function makeKey() {
  const pem = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs8', format: 'pem' });
  const privateKey = pki.privateKeyFromPem(pem.toString());
  return { pem: pem.toString(), privateKey, publicKey: pki.setRsaPublicKey(privateKey.n, privateKey.e) };
}

const keys: ReturnType<typeof makeKey>[] = [];
let taken = 0;

/** Another one than the last three times: they take long to make. */
const aKey = () => (keys[taken++ % 4] ??= makeKey());

function aCertificate(
  name: string,
  publicKey: forge.pki.rsa.PublicKey,
  { from = -DAY_MS, to = DAY_MS }: CertificateOptions,
) {
  const certificate = pki.createCertificate();
  certificate.publicKey = publicKey;
  certificate.serialNumber = `01${randomBytes(8).toString('hex')}`;
  certificate.validity.notBefore = new Date(Date.now() + from);
  certificate.validity.notAfter = new Date(Date.now() + to);
  certificate.setSubject([{ name: 'commonName', value: name }]);
  return certificate;
}

/** An authority of its own; `write` puts NAME.crt and NAME.key into a folder, over those that are there, and answers their paths. */
export function anAuthority(folder: string, name = 'ca') {
  const key = aKey();
  const own = aCertificate(name, key.publicKey, {});
  own.setIssuer(own.subject.attributes);
  own.setExtensions([
    { name: 'basicConstraints', cA: true },
    { name: 'keyUsage', keyCertSign: true },
  ]);
  own.sign(key.privateKey, forge.md.sha256.create());
  const caFile = join(folder, `${name}.crt`);
  writeFileSync(caFile, pki.certificateToPem(own));
  return {
    caFile,
    write(holder: string, options: CertificateOptions = {}) {
      const { pem, publicKey } = aKey();
      const certificate = aCertificate(holder, publicKey, options);
      certificate.setIssuer(own.subject.attributes);
      const altNames = options.names?.map((value) => ({ type: 2, value })) ?? [
        { type: 2, value: 'localhost' },
        { type: 7, ip: '127.0.0.1' },
      ];
      certificate.setExtensions([{ name: 'subjectAltName', altNames }]);
      certificate.sign(key.privateKey, forge.md.sha256.create());
      const files = { certFile: join(folder, `${holder}.crt`), keyFile: join(folder, `${holder}.key`) };
      writeFileSync(files.keyFile, pem);
      writeFileSync(files.certFile, pki.certificateToPem(certificate));
      return files;
    },
  };
}
