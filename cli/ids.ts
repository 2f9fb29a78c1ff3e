/** Ids that people give on the command line: in the form that records have, however they were typed or copied. */
import { normalId } from '../model/identifiers.js';

export const idFrom = (text: string | undefined) => text && normalId(text);

export const idsFrom = (texts: readonly string[] | undefined) => texts?.map(normalId);
