import type { WindowedValue } from 'apache-beam/values';

/**
 * Another value in the place of an element's. Field by field, as elsewhere where it is done for each record: V8 copies an object by `...` many times
 * slower than it makes one whose fields it knows.
 */
export const withValue = <T>({ windows, pane, timestamp }: WindowedValue<unknown>, value: T): WindowedValue<T> => ({
  value,
  windows,
  pane,
  timestamp,
});
