/** Whether the page is up to date, and what does not answer. */
import { formatTime } from '../shared/format.js';
import { refreshMs } from './api.js';

interface RefreshProps {
  readonly answeredAt: number | undefined;
  readonly isLoading: boolean;
  readonly isLive: boolean;
  readonly onChange: (isLive: boolean) => void;
}

/** The time of the numbers, and a button that stops the refreshing. Screen readers hear of a change of the mode alone. */
export function Refresh({ answeredAt, isLoading, isLive, onChange }: RefreshProps) {
  return (
    <div class="refresh">
      <span class={isLoading ? 'dot busy' : 'dot'} aria-hidden="true" />
      <span class="number">{answeredAt === undefined ? 'Asking …' : `As of ${formatTime(answeredAt).slice(11)}`}</span>
      <span role="status">{isLive ? `Refreshed every ${refreshMs / 1_000} s` : 'Paused'}</span>
      <button type="button" onClick={() => onChange(!isLive)}>
        {isLive ? 'Pause' : 'Resume'}
      </button>
    </div>
  );
}

/** One sentence each; nothing where there is none. */
export function Problems({ sentences }: { readonly sentences: readonly string[] }) {
  return (
    <div role="alert">
      {sentences.map((sentence) => (
        <p key={sentence} class="problem">
          {sentence}
        </p>
      ))}
    </div>
  );
}
