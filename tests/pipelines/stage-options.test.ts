import { describe, expect, it } from 'vitest';
import { ConfigError, loadConfig } from '../../config.js';
import { settings } from '../../settings.js';
import { stageOptions, travellingSettings, workerConfig } from '../../pipelines/stage-options.js';

/** Of each setting that travels, one value for the submission and another one for the pool. */
const values: Record<(typeof travellingSettings)[number], readonly [submission: string, pool: string]> = {
  ORDERFLOW_PARTNER_URL: ['http://partner.example.com/orders', 'http://old-partner.example.com/orders'],
  ORDERFLOW_PARTNERS_FILE: ['/etc/orderflow/partners.json', '/etc/old-partners.json'],
  ORDERFLOW_MAX_ORDER_BYTES: ['700000', '100'],
  ORDERFLOW_POSTGRES_CONNECTIONS: ['1', '50'],
  ORDERFLOW_RETENTION_MS: ['7200000', '86400000'],
  ORDERFLOW_DEAD_LETTER_RETENTION_MS: ['7300000', '86400001'],
  ORDERFLOW_KEEP_DAYS: ['50', '5'],
  ORDERFLOW_ALLOWED_LATENESS_MS: ['7000', '1'],
  ORDERFLOW_PARTNER_TIMEOUT_MS: ['900', '1'],
  ORDERFLOW_PARTNER_CONCURRENCY: ['3', '70'],
  ORDERFLOW_PARTNER_ATTEMPTS: ['4', '1'],
  ORDERFLOW_PARTNER_RETRY_MS: ['8000', '9'],
  ORDERFLOW_PARTNER_RETRY_MAX_MS: ['90000', '10'],
  ORDERFLOW_PARTNER_MAX_TRIES: ['5', '6'],
  ORDERFLOW_PARTNER_GIVE_UP_MS: ['100000', '11'],
  ORDERFLOW_PERSONAL_DATA: ['sealed', 'plain'],
};
const environment = (of: 0 | 1) => Object.fromEntries(Object.entries(values).map(([name, pair]) => [name, pair[of]]));

/** What a stage's functions are made with. */
function used(config: typeof loaded) {
  const {
    personalData,
    partner,
    partnerUrl,
    partnersFile,
    maxOrderBytes,
    postgresConnections,
    allowedLatenessMs,
    keepDays,
  } = config;
  return {
    personalData,
    partner,
    partnerUrl,
    partnersFile,
    maxOrderBytes,
    postgresConnections,
    allowedLatenessMs,
    keepDays,
  };
}
const loaded = loadConfig(environment(0));

describe('a worker', () => {
  it("goes by the submission's settings, whatever its own environment says", () => {
    const config = workerConfig('validator', stageOptions(loaded), environment(1));
    expect(used(config)).toEqual(used(loaded));
    expect(used(config)).not.toEqual(used(loadConfig(environment(1))));
  });

  it("goes by the submission's defaults, too", () => {
    const config = workerConfig('validator', stageOptions(loadConfig({})), environment(1));
    expect(used(config)).toEqual(used(loadConfig({})));
  });

  it('finds PostgreSQL where its own environment says', () => {
    const submission = loadConfig({ ORDERFLOW_POSTGRES_URL: 'postgres://me:of-the-submission@there/db' });
    const options = stageOptions(submission);
    expect(JSON.stringify(options)).not.toContain('of-the-submission');
    const own = { ORDERFLOW_POSTGRES_URL: 'postgres://me:of-the-pool@here/db' };
    expect(workerConfig('validator', options, own).postgresUrl).toBe(own.ORDERFLOW_POSTGRES_URL);
  });

  it.each([
    [{ ...stageOptions(loaded), ORDERFLOW_PARTNER_ATTEMPTS: '0' }, /ORDERFLOW_PARTNER_ATTEMPTS .*>=1/],
    [{ ...stageOptions(loaded), ORDERFLOW_PARTNER_ATTEMPTS: undefined }, /ORDERFLOW_PARTNER_ATTEMPTS is missing/],
    [{ ...stageOptions(loaded), ORDERFLOW_TOMORROW: '1' }, /"ORDERFLOW_TOMORROW"/],
    [{}, /ORDERFLOW_PARTNER_URL is missing; ORDERFLOW_PARTNERS_FILE is missing; ORDERFLOW_MAX_ORDER_BYTES is missing/],
  ])('refuses options that it does not take, and names stage and option (%#)', (options, problem) => {
    const refused = () => workerConfig('redelivery', options, {});
    expect(refused).toThrow(/^external-processor was submitted with options that this worker does not take/);
    expect(refused).toThrow(problem);
  });
});

it("has every setting of the partner: the stand-in's port is the stack's", () => {
  const names = Object.keys(settings).filter(
    (name) => name.startsWith('ORDERFLOW_PARTNER_') && !name.endsWith('_PORT'),
  );
  expect(names.filter((name) => !(name in stageOptions(loaded)))).toEqual([]);
});

it.each([
  ['https://shop:hush@partner.example.com/orders', 'https://…@partner.example.com/orders', 'user and password'],
  ['https://shop@partner.example.com/orders', 'https://…@partner.example.com/orders', 'user and password'],
  ['https://:hu:sh@partner.example.com/', 'https://…@partner.example.com/', 'user and password'],
  ['ftp://partner.example.com/orders', 'ftp://partner.example.com/orders', 'http://'],
  ['partner.example.com:8080/orders', 'partner.example.com:8080/orders', 'http://'],
  ['//partner.example.com', '//partner.example.com', 'http://'],
])('refuses %s for an address of the partner, and shows no password', (text, shown, problem) => {
  const load = () => loadConfig({ ORDERFLOW_PARTNER_URL: text });
  expect(load).toThrow(ConfigError);
  const why =
    problem === 'http://'
      ? 'expected a URL that begins with http:// or https://'
      : 'expected a URL without user and password';
  expect(load).toThrow(`bad configuration:\nORDERFLOW_PARTNER_URL="${shown}": ${why}`);
});

it.each(['http://partner.example.com', 'https://[2001:db8::7]:8443/orders?shop=1', 'HTTPS://partner.example.com/'])(
  'takes %s for an address of the partner',
  (text) => expect(loadConfig({ ORDERFLOW_PARTNER_URL: text }).partnerUrl).toBe(text),
);

it.each(['3001', '10000', '3000000000'])(
  "has no request of %s ms, which would end with the batch and be nobody's fault",
  (ms) => {
    expect(() => loadConfig({ ORDERFLOW_PARTNER_TIMEOUT_MS: ms })).toThrow(`ORDERFLOW_PARTNER_TIMEOUT_MS="${ms}"`);
    expect(loadConfig({ ORDERFLOW_PARTNER_TIMEOUT_MS: '3000' }).partner.timeoutMs).toBe(3_000);
  },
);
