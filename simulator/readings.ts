/** When stages began to read which bytes, and how the validator took orders then. */
import type { KafkaRecord } from '../model/record.js';
import type { StageName } from '../model/stages.js';
import type { PersonalDataMode } from '../transforms/step/personal-data.js';
import type { Step } from './stage-run.js';

export interface Reading {
  /** When a process first began a batch with these bytes, in milliseconds since the epoch. */
  readonly first: number;
  readonly modes: ReadonlySet<PersonalDataMode>;
}

/** By stage and bytes: the same bytes are the same publication, in whichever record. */
export const readingKey = (stage: StageName, base64: string) => `${stage} ${base64}`;

export function createReadings(clock: () => number) {
  const all = new Map<string, { first: number; modes: Set<PersonalDataMode> }>();
  return {
    /** The stage's function in a process of this mode, of which is kept what it reads. */
    by:
      (stage: StageName, mode: PersonalDataMode, step: Step): Step =>
      (batch, context) => {
        for (const { value } of batch as readonly KafkaRecord[]) {
          const key = readingKey(stage, Buffer.from(value!).toString('base64'));
          const reading = all.get(key) ?? { first: clock(), modes: new Set() };
          all.set(key, reading);
          reading.modes.add(mode);
        }
        return step(batch, context);
      },
    all: all as ReadonlyMap<string, Reading>,
  };
}
