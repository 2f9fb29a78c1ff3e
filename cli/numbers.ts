/** Numbers on the command line. They come as text, so that a bad value is named as it was typed. */
import { OperatorError } from '../errors.js';

/** Fails with BAD_ARGUMENTS unless the text is a whole number and at least `least`; `or` names what else is allowed. */
export function wholeNumber(option: string, text: string, least: number, or = ''): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isSafeInteger(value) && value >= least) return value;
  throw badValue(option, `expected a whole number, ${least} or more${or}`, text);
}

/** Fails with BAD_ARGUMENTS unless the text is a number above 0. */
export function positiveNumber(option: string, text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value) && value > 0) return value;
  throw badValue(option, 'expected a number above 0', text);
}

/** yargs makes a list of an option that is given twice. Fails with BAD_ARGUMENTS where it did. */
export function requireSingle(options: Readonly<Record<string, unknown>>): void {
  for (const [option, value] of Object.entries(options))
    if (Array.isArray(value)) throw badValue(option, 'expected one value', value.join(' '));
}

export const badValue = (option: string, expected: string, text: string) =>
  new OperatorError('BAD_ARGUMENTS', `--${option}: ${expected}, not "${text}"`, { exitCode: 2 });
