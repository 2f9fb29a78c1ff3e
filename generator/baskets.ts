/** What customers buy: lines of products, with prices in the currency of their region. */
import { limits } from '../model/limits.js';
import { orderCodec, v1, type OrderType } from '../proto/messages.js';
import { createRandom, type Random } from './random.js';
import { weighted, zipf } from './weighted.js';

export interface Line {
  readonly sku: string;
  readonly quantity: number;
  /** In minor units of the currency. */
  readonly unitPrice: number;
}

/** The currency of each region's orders; EUR elsewhere. */
const currencies: Readonly<Record<string, string>> = {
  'EU-NORTH': 'SEK',
  UK: 'GBP',
  'US-EAST': 'USD',
  'US-WEST': 'USD',
};

/** Prices are made in euros; roughly what a euro costs. */
const ratesPerEuro: Readonly<Record<string, number>> = { EUR: 1, SEK: 11, GBP: 0.85, USD: 1.1 };

export const currencyOf = (region: string): string => currencies[region] ?? 'EUR';

const PRODUCTS = 2_000;
const CHEAPEST = 199;
const DEAREST = 49_999;

/** The same products with the same prices in every run: as many below 10 euros as from 10 to 100, roughly. */
const products = (() => {
  const random = createRandom('products');
  return Array.from({ length: PRODUCTS }, (_, index) => ({
    sku: `SKU-${String(index + 1).padStart(5, '0')}`,
    euroCents: CHEAPEST * (DEAREST / CHEAPEST) ** random.fraction(),
  }));
})();

const chooseProduct = weighted(products, zipf(0.8));
const chooseLineCount = weighted([1, 2, 3, 4, 5, 6, 7, 8], zipf(1.2));
const chooseQuantity = weighted([1, 2, 3, 4, 5], zipf(2));

/** Lines of different products, of which there are PRODUCTS. Wholesale customers buy by the dozen. */
function* linesOf(random: Random, orderType: OrderType, currency: string): Generator<Line, void> {
  const seen = new Set<string>();
  while (seen.size < PRODUCTS) {
    const { sku, euroCents } = chooseProduct(random);
    const quantity = orderType === 'WHOLESALE' ? 12 * random.between(1, 20) : chooseQuantity(random);
    // Shops' prices end in 9.
    const unitPrice = Math.round((euroCents * ratesPerEuro[currency]!) / 10) * 10 + 9;
    if (seen.has(sku)) continue;
    seen.add(sku);
    yield { sku, quantity, unitPrice };
  }
}

/** One to eight lines. */
export function fillBasket(random: Random, orderType: OrderType, currency: string): Line[] {
  const lines: Line[] = [];
  const count = chooseLineCount(random);
  for (const line of linesOf(random, orderType, currency)) {
    lines.push(line);
    if (lines.length === count) break;
  }
  return lines;
}

/** As many lines as fit into so many bytes of an order; one at least, and no more than an order may have. */
export function fillBytes(random: Random, orderType: OrderType, currency: string, bytes: number): Line[] {
  const lines: Line[] = [];
  let left = bytes;
  for (const line of linesOf(random, orderType, currency)) {
    left -= orderCodec.encode(v1.Order.create({ lines: [line] })).length;
    if (lines.length > 0 && (left < 0 || lines.length === limits.lines)) break;
    lines.push(line);
  }
  return lines;
}
