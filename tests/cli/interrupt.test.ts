import { afterEach, expect, it, vi } from 'vitest';
import { exitOnInterrupt } from '../../cli/interrupt.js';

const exit = vi.spyOn(process, 'exit').mockImplementation((() => undefined) as never);
const error = vi.spyOn(console, 'error').mockImplementation(() => undefined);
afterEach(() => void vi.clearAllMocks());

it('says what an interrupt means, and exits as shells have it', () => {
  exitOnInterrupt('nothing was written');
  process.emit('SIGINT');
  expect(error.mock.calls).toEqual([['orderflow: interrupted: nothing was written']]);
  expect(exit.mock.calls).toEqual([[130]]);
});

it('says nothing that is true no more', () => {
  exitOnInterrupt('nothing was written')();
  process.emit('SIGINT');
  expect(error).not.toHaveBeenCalled();
  expect(exit).not.toHaveBeenCalled();
});
