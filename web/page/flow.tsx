/** The view "flow": what the stages do now, and did in the last quarter of an hour. */
import { useState } from 'preact/hooks';
import type { FlowAnswer, JobFlow, Point, StageFlow } from '../shared/answers.js';
import { duration, formatTime, formatValue } from '../shared/format.js';
import { useAnswer } from './api.js';
import { axisStyle, Chart, type Colours, Legend, tooltipStyle } from './chart.js';
import { Problems, Refresh } from './status.js';

export function FlowView() {
  const [isLive, setIsLive] = useState(true);
  const { answer, problem, isLoading } = useAnswer<FlowAnswer>('/api/flow', isLive);
  return (
    <div class="flow">
      <h1>Flow</h1>
      <div class="bar">
        <Refresh answeredAt={answer?.answeredAt} isLoading={isLoading} isLive={isLive} onChange={setIsLive} />
      </div>
      <Problems sentences={[...(problem === null ? [] : [problem]), ...(answer?.problems ?? [])]} />
      {answer && (
        <>
          <Stages {...answer} />
          <Parked {...answer} />
          <Charts {...answer} />
          <Rejects {...answer} />
          <DeadLetters {...answer} />
        </>
      )}
    </div>
  );
}

const rate = (value: number | null | undefined) =>
  value === null || value === undefined
    ? '–'
    : value.toLocaleString('en', { maximumFractionDigits: value < 10 ? 1 : 0 });
const count = (value: number | null | undefined) => formatValue(value, { unit: 'count' });

const jobState = (job: JobFlow | undefined) => {
  if (!job) return '–';
  if (job.state === null) return 'no job';
  return job.state === 'RUNNING' && !job.hasStarted ? 'starting' : job.state.toLowerCase();
};

function Stages({ stages, jobs }: FlowAnswer) {
  const names = (stages ?? jobs ?? []).map(({ name }) => name);
  if (names.length === 0) return null;
  return (
    <section aria-labelledby="stages">
      <h2 id="stages">Stages</h2>
      <div class="scroll" role="region" aria-label="Stages" tabIndex={0}>
        <table>
          <caption class="hidden">Stages: orders per second, lag and jobs</caption>
          <thead>
            <tr>
              <th scope="col">Stage</th>
              <th scope="col">Reads</th>
              <th scope="col" class="number">
                Orders/s in
              </th>
              <th scope="col" class="number">
                Orders/s out
              </th>
              <th scope="col" class="number">
                Lag
              </th>
              <th scope="col">Job</th>
              <th scope="col" class="number">
                Restarts
              </th>
              <th scope="col" class="number">
                Last checkpoint
              </th>
              <th scope="col" class="number">
                Failed checkpoints
              </th>
            </tr>
          </thead>
          <tbody>
            {names.map((name) => {
              const stage = stages?.find((each) => each.name === name);
              const job = jobs?.find((each) => each.name === name);
              const state = jobState(job);
              const age = job?.checkpointAgeMs ?? null;
              return (
                <tr key={name}>
                  <th scope="row">{name}</th>
                  <td>{stage?.input ?? '–'}</td>
                  <td class="number">{rate(stage?.in)}</td>
                  <td class="number">{rate(stage?.out)}</td>
                  <td class="number">{count(stage?.lag)}</td>
                  <td>
                    <span class={job && state !== 'running' ? 'state wrong' : 'state'}>{state}</span>
                  </td>
                  <td class="number">{job ? count(job.restarts) : '–'}</td>
                  <td class="number">{age === null ? '–' : `${duration(age)} ago`}</td>
                  <td class="number">{job ? count(job.failedCheckpoints) : '–'}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
      <p class="note">
        In: what came to the stage's topic. Out: what the stage has finished, as far as its last checkpoint. Both are
        means over the last 30 s, and count records: one that is written twice counts twice. The lag is what is not
        finished yet.
      </p>
    </section>
  );
}

function Parked({ parked }: FlowAnswer) {
  if (!parked) return null;
  const since = parked.since === null ? '' : `, the oldest since ${formatTime(parked.since)}`;
  return (
    <p class="note">
      {parked.deliveries === 0
        ? 'No delivery waits for its partner.'
        : `Deliveries that wait for their partner: ${count(parked.deliveries)}${since}.`}
    </p>
  );
}

const kinds = [
  { key: 'in', title: 'Orders per second, in' },
  { key: 'out', title: 'Orders per second, out' },
  { key: 'lag', title: 'Lag, in orders' },
] as const;

function Charts({ stages, since, answeredAt }: FlowAnswer) {
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

interface LineChartProps {
  readonly label: string;
  readonly from: number;
  readonly to: number;
  readonly lines: readonly { readonly name: string; readonly points: readonly Point[] }[];
}

function LineChart({ label, from, to, lines }: LineChartProps) {
  const option = (colours: Colours) => ({
    grid: { left: 4, right: 12, top: 12, bottom: 4, containLabel: true },
    tooltip: {
      ...tooltipStyle(colours),
      trigger: 'axis' as const,
      valueFormatter: (value: unknown) => rate(value as number | null),
    },
    xAxis: { ...axisStyle(colours), type: 'time' as const, min: from, max: to, splitLine: { show: false } },
    yAxis: { ...axisStyle(colours), type: 'value' as const, min: 0, axisLine: { show: false } },
    series: lines.map(({ name, points }) => ({
      name,
      type: 'line' as const,
      showSymbol: false,
      lineStyle: { width: 2 },
      data: points.map((point) => [...point]),
    })),
  });
  return <Chart label={label} height={200} option={option} />;
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

function Rejects({ rejects, since, answeredAt }: FlowAnswer) {
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

function DeadLetters({ deadLetters }: FlowAnswer) {
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
