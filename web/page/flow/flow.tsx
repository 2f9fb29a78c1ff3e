/** The view "flow": what the stages do now, and did in the last quarter of an hour. */
import { useState } from 'preact/hooks';
import type { FlowAnswer } from '../../shared/answers.js';
import { formatTime } from '../../shared/format.js';
import { useAnswer } from '../api.js';
import { Problems, Refresh } from '../status.js';
import { DeadLetters } from './dead-letters.js';
import { count } from './numbers.js';
import { Rejects } from './rejects.js';
import { StageCharts } from './stage-charts.js';
import { StageTable } from './stage-table.js';

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
          <StageTable {...answer} />
          <Parked {...answer} />
          <StageCharts {...answer} />
          <Rejects {...answer} />
          <DeadLetters {...answer} />
        </>
      )}
    </div>
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
