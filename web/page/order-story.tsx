/** An order's story by its id: what `orderflow order` shows. */
import { useEffect, useState } from 'preact/hooks';
import type { StoryAnswer, StoryPublication } from '../shared/answers.js';
import { formatTime } from '../shared/format.js';
import { useAnswer } from './api.js';
import { Problems } from './status.js';

interface OrderStoryProps {
  /** '' for none. */
  readonly orderId: string;
  readonly onChange: (orderId: string) => void;
}

export function OrderStory({ orderId, onChange }: OrderStoryProps) {
  const [typed, setTyped] = useState(orderId);
  useEffect(() => setTyped(orderId), [orderId]);
  const url = orderId === '' ? null : `/api/order?id=${encodeURIComponent(orderId)}`;
  const { answer, problem } = useAnswer<StoryAnswer>(url, false);
  return (
    <section class="story" aria-labelledby="story-heading">
      <h2 id="story-heading">An order's story</h2>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          onChange(typed.trim());
        }}
      >
        <label>
          Order id
          <input
            name="order"
            value={typed}
            maxLength={500}
            autocomplete="off"
            spellcheck={false}
            onInput={(event) => setTyped(event.currentTarget.value)}
          />
        </label>
        <button type="submit">Show</button>
      </form>
      <Problems sentences={problem === null ? [] : [problem]} />
      {problem === null && answer && answer.orderId === orderId && <Told story={answer} />}
    </section>
  );
}

function Told({ story: { publications, parked, cancelledAt, releases } }: { readonly story: StoryAnswer }) {
  return (
    <div>
      {publications.map((publication) => (
        <Published key={publication.messageId} {...publication} />
      ))}
      {parked && (
        <p>
          Waits for its partner since {formatTime(parked.since)}
          {parked.leasedUntil !== null && `, being tried until ${formatTime(parked.leasedUntil)}`}.
        </p>
      )}
      {releases.map(({ letter, number, claimedAt, sentAt, by, why }) => (
        <p key={`${letter}/${number}`}>
          Release {number} of {letter}{' '}
          {sentAt === null
            ? `claimed ${formatTime(claimedAt)}, and not known to be sent`
            : `sent back ${formatTime(sentAt)}`}
          , by {by}
          {why && `: ${why}`}.
        </p>
      ))}
      {cancelledAt !== null && <p>Cancelled {formatTime(cancelledAt)}.</p>}
    </div>
  );
}

function Published({ messageId, isAccepted, createdAt, lines }: StoryPublication) {
  return (
    <div class="scroll" role="region" aria-label={`Message ${messageId}`} tabIndex={0}>
      <table>
        <caption>
          {isAccepted ? 'Accepted' : 'Not accepted'}: message {messageId}
          {createdAt !== null && `, created ${formatTime(createdAt)}`}
        </caption>
        <thead>
          <tr>
            {['Time', 'Status', 'By', 'Detail'].map((title) => (
              <th key={title} scope="col">
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {lines.map(({ recordedAt, status, recordedBy, detail, attempt }) => (
            <tr key={`${status} ${recordedBy} ${attempt}`}>
              <td class="time">{formatTime(recordedAt)}</td>
              <th scope="row">{status}</th>
              <td>{recordedBy}</td>
              <td class="detail">{detail}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {lines.length === 0 && <p class="note">No status is recorded yet.</p>}
    </div>
  );
}
