/** A login as a person sees it: in a browser, at a real provider, with what each role shows. */
import type { FastifyInstance } from 'fastify';
import type { Browser, BrowserContext, Page } from 'puppeteer-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { loadConfig } from '../../../config.js';
import { createServer } from '../../../web/server.js';
import { nothingRuns } from '../../cli/orderflow.js';
import { freePorts } from '../../free-ports.js';
import { browserIsMissing, skippedBecause, startBrowser } from '../browser.js';
import { type FakeDruid, startFakeDruid } from '../fake-druid.js';
import { datasources } from '../orders.js';
import { fakePool, fakeProgress } from '../page-server.js';
import { startProvider, type TestProvider } from './provider.js';

describe.skipIf(browserIsMissing)(`a login in a browser${skippedBecause}`, () => {
  let druid: FakeDruid;
  let provider: TestProvider;
  let server: FastifyInstance;
  let url: string;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let complaints: string[];
  let later = 0;

  beforeAll(async () => {
    druid = await startFakeDruid(datasources(Date.now()));
    const [port] = await freePorts(1);
    url = `http://127.0.0.1:${port}`;
    provider = await startProvider(url, { isPublic: true });
    const config = loadConfig({
      ...nothingRuns,
      ORDERFLOW_DRUID_URL: druid.url,
      ORDERFLOW_CUBES_PORT: String(port),
      ORDERFLOW_CUBES_OIDC_ISSUER: provider.issuer,
      ORDERFLOW_CUBES_OIDC_CLIENT_ID: 'cubes',
    });
    const now = () => performance.now() + later;
    server = await createServer(config, { pool: fakePool(), readProgress: fakeProgress(), now });
    await server.listen({ host: '127.0.0.1', port });
    browser = await startBrowser();
  });
  afterAll(async () => {
    await browser.close();
    await server.close();
    await provider.stop();
    await druid.stop();
  });
  beforeEach(async () => {
    later = 0;
    // With cookies of its own.
    context = await browser.createBrowserContext();
    page = await context.newPage();
    page.setDefaultTimeout(30_000);
    complaints = [];
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('console', (message) => {
      // The provider's page wants files that are not there.
      if (message.type() === 'error' && (message.location().url ?? url).startsWith(url))
        complaints.push(message.text());
    });
  });
  afterEach(() => context.close());

  const says = (text: string) => page.waitForFunction((wanted) => document.body.innerText.includes(wanted), {}, text);
  const text = () => page.evaluate(() => document.body.innerText);
  async function logIn(path: string, person: string): Promise<void> {
    await page.goto(`${url}${path}`);
    await (await page.waitForSelector('input[name="login"]'))!.type(person);
    await page.type('input[name="password"]', 'any');
    await page.click('button[type="submit"]');
    await page.waitForSelector('input[name="prompt"][value="consent"]');
    await page.click('button[type="submit"]');
  }

  it('begins at a link, comes back to it, and ends with a button, here and at the provider', async () => {
    await logIn('/?stream=raw_order&split=order_type&refresh=off', 'olaf');
    await says('EXPRESS');
    expect(page.url()).toContain(`${url}/?stream=raw_order&split=order_type`);
    await says('olaf <b>Test</b>');
    await says("An order's story");
    expect(complaints).toEqual([]);
    await page.locator('::-p-aria([name="Log out"][role="button"])').click();
    await page.locator('button[name="logout"]').click();
    await says('You are logged out of Orderflow.');
    await page.goto(`${url}/`);
    await page.waitForSelector('input[name="login"]');
  });

  it('shows an analyst cubes without single orders', async () => {
    await logIn('/?stream=raw_order&split=order_type&refresh=off', 'ana');
    await says('EXPRESS');
    expect(await text()).not.toContain("An order's story");
    const offered = await page.$$eval('select option', (options) => options.map(({ value }) => value));
    expect(offered).toContain('currency');
    expect(offered).not.toContain('order_id');
    expect(complaints).toEqual([]);
  });

  it('shows an auditor stories and the flow, and no cubes', async () => {
    await logIn('/?order=O-1', 'aude');
    await says('VALIDATED');
    expect(await text()).not.toContain('Choose what is shown');
    await page.goto(`${url}/flow`);
    await says('validator');
    expect(complaints).toEqual([]);
  });

  it('tells somebody without a role so, who may log out', async () => {
    await logIn('/', 'nobody');
    await says('who has no role here');
    await page.locator('#log-out').click();
    await page.locator('button[name="logout"]').click();
    await says('You are logged out of Orderflow.');
  });

  it('says that the time of the login is over', async () => {
    await logIn('/flow', 'olaf');
    await says('validator');
    later = 481 * 60_000;
    await says('you are not logged in, or no longer: load this page again to log in');
    await page.reload();
    // The provider still knows the person, and asks nothing.
    await says('validator');
  });
});
