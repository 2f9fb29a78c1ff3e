/** What customers buy: lines of products, with prices in the currency of their region. */
import type { OrderType } from '../proto/messages.js';
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

/** One to eight lines of different products. Wholesale customers buy by the dozen. */
export function fillBasket(random: Random, orderType: OrderType, currency: string): Line[] {
  const lines = new Map<string, Line>();
  for (const count = chooseLineCount(random); lines.size < count;) {
    const { sku, euroCents } = chooseProduct(random);
    const quantity = orderType === 'WHOLESALE' ? 12 * random.between(1, 20) : chooseQuantity(random);
    // Shops' prices end in 9.
    const unitPrice = Math.round((euroCents * ratesPerEuro[currency]!) / 10) * 10 + 9;
    if (!lines.has(sku)) lines.set(sku, { sku, quantity, unitPrice });
  }
  return [...lines.values()];
}
