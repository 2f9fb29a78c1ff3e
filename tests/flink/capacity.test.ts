import { describe, expect, it } from 'vitest';
import {
  checkPartitions,
  checkResource,
  planWith,
  type Plan,
  type Resource,
  workersPerSubtask,
} from '../../flink/capacity.js';
import { loadConfig } from '../../config.js';
import { stageNames, type StageName } from '../../model/stages.js';

const nothing: Plan = new Map();
const all = (parallelism: number): Plan => new Map(stageNames.map((name) => [name, parallelism]));
const at = (parallelism: number) => loadConfig({ ORDERFLOW_PARALLELISM: String(parallelism) });

/** Two connections for each worker that asks PostgreSQL, of which the local one has 89. */
const connections: Resource = {
  code: 'TOO_FEW_CONNECTIONS',
  what: 'connections to PostgreSQL',
  perSubtask: (stage) => 2 * workersPerSubtask[stage].atMetastore,
  limit: 89,
  isKnown: false,
  raise: (needed) => `have ${needed}`,
};
const workers: Resource = { ...connections, what: 'workers', perSubtask: (stage) => workersPerSubtask[stage].all, limit: 64 }; // prettier-ignore

/** Submits stages at a parallelism while others run. */
const submit = (resource: Resource, now: Plan, parallelism: number, changed: readonly StageName[] = stageNames) =>
  checkResource(resource, now, planWith(now, at(parallelism), changed), changed);

describe('what is to be submitted', () => {
  it('is let through up to the limit, and refused beyond it with the number to set', () => {
    submit(connections, nothing, 7);
    expect(() => submit(connections, nothing, 8)).toThrow(
      'the stages would need 96 connections to PostgreSQL, and there are 89 for them: set ORDERFLOW_PARALLELISM to 7 at most, or have 96',
    );
    submit(workers, nothing, 9);
    expect(() => submit(workers, nothing, 10)).toThrow(/need 70 workers, and there are 64.* to 9 at most, or have 70$/);
  });

  it('is counted with what runs beside it', () => {
    const others = planWith(nothing, at(8), ['validator', 'enricher', 'router', 'external-processor']);
    submit(connections, others, 4, ['aggregator']);
    expect(() => submit(connections, others, 5, ['aggregator'])).toThrow(/need 90 .* to 4 at most/);
    expect(() => submit({ ...connections, limit: 80 }, others, 2, ['aggregator'])).toThrow(/: stop another stage, or/);
  });

  it('takes the place of what runs under its name', () => {
    submit(connections, all(7), 7);
    submit(connections, all(4), 8, ['validator']);
    expect(() => submit(connections, all(7), 8)).toThrow(/need 96/);
  });

  it('is let through where it needs no more than what it replaces, whatever the limit is now', () => {
    const fewer = { ...workers, limit: 10, isKnown: true };
    submit(fewer, all(7), 7);
    submit(fewer, all(7), 3);
    expect(() => submit(fewer, all(7), 8, ['router'])).toThrow(/need 50/);
    // With more connections a worker than what it replaces, say.
    expect(() => submit({ ...connections, limit: 10 }, all(7), 7)).toThrow(/need 84/);
  });

  it('has no more readers than there are partitions', () => {
    checkPartitions({ parallelism: 4, partitions: 4 });
    expect(() => checkPartitions({ parallelism: 5, partitions: 4 })).toThrow(
      'parallelism 5 needs as many partitions, and the topics have 4: set ORDERFLOW_PARALLELISM to 4 at most, or ORDERFLOW_PARTITIONS to 5',
    );
  });
});
