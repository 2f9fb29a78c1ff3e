/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
/** A headless Chromium that looks at the page as a person would. */
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import puppeteer, { type Browser, type Page } from 'puppeteer-core';

/** Where Chromium is installed; undefined where it is not. */
export function chromiumPath(): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter);
  const paths = ['chromium', 'chromium-browser', 'google-chrome'].flatMap((name) =>
    folders.map((folder) => join(folder, name)),
  );
  return paths.find((path) => existsSync(path));
}

/** For the name of tests that are skipped without it. */
export const browserIsMissing = chromiumPath() === undefined;
export const skippedBecause = browserIsMissing ? ' (skipped: Chromium is not installed)' : '';

/** The root user has no sandbox. */
export const startBrowser = (): Promise<Browser> =>
  puppeteer.launch({
    executablePath: chromiumPath()!,
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--force-color-profile=srgb'],
    protocolTimeout: 60_000,
  });

/** How long a test waits for something on the page, in ms. */
const patienceMs = 20_000;

export interface OpenPage {
  readonly page: Page;
  /** What the browser complained of: exceptions, resources that were not found, violations of the policy. */
  readonly complaints: string[];
  /** The cells of the table with this caption, row by row, the heading first. */
  table(caption?: string): Promise<string[][]>;
  /** Waits until that table says so, and answers with it; otherwise fails with what it said last. */
  tableWhere(isRight: (rows: string[][]) => boolean, caption?: string): Promise<string[][]>;
  /** Clicks what has this role and this accessible name. */
  click(role: string, name: string): Promise<void>;
  /** Chooses an option, by its value, of the field of that name. */
  choose(name: string, value: string): Promise<void>;
  /** Waits until the page's text has it. */
  says(text: string): Promise<void>;
  /** Waits until the URL's query has this, as `URLSearchParams` reads it. */
  query(isRight: (query: URLSearchParams) => boolean): Promise<URLSearchParams>;
  close(): Promise<void>;
}

/** Opens an address in a tab of its own, and waits until the page has drawn something. */
export async function openPage(browser: Browser, url: string, { width = 1_280, height = 900 } = {}): Promise<OpenPage> {
  const page = await browser.newPage();
  page.setDefaultTimeout(patienceMs);
  await page.setViewport({ width, height });
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => {
    if (['error', 'warn'].includes(message.type())) complaints.push(message.text());
  });
  await page.goto(url);
  await page.waitForSelector('main > *');

  const table = (caption = '') =>
    page.evaluate((wanted) => {
      const found = [...document.querySelectorAll('table')].find((each) => each.caption?.textContent?.includes(wanted));
      return [...(found?.rows ?? [])].map((row) => [...row.cells].map((cell) => cell.innerText.trim()));
    }, caption);

  async function until<T>(read: () => Promise<T>, isRight: (value: T) => boolean): Promise<T> {
    const deadline = performance.now() + patienceMs;
    for (;;) {
      const value = await read().catch((error: Error) => {
        // The page has just gone elsewhere: what it reads there counts.
        if (/context was destroyed|detached/i.test(error.message) && performance.now() < deadline) return undefined;
        throw error;
      });
      if (value === undefined) continue;
      if (isRight(value)) return value;
      if (performance.now() > deadline) throw new Error(`the page did not come to it: ${JSON.stringify(value)}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  return {
    page,
    complaints,
    table,
    tableWhere: (isRight, caption) => until(() => table(caption), isRight),
    click: async (role, name) => {
      const element = await page.waitForSelector(`::-p-aria([name="${name}"][role="${role}"])`);
      await element!.click();
    },
    choose: async (name, value) => {
      await page.waitForSelector(`select[name="${name}"] option[value="${value}"]`);
      await page.select(`select[name="${name}"]`, value);
    },
    says: async (text) => {
      await until(
        () => page.evaluate(() => document.body.innerText),
        (all) => all.includes(text),
      );
    },
    query: (isRight) => until(async () => new URL(page.url()).searchParams, isRight),
    close: () => page.close(),
  };
}

/** The place of the chart's data on the screen, in CSS pixels: `x` and `y` as the chart's axes have them. */
export const pointOf = async (page: Page, [x, y]: readonly [number, number]): Promise<{ x: number; y: number }> =>
  // As text: the test's own build would put something else in place of the import, which goes by the page's import map.
  (await page.evaluate(`import('echarts').then(({ getInstanceByDom }) => {
    const element = document.querySelector('.chart');
    const [left, top] = getInstanceByDom(element).convertToPixel({ seriesIndex: 0 }, [${x}, ${y}]);
    const box = element.getBoundingClientRect();
    return { x: box.left + left, y: box.top + top };
  })`)) as { x: number; y: number };
