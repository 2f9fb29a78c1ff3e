/** Tells faults that may go away by themselves from those that are in the data. */
import { PublicError, codeOf } from '../../errors.js';
import { KmsError } from '../../kms/kms.js';
import { refusalOf } from '../../metastore/refusals.js';

/** A fault of the surroundings, not of an order: the bundle fails, and Flink tries it again. */
export class TransientError extends PublicError {}

/**
 * PostgreSQL's classes of errors (https://www.postgresql.org/docs/current/errcodes-appendix.html) that a value itself
 * causes: 22 data exception, 23 integrity constraint violation, 54 program limit exceeded (a key too long for an index).
 */
const DATA_ERROR = /^(22|23|54)[0-9A-Z]{3}$/;

/**
 * Awaits the metastore, or keys, which the KMS opens. It rejects with a TransientError (what it says and its code in the message, the original as `cause`) when the
 * metastore fails or refuses, for whoever mends that, and with the original where the data of the call are at fault, so that the bad order can be found.
 */
export async function ask<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof KmsError) throw new TransientError(error.message, { cause: error });
    const code = codeOf(error);
    if (code !== undefined && DATA_ERROR.test(code)) throw error;
    // Nothing of the original's own words: PostgreSQL quotes values in them.
    const what = refusalOf(error)?.problem ?? 'did not answer';
    throw new TransientError(`the metastore ${what}${code ? ` (${code})` : ''}`, { cause: error });
  }
}
