/** What each stage does now: its records per second, its lag and its job. */
import type { FlowAnswer, JobFlow } from '../../shared/answers.js';
import { duration } from '../../shared/format.js';
import { count, rate } from './numbers.js';

/** Flink's word, and more exactly that a job still starts. */
const jobState = (job: JobFlow | undefined) => {
  if (!job) return '–';
  if (job.state === null) return 'no job';
  return job.state === 'RUNNING' && !job.hasStarted ? 'starting' : job.state.toLowerCase();
};

/** Nothing where neither Kafka nor Flink answers. */
export function StageTable({ stages, jobs }: FlowAnswer) {
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
