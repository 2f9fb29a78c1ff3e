/** The view "cubes": a stream, split and filtered, as a chart and a table. All that one chooses stands in the URL. */
import { useCallback, useEffect, useState } from 'preact/hooks';
import type { CubeAnswer, StateAnswer } from '../shared/answers.js';
import { formatCell } from '../shared/format.js';
import { dimensionOf } from '../shared/model.js';
import { type CubeState, drilledDown, queryOf } from '../shared/state.js';
import { getJson, useAnswer } from './api.js';
import { Controls } from './controls.js';
import { CubeChart } from './cube-chart.js';
import { CubeTable } from './cube-table.js';
import { AddFilter, Chips } from './filters.js';
import { heading, splitLabel } from './names.js';
import { OrderStory } from './order-story.js';
import { useDimensions, useRights } from './person.js';
import { Problems, Refresh } from './status.js';

/** What a URL without a query shows. */
const begin = '?stream=raw_order&split=time&last=1h';

/** The state that the URL means, and a way to another one, from which the browser's back button returns. */
function useUrlState() {
  const [held, setHeld] = useState<{ state: CubeState | null; problem: string | null }>({ state: null, problem: null });
  useEffect(() => {
    const read = () =>
      void getJson<StateAnswer>(`/api/state${location.search || begin}`).then(
        ({ state }) => setHeld({ state, problem: null }),
        (error: Error) => setHeld({ state: null, problem: error.message }),
      );
    read();
    addEventListener('popstate', read);
    return () => removeEventListener('popstate', read);
  }, []);
  const change = useCallback((state: CubeState) => {
    history.pushState(null, '', `?${queryOf(state)}`);
    setHeld({ state, problem: null });
  }, []);
  return { ...held, change };
}

const isWide = matchMedia('(min-width: 60rem)').matches;

export function CubesView() {
  const { state, problem: badUrl, change } = useUrlState();
  const rights = useRights();
  const hasCubes = rights.includes('cubes');
  const asks = state && hasCubes && queryOf({ ...state, order: '', isLive: true });
  const { answer, problem, isLoading } = useAnswer<CubeAnswer>(
    asks ? `/api/cube?${asks}` : null,
    state?.isLive ?? false,
  );
  if (!state) {
    return (
      <div class="message">
        <Problems sentences={badUrl === null ? [] : [badUrl]} />
        {badUrl !== null && <a href="/">Begin anew</a>}
      </div>
    );
  }
  const story = rights.includes('orders') && (
    <OrderStory orderId={state.order} onChange={(order) => change({ ...state, order })} />
  );
  if (!hasCubes) {
    return (
      <div class="cubes">
        <h1 class="hidden">Orders</h1>
        <div class="result">{story}</div>
      </div>
    );
  }
  return (
    <div class="cubes">
      <h1 class="hidden">Data cubes</h1>
      <details class="controls" open={isWide}>
        <summary>Choose what is shown</summary>
        <Controls state={state} range={answer?.range} onChange={change} />
        <AddFilter state={state} onChange={change} />
      </details>
      <div class="result">
        <Chips state={state} onChange={change} />
        <div class="bar">
          <Refresh
            answeredAt={answer?.answeredAt}
            isLoading={isLoading}
            isLive={state.isLive}
            onChange={(isLive) => change({ ...state, isLive })}
          />
          <a class="button" href={`/api/cube.csv?${asks}`} download>
            Download CSV
          </a>
        </div>
        <Problems sentences={[...(problem === null ? [] : [problem]), ...(answer?.problems ?? [])]} />
        {answer && <Result answer={answer} state={state} isLoading={isLoading} onChange={change} />}
        {story}
      </div>
    </div>
  );
}

interface ResultProps {
  readonly answer: CubeAnswer;
  readonly state: CubeState;
  readonly isLoading: boolean;
  readonly onChange: (state: CubeState) => void;
}

function Result({ answer, state, isLoading, onChange }: ResultProps) {
  const [chosen, setChosen] = useState('');
  const { columns, rows, notes } = answer;
  const { stream, splits } = answer.state;
  const dimensions = useDimensions(stream);
  const columnId = columns.find(({ id }) => id === chosen)?.id ?? columns[0]?.id ?? '';
  const several = splits.some((split) => dimensionOf(stream, split)?.isMulti);
  // The numbers may still be those of the state before: one goes down from what is shown.
  const drill = (picked: readonly { split: string; value: string | number }[]) =>
    onChange(
      picked.reduce((down, { split, value }) => drilledDown(down, split, value, dimensions), {
        ...answer.state,
        isLive: state.isLive,
        order: state.order,
      }),
    );
  if (columns.length === 0 && answer.problems.length > 0) return null;
  return (
    <section aria-label="Numbers" aria-busy={isLoading} class={isLoading ? 'numbers busy' : 'numbers'}>
      <dl class="totals">
        {columns.map((column) => (
          <div key={column.id}>
            <dt>{heading(column.label)}</dt>
            <dd>{formatCell(answer.totals[column.id], column)}</dd>
          </div>
        ))}
      </dl>
      {splits.length > 0 && rows.length === 0 && <p class="note">There is nothing in this time with these filters.</p>}
      {splits.length > 0 && rows.length > 0 && (
        <figure>
          <figcaption>
            {columns.length > 1 ? (
              <label>
                Chart of
                <select name="chart" value={columnId} onChange={(event) => setChosen(event.currentTarget.value)}>
                  {columns.map(({ id, label }) => (
                    <option key={id} value={id}>
                      {label}
                    </option>
                  ))}
                </select>
              </label>
            ) : (
              heading(columns[0]!.label)
            )}{' '}
            by {splits.map((split) => splitLabel(stream, split)).join(' and ')}
          </figcaption>
          <CubeChart answer={answer} columnId={columnId} onDrill={drill} />
        </figure>
      )}
      {[...notes, ...(several ? ['An order with several values counts at each of them.'] : [])].map((note) => (
        <p key={note} class="note">
          {note}
        </p>
      ))}
      <CubeTable
        answer={answer}
        onDrill={(split, value) => drill([{ split, value }])}
        onSort={(measure) =>
          onChange({ ...state, measures: [measure, ...state.measures.filter((each) => each !== measure)] })
        }
      />
    </section>
  );
}
