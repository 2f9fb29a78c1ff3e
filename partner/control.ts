/** The stand-in partner as the stack's own processes reach it: what it requires in each profile, and how it is spoken to. */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Agent, request } from 'undici';
import { standInPartnersFile } from '../configuration/access.js';
import type { Config } from '../config.js';
import type { RequiredAuth } from './access.js';
import type { ListenerTls } from './listener.js';

/** How long it may take to answer, in ms. */
const patienceMs = 5_000;

type StandInOf = Pick<Config, 'profile' | 'secrets' | 'partnerUrl' | 'remote'>;

const fileOf = ({ secrets }: Pick<Config, 'secrets'>, name: string) => join(secrets, name);
const isSecured = ({ profile, remote }: StandInOf) => profile === 'secured' && !remote.partner;

/** What the stand-in requires: nothing, or in the secured profile TLS and a bearer token. */
export function standInAccess(config: Pick<Config, 'profile' | 'secrets'>): { auth?: RequiredAuth; tls?: ListenerTls } {
  if (config.profile !== 'secured') return {};
  return {
    auth: { kind: 'bearer', tokenFile: fileOf(config, 'partner.token') },
    tls: { certFile: fileOf(config, 'partner.crt'), keyFile: fileOf(config, 'partner.key') },
  };
}

/** Writes the partners file of the secured profile, by which the pipelines reach the stand-in, unless they have one of their own. May be called again. */
export async function writePartnersFile(config: StandInOf & Pick<Config, 'partnersFile' | 'home'>): Promise<void> {
  if (!isSecured(config) || config.partnersFile !== standInPartnersFile(config.home)) return;
  const file = config.partnersFile;
  const entry = {
    url: config.partnerUrl,
    auth: { kind: 'bearer', tokenFile: fileOf(config, 'partner.token') },
    tls: { caFile: fileOf(config, 'ca.crt') },
    privateNetworks: true,
  };
  await mkdir(dirname(file), { recursive: true });
  await writeFile(`${file}.new`, `${JSON.stringify({ '*': entry }, null, 2)}\n`);
  await rename(`${file}.new`, file);
}

/**
 * Asks the stand-in at a path, with the credentials that it requires, and answers the status of its answer. Rejects when it does not answer
 * in time.
 */
export async function askStandIn(config: StandInOf, path: string, body?: object): Promise<number> {
  const [ca, token] = isSecured(config)
    ? await Promise.all(['ca.crt', 'partner.token'].map((name) => readFile(fileOf(config, name), 'utf8')))
    : [];
  const dispatcher = new Agent({ ...(ca && { connect: { ca } }) });
  try {
    const response = await request(new URL(path, config.partnerUrl), {
      dispatcher,
      signal: AbortSignal.timeout(patienceMs),
      ...(token && { headers: { authorization: `Bearer ${token}` } }),
      ...(body && { method: 'POST', body: JSON.stringify(body) }),
    });
    await response.body.dump();
    return response.statusCode;
  } finally {
    await dispatcher.destroy();
  }
}
