/** The stand-in partner of the secured profile, and the pipelines' way to it by what the profile fills in. */
import { readFile, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { loadConfig, type Config } from '../../config.js';
import { renewCertificates } from '../../local/authority.js';
import { partnerAnswers } from '../../local/readiness.js';
import { up } from '../../local/up.js';
import { setPartnerBehaviour } from '../../partner/behaviour.js';
import { stageOptions, workerConfig } from '../../pipelines/stage-options.js';
import { createPartnerClient } from '../../transforms/delivery/partner-client.js';
import { DELIVERED, requests } from '../transforms/delivery/partner-access.js';
import { localStack, removeLocalStack } from '../local-stack.js';
import { entriesOf } from './process.js';

let config: Config;
beforeAll(async () => {
  config = await localStack({ ORDERFLOW_PROFILE: 'secured' });
  await up(config, { only: ['partner'], progress: 'silent' });
}, 180_000);
afterAll(() => removeLocalStack(config));

/** A client as a worker makes it, by what the submission said. */
function aWorkersClient(of: Config = config) {
  const {
    partnerUrl: url,
    partnersFile,
    partner,
  } = workerConfig('external-processor', stageOptions(of), of.environment);
  const client = createPartnerClient({ url, partnersFile, ...partner, halfOpenAfterMs: 50 });
  onTestFinished(() => client.close());
  return client;
}

it('takes orders over TLS with the token of the secrets, and nobody has to be told of it', async () => {
  expect(config.partnerUrl).toMatch(/^https:/);
  expect(await aWorkersClient().deliver(requests(30))).toEqual(Array(30).fill(DELIVERED));
  expect(JSON.stringify(stageOptions(config))).not.toContain(
    await readFile(join(config.secrets, 'partner.token'), 'utf8'),
  );
});

it('takes none without the token, and knows nobody who speaks no TLS', async () => {
  const client = aWorkersClient({ ...config, partnersFile: '' });
  expect(await client.deliver(requests(1))).toMatchObject([
    { kind: 'UNAVAILABLE', blame: 'PARTNER', why: expect.stringContaining('no authority that we trust') },
  ]);
  const answer = await new Promise<string>((resolve) => {
    const socket = connect(config.ports.partner, '127.0.0.1', () =>
      socket.write('GET /_health HTTP/1.1\r\nhost: x\r\n\r\n'),
    );
    let text = '';
    socket.on('data', (data) => (text += data.toString())).on('error', () => {});
    socket.on('close', () => resolve(text));
  });
  expect(answer).not.toContain('up');
});

it('answers the stack itself, and behaves as it is told', async () => {
  await partnerAnswers(config);
  await setPartnerBehaviour(config, { status: 422 });
  expect(await aWorkersClient().deliver(requests(1))).toMatchObject([{ kind: 'REFUSED' }]);
  await setPartnerBehaviour(config, {});
  await expect(setPartnerBehaviour({ ...config, profile: 'open' }, {})).rejects.toThrow();
});

describe('goes on, when', () => {
  it('its certificate is renewed, and another token is put in its place', async () => {
    const client = aWorkersClient();
    const orders = requests(20);
    expect(await client.deliver(orders)).toEqual(Array(20).fill(DELIVERED));
    await renewCertificates(config, ['partner']);
    await writeFile(join(config.secrets, 'partner.token'), 'MARK-another-token');
    const more = requests(20);
    await vi.waitFor(async () => expect(await client.deliver(more)).toEqual(Array(20).fill(DELIVERED)), 10_000);
    const journal = join(config.home, 'partner', 'journal.ndjson');
    const effects = (await entriesOf(journal))
      .filter(({ outcome }) => outcome === 'effect')
      .map(({ orderId }) => orderId);
    expect(new Set(effects).size).toBe(effects.length);
    expect(await readFile(journal, 'utf8')).not.toContain('MARK');
  });
});

it('is not the one that counts where an address or a file of partners is set', () => {
  const secured = { ORDERFLOW_PROFILE: 'secured' };
  const elsewhere = loadConfig({ ...secured, ORDERFLOW_PARTNER_URL: 'https://partner.example.com/' });
  expect([elsewhere.partnerUrl, elsewhere.partnersFile]).toEqual(['https://partner.example.com/', '']);
  expect(loadConfig({ ...secured, ORDERFLOW_PARTNERS_FILE: '/etc/partners.json' }).partnersFile).toBe(
    '/etc/partners.json',
  );
  expect(loadConfig({}).partnersFile).toBe('');
});
