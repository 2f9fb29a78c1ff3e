/** What is asked: the stream, how it is split, the time, the measures. */
import {
  granularities,
  granularityNames,
  lastTimeNames,
  lastTimes,
  measures as measureTable,
  type MeasureName,
  streamNames,
  streamOf,
} from '../shared/model.js';
import { type CubeState, isMeasurable, settled, timeSplit, withStream, withTime } from '../shared/state.js';
import { heading } from './names.js';
import { useDimensions } from './person.js';

interface ControlsProps {
  readonly state: CubeState;
  /** The time range of the numbers that are shown, for the begin of a range of one's own. */
  readonly range: { readonly from: number | null; readonly to: number | null } | undefined;
  readonly onChange: (state: CubeState) => void;
}

interface Option {
  readonly value: string;
  readonly label: string;
}

interface ChoiceProps {
  readonly label: string;
  readonly name: string;
  readonly value: string;
  readonly options: readonly Option[];
  readonly onChange: (value: string) => void;
}

function Choice({ label, name, value, options, onChange }: ChoiceProps) {
  return (
    <label>
      {label}
      <select name={name} value={value} onChange={(event) => onChange(event.currentTarget.value)}>
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.label}
          </option>
        ))}
      </select>
    </label>
  );
}

export function Controls(props: ControlsProps) {
  const { state, onChange } = props;
  return (
    <>
      <Choice
        label="Stream"
        name="stream"
        value={state.stream}
        options={streamNames.map((name) => ({ value: name, label: heading(streamOf(name).label) }))}
        onChange={(value) =>
          onChange(
            withStream(
              state,
              streamNames.find((name) => name === value)!,
            ),
          )
        }
      />
      <Splits {...props} />
      <Time {...props} />
      <Measures {...props} />
    </>
  );
}

const none: Option = { value: '', label: 'nothing' };

function Splits({ state, onChange }: ControlsProps) {
  const dimensions = useDimensions(state.stream).map(({ name, label }) => ({ value: name, label }));
  const all: Option[] = [{ value: timeSplit, label: 'time' }, ...dimensions];
  const [first = '', second = ''] = state.splits;
  const change = (...splits: readonly string[]) =>
    onChange(settled({ ...state, splits: [...new Set(splits)].filter((split) => split !== '') }));
  return (
    <div class="pair">
      <Choice
        label="Split by"
        name="split"
        value={first}
        options={[none, ...all]}
        onChange={(value) => change(value, second)}
      />
      {first !== '' && (
        <Choice
          label="and by"
          name="split2"
          value={second}
          options={[none, ...all.filter(({ value }) => value !== first)]}
          onChange={(value) => change(first, value)}
        />
      )}
    </div>
  );
}

const ownRange = 'own';

function Time({ state, range, onChange }: ControlsProps) {
  const { time, granularity } = state;
  const options = lastTimeNames.map((name) => ({ value: name, label: lastTimes[name].label }));
  const change = (value: string) => {
    const last = lastTimeNames.find((name) => name === value);
    const to = Math.ceil((range?.to ?? Date.now()) / 60_000) * 60_000;
    const from = Math.floor((range?.from ?? to - 3_600_000) / 60_000) * 60_000;
    onChange(withTime(state, last ? { last } : { from, to }));
  };
  return (
    <>
      <Choice
        label="Time"
        name="time"
        value={'last' in time ? time.last : ownRange}
        options={[...options, { value: ownRange, label: 'from – to' }]}
        onChange={change}
      />
      {'from' in time && (
        <div class="pair">
          <Moment
            label="From"
            name="from"
            time={time.from}
            onChange={(from) => from < time.to && onChange(withTime(state, { from, to: time.to }))}
          />
          <Moment
            label="To (exclusive)"
            name="to"
            time={time.to}
            onChange={(to) => to > time.from && onChange(withTime(state, { from: time.from, to }))}
          />
        </div>
      )}
      {state.splits.includes(timeSplit) && (
        <Choice
          label="Granularity"
          name="granularity"
          value={granularity}
          options={granularityNames.map((name) => ({ value: name, label: granularities[name].label }))}
          onChange={(value) => onChange({ ...state, granularity: granularityNames.find((name) => name === value)! })}
        />
      )}
    </>
  );
}

interface MomentProps {
  readonly label: string;
  readonly name: string;
  readonly time: number;
  readonly onChange: (time: number) => void;
}

/** A time in UTC: browsers' fields have no zone. */
function Moment({ label, name, time, onChange }: MomentProps) {
  return (
    <label>
      {label}
      <input
        type="datetime-local"
        name={name}
        step={1}
        value={new Date(time).toISOString().slice(0, 19)}
        onChange={(event) => {
          const changed = Date.parse(`${event.currentTarget.value}Z`);
          if (!Number.isNaN(changed)) onChange(changed);
        }}
      />
    </label>
  );
}

function Measures({ state, onChange }: ControlsProps) {
  const toggle = (measure: MeasureName, isOn: boolean) => {
    const others = state.measures.filter((each) => each !== measure);
    onChange(settled({ ...state, measures: isOn ? [...others, measure] : others }));
  };
  return (
    <fieldset>
      <legend>Measures</legend>
      {streamOf(state.stream).measures.map((measure) => {
        const isPossible = isMeasurable(measure, state);
        return (
          <label key={measure} class="check">
            <input
              type="checkbox"
              name="measure"
              value={measure}
              checked={state.measures.includes(measure)}
              disabled={!isPossible}
              onChange={(event) => toggle(measure, event.currentTarget.checked)}
            />
            <span>
              {heading(measureTable[measure].label)}
              {!isPossible && <small>by time alone, without filters</small>}
            </span>
          </label>
        );
      })}
    </fieldset>
  );
}
