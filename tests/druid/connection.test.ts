/** Druid behind a user, a password and HTTPS: what is sent, what is trusted, and what is said of it. */
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { createServer as createHttpsServer, type ServerOptions } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import type { TLSSocket } from 'node:tls';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { actingAs, type Config, loadConfig } from '../../config.js';
import { DruidError, queryDruid } from '../../druid/rest.js';
import { druidAnswers } from '../../local/readiness.js';
import { anAuthority } from '../certificates.js';

const password = 'druid-hush:ü';
let folder: string;
let authority: ReturnType<typeof anAuthority>;
let caFile: string;
let certificate: { cert: string; key: string };
const servers: Server[] = [];
/** What came with each request. */
let seen: (string | undefined)[];
/** By certificates: who asked. */
let shown: unknown[];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'orderflow-druid-'));
  authority = anAuthority(folder);
  caFile = authority.caFile;
  const { certFile, keyFile } = authority.write('druid');
  certificate = { cert: readFileSync(certFile, 'utf8'), key: readFileSync(keyFile, 'utf8') };
});
afterAll(() => rmSync(folder, { recursive: true }));
beforeEach(() => {
  seen = [];
  shown = [];
  writeFileSync(join(folder, 'password'), `${password}\n`);
});
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

/** A Druid that lets in whoever has the password, and answers with one row. */
async function startDruid(tls?: ServerOptions, status = 200): Promise<number> {
  const wanted = `Basic ${Buffer.from(`reader:${password}`).toString('base64')}`;
  const handler: Parameters<typeof createServer>[1] = (request, response) => {
    seen.push(request.headers.authorization);
    // The next request comes by a connection of its own, for which the files are read.
    if (tls?.requestCert) shown.push((request.socket as TLSSocket).getPeerCertificate().subject.CN);
    response.setHeader('connection', 'close');
    if (request.headers.authorization !== wanted) {
      return void response.writeHead(401).end('<html>who are you?</html>');
    }
    if (status === 302) return void response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end();
    response.writeHead(status, { 'content-type': 'application/json' }).end(status === 200 ? '[{"a":1}]' : '{}');
  };
  const server = tls ? createHttpsServer(tls, handler) : createServer(handler);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

/** The options of a server that asks for certificates of the authority. */
const asksForOne = () => ({ ...certificate, ca: readFileSync(caFile), requestCert: true });

const configOf = (url: string, others: Record<string, string> = {}): Config =>
  loadConfig({
    ORDERFLOW_DRUID_URL: url,
    ORDERFLOW_DRUID_USER: 'reader',
    ORDERFLOW_DRUID_PASSWORD_FILE: join(folder, 'password'),
    ...others,
  });
const ask = (config: Config) => queryDruid(config, 'SELECT 1');
const problemOf = (config: Config) =>
  ask(config).then(
    () => 'none',
    (error: Error) => error.message,
  );

describe('the user', () => {
  it('and the password of the file come with each request, and with the checks of the services', async () => {
    const config = configOf(`http://127.0.0.1:${await startDruid()}`);
    expect(await ask(config)).toEqual([{ a: 1 }]);
    for (const role of ['router', 'coordinator', 'historical'] as const) await druidAnswers(role)(config);
    expect(seen).toHaveLength(5);
    expect(new Set(seen).size).toBe(1);
  });

  it('is not sent where the settings name none', async () => {
    const url = `http://127.0.0.1:${await startDruid()}`;
    expect(await problemOf(loadConfig({ ORDERFLOW_DRUID_URL: url }))).toBe(
      'Druid answered /druid/v2/sql with 401: check ORDERFLOW_DRUID_USER and ORDERFLOW_DRUID_PASSWORD_FILE, and what the user may do',
    );
    expect(seen).toEqual([undefined]);
  });

  it('has the password that the file holds now', async () => {
    const config = configOf(`http://127.0.0.1:${await startDruid()}`);
    writeFileSync(join(folder, 'password'), 'wrong-hush');
    await expect(ask(config)).rejects.toBeInstanceOf(DruidError);
    writeFileSync(join(folder, 'password'), password);
    expect(await ask(config)).toEqual([{ a: 1 }]);
    rmSync(join(folder, 'password'));
    expect(await problemOf(config)).toBe(
      `the password for Druid cannot be read from ${join(folder, 'password')} (ENOENT)`,
    );
  });

  it('is not led elsewhere', async () => {
    const config = configOf(`http://127.0.0.1:${await startDruid(undefined, 302)}`);
    await expect(druidAnswers('router')(config)).rejects.toThrow('answered with 302');
    expect(seen).toHaveLength(1);
  });

  it('shows no password, whatever goes wrong', async () => {
    const port = await startDruid(undefined, 500);
    const problems = [
      await problemOf(configOf(`http://127.0.0.1:${port}`)),
      await problemOf(configOf('http://127.0.0.1:1')),
      await problemOf(configOf(`https://127.0.0.1:${port}`)),
    ];
    for (const problem of problems) {
      expect(problem).toMatch(/^Druid [^\n]+$/);
      expect(problem).not.toContain('hush');
    }
  });
});

describe('an authority of its own', () => {
  it('is trusted where the settings name it, by the file as it is now', async () => {
    const url = `https://127.0.0.1:${await startDruid(certificate)}`;
    const trusted = join(folder, 'trusted.crt');
    copyFileSync(caFile, trusted);
    const config = configOf(url, { ORDERFLOW_DRUID_CA_FILE: trusted });
    expect(await ask(config)).toEqual([{ a: 1 }]);
    await druidAnswers('router')(config);
    copyFileSync(anAuthority(folder, 'of-somebody-else').caFile, trusted);
    expect(await problemOf(config)).toMatch(
      /^Druid at https:\/\/127\.0\.0\.1:\d+: its certificate is from an authority that is not trusted \(ORDERFLOW_DRUID_CA_FILE, ORDERFLOW_DRUID_CERT_FILE\)$/,
    );
    copyFileSync(caFile, trusted);
    expect(await ask(config)).toEqual([{ a: 1 }]);
  });

  it('is not trusted otherwise, and gets no password', async () => {
    const url = `https://127.0.0.1:${await startDruid(certificate)}`;
    expect(await problemOf(configOf(url))).toContain('its certificate is from an authority that is not trusted');
    expect(seen).toEqual([]);
  });
});

describe('a certificate of our own', () => {
  it('is the one of who asks, where the settings name it', async () => {
    for (const principal of ['operator', 'page'] as const) authority.write(principal);
    const url = `https://127.0.0.1:${await startDruid(asksForOne())}`;
    const config = configOf(url, {
      ORDERFLOW_DRUID_CA_FILE: caFile,
      ORDERFLOW_DRUID_CERT_FILE: join(folder, '{principal}.crt'),
      ORDERFLOW_DRUID_KEY_FILE: join(folder, '{principal}.key'),
    });
    expect(await ask(config)).toEqual([{ a: 1 }]);
    expect(await ask(actingAs(config, 'page'))).toEqual([{ a: 1 }]);
    expect(shown).toEqual(['operator', 'page']);
    expect(await problemOf(actingAs(config, 'auditor'))).toBe(
      `the certificate for Druid cannot be read from ${join(folder, 'auditor.crt')} (ENOENT)`,
    );
    await expect(ask(configOf(url, { ORDERFLOW_DRUID_CA_FILE: caFile }))).rejects.toMatchObject({
      code: 'DRUID_UNREACHABLE',
    });
    expect(shown).toHaveLength(2);
  });
});

it.each(['ORDERFLOW_DRUID_USER', 'ORDERFLOW_DRUID_PASSWORD_FILE'])('%s alone is said to lack the other', (name) => {
  expect(() => loadConfig({ [name]: 'x' })).toThrow(/needs ORDERFLOW_DRUID_\w+: set both, or neither$/);
});
