/** What Kafka's own programs say of their rates. */
import { expect, test } from 'vitest';
import { consumedPerSecond, producedPerSecond } from '../../../bench/contest/limits.js';

test('the producer says its rate last, after those of the seconds before', () => {
  const said = [
    '63412 records sent, 12682.4 records/sec (3.63 MB/sec), 1431.9 ms avg latency, 1804.0 ms max latency.',
    '200000 records sent, 51203.277010 records/sec (14.65 MB/sec), 1201.52 ms avg latency, 1804.00 ms max latency, ' +
      '1226 ms 50th, 1761 ms 95th, 1795 ms 99th, 1802 ms 99.9th.',
  ].join('\n');
  expect(producedPerSecond(said)).toBe(51_203.27701);
});

test("the consumer's rate is that of fetching, without joining the group", () => {
  const said =
    '2026-01-02 03:04:05:006, 2026-01-02 03:04:09:016, 57.2205, 14.2694, 200000, 49875.3117, 3400, 610, 93.8041, 327868.8525\n';
  expect(consumedPerSecond(said)).toBe(327_868.8525);
});

test('what is no rate is an error that shows it', () => {
  expect(() => producedPerSecond('java.net.ConnectException')).toThrow('java.net.ConnectException');
  expect(() => consumedPerSecond('')).toThrow('no rate');
});
