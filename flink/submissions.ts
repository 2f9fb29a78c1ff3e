/** Submits stages from where they go on: their newest state, unless something else is asked for. */
import { existsSync } from 'node:fs';
import type { Config } from '../config.js';
import { OperatorError } from '../errors.js';
import type { Pool } from '../metastore/connection.js';
import { type JobState, newestJobState } from '../metastore/job-states.js';
import { stageByName, type StageName } from '../model/stages.js';
import { isBefore, knownInputs } from './inputs.js';
import { lastEndedState, newest } from './rest.js';
import { localPathOf, statePathFrom } from './state-path.js';

/** A stage, and the state that its job was left with, or started with. */
export interface StageState {
  readonly name: StageName;
  /** Undefined for a job that starts with nothing, or never had a checkpoint. */
  readonly state?: JobState;
}

/**
 * Where a job begins: at the newest state that is known of its stage, at a path, or with nothing but its consumer group's offsets, and then
 * also at the records since a time (ms since the epoch).
 */
export type From = 'newest' | 'nothing' | { readonly path: string } | { readonly sinceMs: number };

export interface SubmitOptions {
  /** 'newest' unless given. */
  readonly from?: From;
  /** Whether a job may start without the part of its state that no step takes up; it is refused unless given. */
  readonly dropState?: boolean;
}

/**
 * Submits the stages, side by side, and answers where each goes on. Fails with STATE_IS_GONE before anything is submitted, or as submitStage
 * does, once none is under way any more.
 */
export async function submitEach(
  config: Config,
  pool: Pool,
  names: readonly StageName[],
  { from = 'newest', dropState = false }: SubmitOptions,
): Promise<StageState[]> {
  if (names.length === 0) return [];
  const topics = await knownInputs(config, pool, names);
  const readAgain = typeof from === 'object' && 'sinceMs' in from ? from : undefined;
  // What cannot go on is known before anything is submitted.
  const states: StageState[] = [];
  for (const name of names) {
    const state = await stateFrom(config, pool, name, from);
    states.push({ name, ...(state && { state }) });
  }
  // With the Beam SDK, which takes longer to load than all else together.
  const { submitStage } = await import('./submit.js');
  const submissions = states.map(async ({ name, state }) => {
    const topic = topics.get(stageByName(name).input);
    // From before the topic was adopted: its positions are of another one, and what lies in the new one has not been read.
    const isOfBefore = from === 'newest' && state !== undefined && isBefore(state.takenAt, topic);
    await submitStage(config, name, {
      topic,
      ...(state && { from: { statePath: state.path, dropState: dropState || isOfBefore } }),
      ...(isOfBefore ? { sinceMs: 0 } : readAgain),
    });
  });
  await Promise.allSettled(submissions);
  await Promise.all(submissions);
  return states;
}

function stateIsGone(name: StageName, path: string, from: From): OperatorError {
  // The windows of the aggregator can be had from the topic again; the other stages have no state but their offsets.
  const without = `\`orderflow submit ${name} --fresh${name === 'aggregator' ? ' --again 48' : ''}\` starts it without`;
  const todo = from === 'newest' ? without : 'give the path that `orderflow savepoint` or `orderflow stop` has printed';
  return new OperatorError('STATE_IS_GONE', `${name} would go on from ${path}, which is not there: ${todo}`);
}

async function stateFrom(config: Config, pool: Pool, name: StageName, from: From): Promise<JobState | undefined> {
  if (from === 'nothing' || (typeof from === 'object' && 'sinceMs' in from)) return undefined;
  const state: JobState | undefined =
    from === 'newest'
      ? newest(
          [await newestJobState(pool, name), await lastEndedState(config, name)].filter((each) => each !== undefined),
        )
      : { path: config.remote.flink ? from.path : statePathFrom(from.path), kind: 'savepoint', takenAt: 0 };
  // What is elsewhere, Flink has to look for itself.
  const path = state && localPathOf(state.path);
  if (path !== undefined && !config.remote.flink && !existsSync(path)) throw stateIsGone(name, path, from);
  return state;
}
