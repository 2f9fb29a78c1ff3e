/** Numbers as the view "flow" has them; `–` for what is not known. */
import { formatValue } from '../../shared/format.js';

/** Of records per second: with a digit behind the point while it is small. */
export const rate = (value: number | null | undefined) =>
  value === null || value === undefined
    ? '–'
    : value.toLocaleString('en', { maximumFractionDigits: value < 10 ? 1 : 0 });

/** Of orders, letters and the like. */
export const count = (value: number | null | undefined) => formatValue(value, { unit: 'count' });
