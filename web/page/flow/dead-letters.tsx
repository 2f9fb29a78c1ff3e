/** The dead letters, by stage and reason. */
import type { FlowAnswer } from '../../shared/answers.js';
import { count } from './numbers.js';

/** Nothing where Druid does not answer. */
export function DeadLetters({ deadLetters }: FlowAnswer) {
  if (!deadLetters) return null;
  return (
    <section aria-labelledby="dead-letters">
      <h2 id="dead-letters">Dead letters, by stage and reason</h2>
      {deadLetters.length === 0 ? (
        <p class="note">None.</p>
      ) : (
        <div class="scroll" role="region" aria-label="Dead letters" tabIndex={0}>
          <table>
            <caption class="hidden">Dead letters by stage and reason</caption>
            <thead>
              <tr>
                <th scope="col">Stage</th>
                <th scope="col">Reason</th>
                <th scope="col" class="number">
                  In 15 min
                </th>
                <th scope="col" class="number">
                  In all
                </th>
              </tr>
            </thead>
            <tbody>
              {deadLetters.map(({ step, reason, recent, all }) => (
                <tr key={`${step} ${reason}`}>
                  <th scope="row">{step}</th>
                  <td>{reason}</td>
                  <td class="number">{count(recent)}</td>
                  <td class="number">{count(all)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}
