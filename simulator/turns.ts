/** Who goes on next: every call to another process waits for its turn, and whoever has the turn goes on alone until its next call. */
import type { Random } from '../generator/random.js';

/** Something that runs: a batch of a stage, in one life of its process. */
export interface Execution {
  readonly name: string;
}

/** How a turn ends: the call goes on, or its connection breaks. */
type End = 'go' | 'break';

interface Waiting {
  readonly execution: Execution;
  readonly what: string;
  readonly breaks: boolean;
  readonly end: (end: End) => void;
}

export class ConnectionLost extends Error {
  readonly code = 'ECONNRESET';
}

export function createTurns(random: Random, note: (text: string) => void) {
  /** Whoever goes on: one at a time, until nobody can go on without another turn (`settled`). */
  let current: Execution;
  const waiting: Waiting[] = [];

  function take(index: number, end: End): void {
    const [turn] = waiting.splice(index, 1);
    note(`${turn!.execution.name}: ${turn!.what}${end === 'break' ? ', and the connection breaks' : ''}`);
    current = turn!.execution;
    turn!.end(end);
  }

  return {
    /** Begins the work as this execution. To be `settled` before anybody else goes on. */
    run<T>(execution: Execution, work: () => T): T {
      current = execution;
      return work();
    },
    /** Waits. Rejects with ConnectionLost where the connection breaks, if it may, and never settles where its process is killed. */
    async wait(what: string, { breaks = true } = {}): Promise<void> {
      const execution = current;
      const end = await new Promise<End>((resolve) => waiting.push({ execution, what, breaks, end: resolve }));
      if (end === 'break') throw new ConnectionLost('gone');
    },
    count: () => waiting.length,
    /** Gives the turn to one that waits, whichever. `breaks` is how likely its connection breaks. */
    giveOne(breaks: number): void {
      if (waiting.length === 0) return;
      const index = random.between(0, waiting.length - 1);
      take(index, random.chance(breaks) && waiting[index]!.breaks ? 'break' : 'go');
    },
    /** Kills an execution where it waits. */
    kill(execution: Execution): void {
      for (let index = waiting.length - 1; index >= 0; index -= 1)
        if (waiting[index]!.execution === execution) waiting.splice(index, 1);
    },
  };
}

export type Turns = ReturnType<typeof createTurns>;

/** Resolves when all that can go on without another turn has. */
export const settled = () => new Promise<void>((resolve) => setImmediate(resolve));
