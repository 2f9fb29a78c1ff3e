/** The `orderflow` command within the test's own process. */
import { vi } from 'vitest';
import { parserFor } from '../../cli/parser.js';

/** The lines that `orderflow WORDS` prints; rejects with its error. */
export async function linesHere(...words: string[]): Promise<string[]> {
  const printed: string[] = [];
  const log = vi.spyOn(console, 'log').mockImplementation((text) => void printed.push(String(text)));
  try {
    await (await parserFor(words)).parseAsync();
    return printed;
  } finally {
    log.mockRestore();
  }
}
