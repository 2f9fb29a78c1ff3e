/** What the stages did in the last 15 minutes: charts, and their numbers as a table. */
import { useState } from 'preact/hooks';
import type { FlowAnswer, StageFlow } from '../../shared/answers.js';
import { formatTime } from '../../shared/format.js';
import { Legend } from '../chart.js';
import { LineChart } from './line-chart.js';
import { rate } from './numbers.js';

const kinds = [
  { key: 'in', title: 'Orders per second, in' },
  { key: 'out', title: 'Orders per second, out' },
  { key: 'lag', title: 'Lag, in orders' },
] as const;

/** Nothing where Kafka does not answer. */
export function StageCharts({ stages, since, answeredAt }: FlowAnswer) {
  const [isOpen, setIsOpen] = useState(false);
  if (!stages) return null;
  const begin = stages[0]?.history.lag[0]?.[0] ?? answeredAt;
  return (
    <section aria-labelledby="charts">
      <h2 id="charts">The last 15 minutes</h2>
      <Legend names={stages.map(({ name }) => name)} />
      <div class="charts">
        {kinds.map(({ key, title }) => (
          <figure key={key}>
            <figcaption>{title}</figcaption>
            <LineChart
              label={`${title}, a line for each stage. The numbers stand in a table below.`}
              from={since}
              to={answeredAt}
              lines={stages.map(({ name, history }) => ({ name, points: history[key] }))}
            />
          </figure>
        ))}
      </div>
      {begin - since > 60_000 && (
        <p class="note">Stages are watched since {formatTime(begin)}, when this server was started.</p>
      )}
      <details onToggle={(event) => setIsOpen(event.currentTarget.open)}>
        <summary>The charts' numbers</summary>
        {isOpen && <History stages={stages} />}
      </details>
    </section>
  );
}

function History({ stages }: { readonly stages: readonly StageFlow[] }) {
  const times = stages[0]?.history.lag.map(([time]) => time) ?? [];
  return (
    <div class="scroll tall" role="region" aria-label="The charts' numbers" tabIndex={0}>
      <table>
        <caption class="hidden">Orders per second in and out, and lag, by stage and time</caption>
        <thead>
          <tr>
            <th scope="col">Time</th>
            {stages.flatMap(({ name }) =>
              kinds.map(({ key }) => (
                <th key={`${name} ${key}`} scope="col" class="number">
                  {name} {key}
                </th>
              )),
            )}
          </tr>
        </thead>
        <tbody>
          {times
            .map((time, index) => (
              <tr key={time}>
                <th scope="row">{formatTime(time).slice(11)}</th>
                {stages.flatMap(({ name, history }) =>
                  kinds.map(({ key }) => (
                    <td key={`${name} ${key}`} class="number">
                      {rate(history[key][index]?.[1])}
                    </td>
                  )),
                )}
              </tr>
            ))
            .reverse()}
        </tbody>
      </table>
    </div>
  );
}
