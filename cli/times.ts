/** Times on the command line: how long ago, or a moment. */
import { badValue } from './numbers.js';

const units: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** No order is older than Unix' epoch, and a Timestamp ends with the year 9999. In ms. */
const lastTime = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/** The time in ms since the epoch. Fails with BAD_ARGUMENTS. */
export function timeFrom(option: string, text: string): number {
  const [, number, unit] = /^(\d+)([smhd])$/.exec(text) ?? [];
  const millis = number && unit ? Date.now() - Number(number) * units[unit]! : Date.parse(text);
  if (millis >= 0 && millis <= lastTime) return millis;
  throw badValue(option, 'expected 30m, 12h, 7d or a time such as 2026-01-31T12:00:00Z, from 1970 to 9999', text);
}

/** A span of time in ms. Fails with BAD_ARGUMENTS. */
export function spanFrom(option: string, text: string): number {
  const [, number, unit] = /^([1-9]\d{0,8})([smhd])$/.exec(text) ?? [];
  if (number && unit) return Number(number) * units[unit]!;
  throw badValue(option, 'expected a span such as 30s, 1m, 1h or 1d', text);
}
