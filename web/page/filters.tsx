/** The filters: those in use as chips, each of which can be taken away, and a form that adds one. */
import { useId, useState } from 'preact/hooks';
import type { ValuesAnswer } from '../shared/answers.js';
import { formatTime } from '../shared/format.js';
import { lastTimes, streamOf } from '../shared/model.js';
import {
  type CubeState,
  type Filter,
  queryOf,
  withFilterValue,
  withoutFilterValue,
  withTime,
} from '../shared/state.js';
import { useAnswer } from './api.js';
import { nameOf, splitLabel } from './names.js';
import { useDimensions } from './person.js';

interface FilterProps {
  readonly state: CubeState;
  readonly onChange: (state: CubeState) => void;
}

/** Where one is, from the stream down. */
export function Chips({ state, onChange }: FilterProps) {
  const { stream, time, filters } = state;
  return (
    <nav aria-label="Filters in use">
      <ol class="chips">
        <li class="root">{streamOf(stream).label}</li>
        {'last' in time ? (
          <li class="root">{lastTimes[time.last].label}</li>
        ) : (
          <Chip
            text={`${formatTime(time.from)} – ${formatTime(time.to)}`}
            onRemove={() => onChange(withTime(state, { last: '1h' }))}
          />
        )}
        {filters.flatMap((filter) =>
          filter.values.map((value, index) => (
            <Chip
              key={`${filter.mode} ${filter.dimension} ${value}`}
              text={`${index > 0 ? 'or ' : ''}${splitLabel(stream, filter.dimension)} ${filter.mode} ${nameOf(value)}`}
              isExcluding={filter.mode === 'not'}
              onRemove={() => onChange(withoutFilterValue(state, filter, value))}
            />
          )),
        )}
      </ol>
    </nav>
  );
}

function Chip({ text, isExcluding, onRemove }: { text: string; isExcluding?: boolean; onRemove: () => void }) {
  return (
    <li class={isExcluding ? 'chip excluding' : 'chip'}>
      <span>{text}</span>
      <button type="button" aria-label={`Remove the filter: ${text}`} onClick={onRemove}>
        ×
      </button>
    </li>
  );
}

/** Suggests the values that are most frequent at the moment. */
export function AddFilter({ state, onChange }: FilterProps) {
  const id = useId();
  const dimensions = useDimensions(state.stream);
  const [chosen, setChosen] = useState('');
  const [mode, setMode] = useState<Filter['mode']>('is');
  const [value, setValue] = useState('');
  const [isOpen, setIsOpen] = useState(false);
  const dimension = dimensions.find(({ name }) => name === chosen)?.name ?? dimensions[0]!.name;
  const query = `${queryOf({ ...state, measures: [], order: '' })}&dimension=${dimension}`;
  const { answer } = useAnswer<ValuesAnswer>(isOpen ? `/api/values?${query}` : null, false);
  const add = (event: Event) => {
    event.preventDefault();
    onChange(withFilterValue(state, dimension, mode, value === nameOf('') ? '' : value));
    setValue('');
  };
  return (
    <form class="add-filter" onSubmit={add}>
      <label>
        Filter by
        <select name="dimension" value={dimension} onChange={(event) => setChosen(event.currentTarget.value)}>
          {dimensions.map(({ name, label }) => (
            <option key={name} value={name}>
              {label}
            </option>
          ))}
        </select>
      </label>
      <label>
        Rows that
        <select
          name="mode"
          value={mode}
          onChange={(event) => setMode(event.currentTarget.value === 'not' ? 'not' : 'is')}
        >
          <option value="is">have the value</option>
          <option value="not">do not have it</option>
        </select>
      </label>
      <label>
        Value
        <input
          name="value"
          list={id}
          value={value}
          required
          maxLength={500}
          autocomplete="off"
          spellcheck={false}
          onFocus={() => setIsOpen(true)}
          onInput={(event) => setValue(event.currentTarget.value)}
        />
      </label>
      <datalist id={id}>
        {answer?.values.map((each) => (
          <option key={each} value={nameOf(each)} />
        ))}
      </datalist>
      <button type="submit">Add filter</button>
    </form>
  );
}
