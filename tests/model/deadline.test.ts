import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { DeadlineError, millisLeft, orDeadline, withinMillis } from '../../model/deadline.js';

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance', 'setTimeout', 'clearTimeout'] }));
afterEach(() => void vi.useRealTimers());

test('what is left is handed down through every await, and is endless where nobody has set an end', async () => {
  expect(millisLeft()).toBe(Infinity);
  await withinMillis(5_000, async () => {
    vi.advanceTimersByTime(2_000);
    await turn();
    expect(millisLeft()).toBe(3_000);
    vi.advanceTimersByTime(4_000);
    expect(await Promise.all([turn().then(millisLeft)])).toEqual([-1_000]);
  });
  expect(millisLeft()).toBe(Infinity);
});

test('batches side by side have their own time, and a call within another has no more than that one', async () => {
  const left = (millis: number) =>
    withinMillis(millis, async () => {
      await turn();
      return [millisLeft(), withinMillis(10_000, millisLeft), withinMillis(10, millisLeft)];
    });
  expect(await Promise.all([left(5_000), left(100)])).toEqual([
    [5_000, 5_000, 10],
    [100, 100, 10],
  ]);
});

test('an answer that comes in time is the answer, and a failure the failure', async () => {
  const late = vi.fn();
  expect(await orDeadline(10, Promise.resolve('answer'), late)).toBe('answer');
  await expect(orDeadline(10, Promise.reject(new Error('broken')), late)).rejects.toThrow('broken');
  expect(late).not.toHaveBeenCalled();
});

test('one that comes late is given back', async () => {
  const late = vi.fn();
  let answer: (value: string) => void = () => undefined;
  const asked = orDeadline(10, new Promise<string>((resolve) => (answer = resolve)), late);
  const outcome = expect(asked).rejects.toBeInstanceOf(DeadlineError);
  vi.advanceTimersByTime(10);
  await outcome;
  answer('late');
  await turn();
  expect(late).toHaveBeenCalledExactlyOnceWith('late');
});
