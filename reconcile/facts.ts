/** Facts of a fixed size, sorted into buckets that fit into memory one at a time. Pure but for where full blocks go. */

/** Where full blocks go; all of one size. */
export interface Blocks {
  /** Keeps a copy, and answers its place. */
  write(block: Uint8Array): number;
  read(place: number, into: Uint8Array): void;
  /** Forgets all blocks. */
  clear(): void;
}

/** Blocks in memory. */
export function blocksInMemory(): Blocks {
  let blocks: Uint8Array[] = [];
  return {
    write: (block) => blocks.push(Uint8Array.from(block)) - 1,
    read: (place, into) => into.set(blocks[place]!),
    clear: () => void (blocks = []),
  };
}

/** A power of two: five million orders are 5,000 a bucket. */
export const buckets = 1024;
const blockBytes = 8 * 1024;

/** A block that is written to, or read from: the same bytes as words and as doubles. */
export interface Block {
  readonly words: Uint32Array;
  readonly doubles: Float64Array;
  /** Where the fact begins that was added last, in words; the end, for a block that is read. */
  at: number;
}

export interface FactStore {
  /** Room for another fact: it begins at the block's `at`, at the half of that in doubles. All of it has to be written. */
  add(bucket: number): Block;
  /** Hands in the facts of a bucket in the order in which they were added: those before `at` of each block. */
  read(bucket: number, onBlock: (block: Block) => void): void;
  clear(): void;
}

/** `factWords`: an even number. */
export function createFactStore(factWords: number, blocks: Blocks): FactStore {
  const blockWords = Math.floor(blockBytes / 4 / factWords) * factWords;
  const open: (Block & { readonly bytes: Uint8Array })[] = [];
  const places: number[][] = Array.from({ length: buckets }, () => []);
  const ends: number[] = new Array<number>(buckets).fill(0);

  function newBlock() {
    const bytes = new Uint8Array(blockBytes);
    return { bytes, words: new Uint32Array(bytes.buffer), doubles: new Float64Array(bytes.buffer), at: 0 };
  }
  const scratch = newBlock();

  return {
    add(bucket) {
      const block = (open[bucket] ??= newBlock());
      if (ends[bucket] === blockWords) {
        places[bucket]!.push(blocks.write(block.bytes));
        ends[bucket] = 0;
      }
      block.at = ends[bucket]!;
      ends[bucket] = block.at + factWords;
      return block;
    },
    read(bucket, onBlock) {
      for (const place of places[bucket]!) {
        blocks.read(place, scratch.bytes);
        scratch.at = blockWords;
        onBlock(scratch);
      }
      const block = open[bucket];
      if (block) onBlock({ words: block.words, doubles: block.doubles, at: ends[bucket]! });
    },
    clear() {
      blocks.clear();
      places.forEach((list) => (list.length = 0));
      ends.fill(0);
    },
  };
}
