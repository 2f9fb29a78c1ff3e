/** Where each partner is: by the partners file, whose newest text counts, and by one URL without it. */
import { createEndpoint, type Endpoint, type EndpointOptions } from './endpoint.js';
import { createFreshFile } from './fresh-file.js';
import { PartnerFault } from './partner-answer.js';
import { ANY_PARTNER, PartnersFileError, SETTING, parsePartners, type PartnerEntry } from './partners-file.js';

export interface DirectoryOptions extends EndpointOptions {
  /** For partners that the file says nothing of, as it was set: without credentials, wherever it leads. */
  readonly url: string;
  /** Path of the partners file; empty or absent where there is none. */
  readonly partnersFile?: string;
}

export interface PartnerDirectory {
  /** Rejects with a PartnerFault that says in a sentence what is wrong with the file. The same for as long as its entry is the same. */
  endpointOf(partnerId: string): Promise<Endpoint>;
  /** Breaks off what is under way. */
  close(): void;
}

/** One for all that talk to partners in a process. */
export function createPartnerDirectory(options: DirectoryOptions): PartnerDirectory {
  const { url, partnersFile = '' } = options;
  const file = partnersFile === '' ? undefined : createFreshFile(partnersFile, SETTING);
  const plain: PartnerEntry = { url, auth: { kind: 'none' }, privateNetworks: true };
  /** By their entries: partners of the same entry share connections and tokens. */
  let endpoints = new Map<string, Endpoint>();
  let known: { readonly text: string; readonly entries: ReadonlyMap<string, PartnerEntry> } | undefined;

  /** An entry that is gone leaves its requests to their end; nobody uses its connections then, and they close by themselves. */
  function forgetOthers(entries: ReadonlyMap<string, PartnerEntry>): void {
    const kept = new Set([plain, ...entries.values()].map((entry) => JSON.stringify(entry)));
    endpoints = new Map([...endpoints].filter(([key]) => kept.has(key)));
  }

  async function entryOf(partnerId: string): Promise<PartnerEntry> {
    if (!file) return plain;
    const text = await file.read();
    if (known?.text !== text) {
      known = { text, entries: entriesIn(text, partnersFile) };
      forgetOthers(known.entries);
    }
    return known.entries.get(partnerId) ?? known.entries.get(ANY_PARTNER) ?? plain;
  }

  return {
    async endpointOf(partnerId) {
      const entry = await entryOf(partnerId);
      const key = JSON.stringify(entry);
      const endpoint = endpoints.get(key) ?? createEndpoint(entry, options);
      endpoints.set(key, endpoint);
      return endpoint;
    },
    close: () => endpoints.forEach((endpoint) => endpoint.close()),
  };
}

function entriesIn(text: string, file: string): ReadonlyMap<string, PartnerEntry> {
  try {
    return parsePartners(text, file);
  } catch (error) {
    if (!(error instanceof PartnersFileError)) throw error;
    throw new PartnerFault(`${SETTING} ${file}: ${error.message}`, 'PARTNER');
  }
}
