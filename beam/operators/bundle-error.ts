/**
 * The error that fails a bundle: names the place and the elements, and shows no values of them. Runner and log keep
 * errors for longer than anybody may keep a customer's data, and a message of PostgreSQL or of JSON.parse quotes values.
 */
import { PublicError, describeError } from '../../errors.js';

class BundleError extends PublicError {}

/** The stage whose bundles these are, once it is known. */
let stage: string | undefined;

/** Says which stage's errors these are. Replaces what was said before. */
export function nameStage(name: string | undefined): void {
  stage = name;
}

type NameElement = (element: unknown) => string | undefined;
let nameElement: NameElement = () => undefined;

/**
 * Says how elements are called in errors, as in `order 7 (raw_order 3@1234)`; undefined for one that has no name. The names
 * must hold no personal data. Replaces what was said before.
 */
export function nameElementsBy(name: NameElement): void {
  nameElement = name;
}

function nameOf(element: unknown): string | undefined {
  try {
    return nameElement(element);
  } catch {
    // An element that made its transform fail may well make this fail, too.
    return undefined;
  }
}

function listed(elements: readonly unknown[]): string {
  const [first] = elements;
  const name = nameOf(first);
  if (name === undefined) return elements.length === 1 ? 'an element' : `${elements.length} elements`;
  return elements.length === 1 ? name : `${name} and ${elements.length - 1} more`;
}

/**
 * The error of a bundle: `stage router, transform "Route", order 7 (raw_order 3@1234) and 499 more: the metastore did not
 * answer`. `place` is as `transform "Route"`, or `stage router`; `elements` are those that were under way, none if it is nobody's.
 * What is thrown further down the pipeline is named there, and stays as it is.
 */
export function bundleError(place: string, elements: readonly unknown[], cause: unknown): Error {
  if (cause instanceof BundleError) return cause;
  const ofStage = stage === undefined ? '' : `stage ${stage}`;
  const where = [ofStage, place === ofStage ? '' : place, elements.length === 0 ? '' : listed(elements)];
  return new BundleError(`${where.filter(Boolean).join(', ')}: ${describeError(cause)}`, { cause });
}
