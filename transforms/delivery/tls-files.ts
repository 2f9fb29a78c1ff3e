/** Whom we trust, and who we are, where a partner is spoken to over TLS: from files, whose newest text counts for new connections. */
import { X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import { codeOf } from '../../errors.js';
import type { TlsMaterial } from '../../model/tls-files.js';
import { createFreshFile, type FreshFile } from './fresh-file.js';
import { PartnerFault } from './partner-answer.js';
import type { TlsEntry } from './partners-file.js';

/**
 * Reads the files that an entry names: the same object for as long as none of them changes. Rejects with a PartnerFault that says in a sentence which of them is missing, broken, or does
 * not go with another one, and when our certificate has run out: nobody is asked then.
 */
export function createTlsFiles(entry: TlsEntry): () => Promise<TlsMaterial> {
  const files = (['ca', 'cert', 'key'] as const).flatMap((part) => {
    const path = entry[`${part}File`];
    return path === undefined ? [] : [{ part, file: createFreshFile(path, `tls.${part}File`) }];
  });
  const certFile = files.find(({ part }) => part === 'cert')?.file;
  let last: { readonly text: string; readonly material: TlsMaterial; readonly validTo: number } | undefined;

  return async () => {
    const texts = await Promise.all(files.map(async ({ part, file }) => [part, await file.read()] as const));
    const text = JSON.stringify(texts);
    if (last?.text !== text) {
      const material = Object.fromEntries(texts) as TlsMaterial;
      for (const { part, file } of files) if (part !== 'key') certificateIn(material[part]!, file);
      checkPair(material, files.map(({ file }) => file.name).join(', '));
      last = {
        text,
        material,
        validTo: material.cert ? Date.parse(new X509Certificate(material.cert).validTo) : Infinity,
      };
    }
    if (last.validTo < Date.now()) {
      const day = new Date(last.validTo).toISOString();
      throw new PartnerFault(
        `our certificate, ${certFile!.name}, has expired at ${day}: put a new one there`,
        'PARTNER',
      );
    }
    return last.material;
  };
}

function certificateIn(pem: string, file: FreshFile): void {
  try {
    new X509Certificate(pem);
  } catch {
    throw new PartnerFault(`${file.name} holds no certificate in PEM`, 'PARTNER');
  }
}

function checkPair(material: TlsMaterial, names: string): void {
  try {
    createSecureContext(material);
  } catch (error) {
    const why = `${names}: no TLS can be made of them (${codeOf(error)}): the key has to be in PEM, without a password, and that of the certificate`;
    throw new PartnerFault(why, 'PARTNER');
  }
}
