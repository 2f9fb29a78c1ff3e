/** A stand-in partner on a free port with a journal of its own, for tests. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Behaviour } from '../../partner/behaviour.js';
import { readEntries, type JournalEntry } from '../../partner/journal.js';
import { startPartner, type PartnerOptions } from '../../partner/stand-in.js';

/** The path of a journal that does not exist yet, in a folder that goes when the test ends. */
export async function aJournalPath(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'orderflow-partner-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return join(folder, 'partner', 'journal.ndjson');
}

export async function entriesOf(journalPath: string): Promise<JournalEntry[]> {
  const entries: JournalEntry[] = [];
  for await (const entry of readEntries(journalPath)) entries.push(entry);
  return entries;
}

/** A running partner that stops when the test ends. It may require credentials, and speak TLS. */
export async function aPartner(journalPath?: string, access: Pick<PartnerOptions, 'auth' | 'tls'> = {}) {
  const path = journalPath ?? (await aJournalPath());
  const partner = await startPartner({ host: '127.0.0.1', port: 0, journalPath: path, ...access });
  let isOpen = true;
  const close = async () => {
    if (isOpen) await partner.close();
    isOpen = false;
  };
  onTestFinished(close);
  return {
    url: partner.url,
    ordersUrl: `${partner.url}/orders`,
    journalPath: path,
    revokeTokens: partner.revokeTokens,
    close,
    async behave(behaviour: Partial<Behaviour>): Promise<Response> {
      return fetch(`${partner.url}/_behaviour`, { method: 'POST', body: JSON.stringify(behaviour) });
    },
    async summary(): Promise<unknown> {
      return (await fetch(`${partner.url}/_summary`)).json();
    },
    entries: () => entriesOf(path),
  };
}
