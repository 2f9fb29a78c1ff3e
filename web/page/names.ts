/** How things are called on the page. */
import { dimensionOf, type StreamName } from '../shared/model.js';
import { timeSplit } from '../shared/state.js';

/** A dimension's value: '' is none. */
export const nameOf = (value: string) => (value === '' ? '(none)' : value);

/** A split or filter, as a label within a sentence. */
export const splitLabel = (stream: StreamName, split: string) =>
  split === timeSplit ? 'time' : (dimensionOf(stream, split)?.label ?? split);

/** With a capital letter, as a heading. */
export const heading = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
