/** Where a job goes on, in words. */
import type { JobState } from '../metastore/job-states.js';

/** ` LEAD a savepoint (PATH)`; nothing for a job without a state. */
export const stateText = (lead: string, state: JobState | undefined): string =>
  state ? `${lead} a ${state.kind} (${state.path})` : '';
