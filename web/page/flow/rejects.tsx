/** The orders that were rejected in the last 15 minutes, by reason: a chart and a table. */
import type { FlowAnswer } from '../../shared/answers.js';
import { Legend } from '../chart.js';
import { LineChart } from './line-chart.js';
import { count } from './numbers.js';

/** Nothing where Druid does not answer. */
export function Rejects({ rejects, since, answeredAt }: FlowAnswer) {
  if (!rejects) return null;
  return (
    <section aria-labelledby="rejects">
      <h2 id="rejects">Rejected orders, by reason</h2>
      {rejects.length === 0 ? (
        <p class="note">None that was created in the last 15 minutes.</p>
      ) : (
        <div class="beside">
          <figure>
            <figcaption>Rejected orders per minute of their creation</figcaption>
            <Legend names={rejects.map(({ reason }) => reason)} />
            <LineChart
              label="Rejected orders per minute, a line for each reason."
              from={since}
              to={answeredAt}
              lines={rejects.map(({ reason, history }) => ({ name: reason, points: history }))}
            />
          </figure>
          <div class="scroll" role="region" aria-label="Rejected orders" tabIndex={0}>
            <table>
              <caption class="hidden">Rejected orders by reason and minute</caption>
              <thead>
                <tr>
                  <th scope="col">Reason</th>
                  <th scope="col" class="number">
                    Orders in 15 min
                  </th>
                  <th scope="col" class="number">
                    Per minute, the last five
                  </th>
                </tr>
              </thead>
              <tbody>
                {rejects.map(({ reason, orders, history }) => (
                  <tr key={reason}>
                    <th scope="row">{reason}</th>
                    <td class="number">{count(orders)}</td>
                    <td class="number">
                      {history
                        .slice(-5)
                        .map(([, value]) => count(value))
                        .join(' · ')}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        </div>
      )}
    </section>
  );
}
