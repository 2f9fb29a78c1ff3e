/** Where a ledger keeps its facts. */
import { blocksInMemory, type Blocks } from './facts.js';
import { textsInMemory, type Texts } from './names.js';

export interface Storage {
  readonly records: Blocks;
  readonly history: Blocks;
  readonly journal: Blocks;
  readonly names: Texts;
}

export const inMemory = (): Storage => ({
  records: blocksInMemory(),
  history: blocksInMemory(),
  journal: blocksInMemory(),
  names: textsInMemory(),
});
