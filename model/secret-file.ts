/** Files that settings name: secrets and certificates, read where they are used, so that a file that changes counts from then on. */
import { readFileSync } from 'node:fs';
import { codeOf, OperatorError } from '../errors.js';

/** The text of such a file, without the line end that editors put behind it; `what` names it in an error. Throws OperatorError BAD_SECRET_FILE. */
export function readSecret(file: string, what: string): string {
  let text: string;
  try {
    text = readFileSync(file, 'utf8').replace(/\r?\n$/, '');
  } catch (error) {
    const problem = `${what} cannot be read from ${file} (${codeOf(error) ?? 'no file'})`;
    throw new OperatorError('BAD_SECRET_FILE', problem, { cause: error });
  }
  if (text === '') throw new OperatorError('BAD_SECRET_FILE', `${what} is missing: ${file} is empty`);
  return text;
}
