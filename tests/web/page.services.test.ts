/** The page in a browser, over the real server and a Druid that answers from rows in memory. */
import type { Browser } from 'puppeteer-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { browserIsMissing, openPage, type OpenPage, pointOf, skippedBecause, startBrowser } from './browser.js';
import { type FakeDruid, startFakeDruid } from './fake-druid.js';
import { datasources } from './orders.js';
import { configFor, startFakeFlink, startPageServer } from './page-server.js';

const isIn = (text: string) => (rows: string[][]) => rows.flat().includes(text);

describe.skipIf(browserIsMissing)(`the page${skippedBecause}`, () => {
  let druid: FakeDruid;
  let flink: Awaited<ReturnType<typeof startFakeFlink>>;
  let server: Awaited<ReturnType<typeof startPageServer>>;
  let browser: Browser;
  let open: OpenPage;
  beforeAll(async () => {
    druid = await startFakeDruid();
    flink = await startFakeFlink();
    server = await startPageServer(configFor(druid, flink.url));
    browser = await startBrowser();
  });
  beforeEach(() => {
    druid.datasources = datasources(Date.now());
    druid.refusal = undefined;
  });
  afterEach(() => open.close());
  afterAll(async () => {
    await browser.close();
    await server.stop();
    await flink.stop();
    await druid.stop();
  });

  /** Paused, so that only what a test does changes anything. */
  const show = async (query: string, size?: { width: number; height: number }) =>
    (open = await openPage(browser, `${server.url}/?${query}&refresh=off`, size));

  it('begins with the raw orders of the last hour, by time', async () => {
    open = await openPage(browser, `${server.url}/`);
    const rows = await open.tableWhere(isIn('All'));
    expect(rows[0]).toEqual(['Time', 'Orders']);
    expect(rows[1]).toEqual(['All', '5']);
    expect(rows.slice(2).map(([, orders]) => orders)).toEqual(['2', '2', '1']);
    expect(open.complaints).toEqual([]);
  });

  it('shows what a link says: splits, filters, measures, with amounts in their currencies', async () => {
    await show('split=order_type&not.order_type=WHOLESALE&measure=amount&measure=orders&measure=customers');
    expect(await open.tableWhere(isIn('EXPRESS'))).toEqual([
      ['Order type', 'Amount EUR', 'Amount JPY', 'Orders', 'Customers'],
      ['All', '26.00', '7,000', '4', '≈3'],
      ['STANDARD', '25.00', '–', '2', '≈1'],
      ['EXPRESS', '1.00', '7,000', '2', '≈2'],
    ]);
    await open.says('order type not WHOLESALE');
    expect(open.complaints).toEqual([]);
  });

  it('goes down by the table, takes a filter away, and goes back', async () => {
    await show('split=order_type');
    await open.tableWhere(isIn('EXPRESS'));
    await open.click('button', 'EXPRESS');
    const rows = await open.tableWhere(isIn('LOC-C'));
    expect(rows).toEqual([
      ['To-location id', 'Orders'],
      ['All', '2'],
      ['LOC-B', '1'],
      ['LOC-C', '1'],
    ]);
    await open.query((query) => query.get('is.order_type') === 'EXPRESS' && query.get('split') === 'to_location_id');
    await open.click('button', 'Remove the filter: order type is EXPRESS');
    expect((await open.tableWhere((all) => all[1]?.[1] === '5')).map(([key]) => key)).toContain('LOC-A');
    await open.page.goBack();
    await open.tableWhere((all) => all[1]?.[1] === '2');
    await open.page.goBack();
    expect((await open.tableWhere(isIn('WHOLESALE')))[0]).toEqual(['Order type', 'Orders']);
    expect(open.complaints).toEqual([]);
  });

  it('goes down by a bar of the chart', async () => {
    await show('split=order_type');
    await open.tableWhere(isIn('WHOLESALE'));
    await open.page.waitForSelector('.chart canvas');
    const { x, y } = await pointOf(open.page, [0.5, 2]);
    await open.page.mouse.click(x, y);
    await open.query((query) => query.get('is.order_type') === 'WHOLESALE');
    expect((await open.tableWhere(isIn('LOC-C')))[1]).toEqual(['All', '1']);
  });

  it('goes down into a part of the time', async () => {
    await show('split=time&granularity=hour&last=all');
    const rows = await open.tableWhere((all) => all.length > 2);
    await open.click('button', rows[2]![0]!);
    const query = await open.query((each) => each.has('from'));
    expect(query.get('granularity')).toBe('5min');
    expect(query.get('from')).toBe(`${rows[2]![0]!.replace(' ', 'T')}:00.000Z`);
  });

  it('splits, measures and filters by its fields', async () => {
    await show('split=time');
    await open.tableWhere(isIn('All'));
    await open.choose('stream', 'enriched_order');
    await open.choose('split', 'to_region');
    await open.choose('split2', 'to_location');
    expect(await open.tableWhere(isIn('Bergen'))).toEqual([
      ['To-region', 'To-location', 'Orders'],
      ['All', '5'],
      ['NORTH', 'Bergen', '2'],
      ['SOUTH', 'Cádiz', '2'],
      ['NORTH', 'Aachen', '1'],
    ]);
    await open.click('checkbox', 'Items');
    expect((await open.tableWhere(isIn('Items')))[2]).toEqual(['NORTH', 'Bergen', '2', '6']);
    await open.choose('dimension', 'to_region');
    await open.choose('mode', 'not');
    await open.page.type('input[name="value"]', 'SOUTH');
    await open.click('button', 'Add filter');
    expect((await open.tableWhere((rows) => rows.length === 4))[1]).toEqual(['All', '3', '8']);
    await open.click('button', 'Items');
    await open.tableWhere((rows) => rows[0]?.[2] === 'Items');
    expect(open.complaints).toEqual([]);
  });

  it('suggests values', async () => {
    await show('split=time');
    await open.page.focus('input[name="value"]');
    await open.page.waitForSelector('datalist option[value="WHOLESALE"]');
  });

  it('is used with the keyboard alone', async () => {
    await show('split=order_type');
    await open.tableWhere(isIn('EXPRESS'));
    const { keyboard } = open.page;
    const focused = () => open.page.evaluate(() => document.activeElement?.textContent?.trim() ?? '');
    // From the beginning of the page to the first value of the table.
    for (let steps = 0; (await focused()) !== 'EXPRESS'; steps++) {
      expect(steps).toBeLessThan(60);
      await keyboard.press('Tab');
      const outline = await open.page.evaluate(() => {
        const element = document.activeElement!;
        return element === document.body || getComputedStyle(element).outlineStyle !== 'none';
      });
      expect(outline).toBe(true);
    }
    await keyboard.press('Enter');
    await open.query((query) => query.get('is.order_type') === 'EXPRESS');
    expect((await open.tableWhere(isIn('LOC-B')))[1]).toEqual(['All', '2']);
  });

  it('has a name for every field, button, table and chart', async () => {
    await show('split=time&stream=external_order&measure=delivery_p95&measure=orders');
    await open.tableWhere((rows) => rows.length > 2);
    const nameless = await open.page.evaluate(() => {
      const wanted = [...document.querySelectorAll<HTMLElement>('input, select, button, a, [role=img], [role=region]')];
      const nameOf = (element: HTMLElement) =>
        element.getAttribute('aria-label') ??
        ((element as HTMLInputElement).labels?.[0]?.textContent || element.textContent);
      const tables = [...document.querySelectorAll('table')].filter((table) => !table.caption);
      return [...wanted.filter((element) => !nameOf(element)?.trim()), ...tables].map((element) => element.outerHTML);
    });
    expect(nameless).toEqual([]);
    await open.says('4.2 s');
  });

  it("tells an order's story", async () => {
    await show('split=time');
    await open.tableWhere(isIn('All'));
    await open.page.type('input[name="order"]', 'O-1');
    await open.click('button', 'Show');
    const story = await open.tableWhere(isIn('DELIVERED'), 'Accepted: message M-O-1');
    expect(story.slice(1).map(([, status]) => status)).toEqual([
      'CREATED',
      'VALIDATED',
      'ENRICHED',
      'ROUTED',
      'DELIVERED',
    ]);
    await open.query((query) => query.get('order') === 'O-1');
  });

  it('says that nothing is known of an order', async () => {
    await show('split=time&order=O-9');
    await open.says('nothing is known of order O-9: check the id, or it came in too recently');
  });

  it('asks again while orders come, until it is paused', async () => {
    open = await openPage(browser, `${server.url}/?split=order_type`);
    await open.tableWhere(isIn('WHOLESALE'));
    const [row] = druid.datasources.raw_order!;
    druid.datasources.raw_order!.push({ ...row!, order_id: 'O-7', order_type: 'CLICK_AND_COLLECT' });
    await open.tableWhere(isIn('CLICK_AND_COLLECT'));
    await open.click('button', 'Pause');
    await open.query((query) => query.get('refresh') === 'off');
    await open.says('Paused');
  });

  it('says what does not answer, and shows the rest', async () => {
    await show('split=time&stream=external_order&measure=delivery_p95&measure=orders');
    druid.refusal = 'the query was too large';
    await open.page.reload();
    await open.says('Druid answered /druid/v2/sql with 500: the query was too large');
    expect((await open.tableWhere(isIn('4.2 s')))[0]).toEqual(['Time', 'Created to delivered, p95']);
  });

  it('says which part of a link is wrong', async () => {
    await show('split=colour');
    await open.says('split: the dimensions of raw_order are order_type');
    await open.click('link', 'Begin anew');
    await open.tableWhere(isIn('All'));
  });

  it('offers what it shows as a file', async () => {
    await show('split=order_type&is.order_type=EXPRESS');
    await open.tableWhere(isIn('EXPRESS'));
    const text = await open.page.evaluate(async () => {
      const link = [...document.querySelectorAll('a')].find((each) => each.textContent === 'Download CSV')!;
      return (await fetch(link.href)).text();
    });
    expect(text).toBe('order type,orders\r\nEXPRESS,2\r\n');
  });

  it.each([
    '/?split=order_type&split=to_location_id&measure=orders&measure=items&measure=amount',
    '/?stream=enriched_order&split=to_location&measure=orders&measure=customers&measure=amount&measure=items&not.order_id=ORD-0123456789ab-0000001&order=O-1',
    '/flow',
  ])('fits a narrow window: %s', async (path) => {
    open = await openPage(browser, `${server.url}${path}`, { width: 360, height: 740 });
    await open.tableWhere((rows) => rows.length > 2);
    const widths = await open.page.evaluate(() => [document.documentElement.scrollWidth, window.innerWidth]);
    expect(widths[0]).toBeLessThanOrEqual(360);
  });

  it('shows the flow: stages, jobs, rejects and dead letters', async () => {
    open = await openPage(browser, `${server.url}/flow`);
    const stages = await open.tableWhere((rows) => rows.length === 6, 'Stages: orders per second');
    expect(stages.map((row) => [row[0], row[1], row[5], row[6]])).toEqual([
      ['Stage', 'Reads', 'Job', 'Restarts'],
      ['validator', 'raw_order', 'running', '2'],
      ['enricher', 'valid_order', 'running', '2'],
      ['router', 'enriched_order', 'restarting', '2'],
      ['external-processor', 'external_order', 'running', '2'],
      ['aggregator', 'enriched_order', 'no job', '0'],
    ]);
    expect(await open.tableWhere(isIn('PAYMENT_DEFAULTER'), 'Rejected orders by reason')).toEqual([
      ['Reason', 'Orders in 15 min', 'Per minute, the last five'],
      ['FRAUD_IP', '2', expect.any(String)],
      ['PAYMENT_DEFAULTER', '1', expect.any(String)],
    ]);
    expect(await open.tableWhere(isIn('UNDECODABLE'), 'Dead letters')).toEqual([
      ['Stage', 'Reason', 'In 15 min', 'In all'],
      ['enricher', 'UNKNOWN_LOCATION', '1', '1'],
      ['validator', 'UNDECODABLE', '1', '2'],
    ]);
    await open.says('Deliveries that wait for their partner: 2');
    // From the second sample on there are rates.
    await open.tableWhere((rows) => rows[1]?.[2] !== '–', 'Stages: orders per second');
    expect(open.complaints).toEqual([]);
  });

  it('shows of the flow what answers', async () => {
    druid.refusal = 'away';
    open = await openPage(browser, `${server.url}/flow`);
    await open.says('Druid answered /druid/v2/sql with 500: away');
    expect(await open.tableWhere((rows) => rows.length === 6, 'Stages: orders per second')).toHaveLength(6);
    expect(await open.page.$('#rejects')).toBeNull();
  });
});
