/** Every port of a secured stack: where it listens, what it speaks, and whom it answers. Part of secured.test.ts. */
import { expect, test } from 'vitest';
import type { Config } from '../../config.js';
import { tlsFilesOf } from '../../local/authority.js';
import { serviceNames } from '../../local/service.js';
import { readTls } from '../../model/tls-files.js';
import { anAuthority } from '../certificates.js';
import { type Listener, listenersOf } from '../listeners.js';
import { answerTo, answerWithin, authorityAt, isRefusal, plainWords } from './plain-speakers.js';

/** Whose services may have ports that speak plain text: Beam's Fn API, and the pool of workers, which its runner talks to. */
const plainServices = ['taskmanager', 'worker-pool'];
/** Ports of an environment that Flink starts for a job: control, data, logging, provisioning, state, artifacts. */
const portsOfAnEnvironment = 6;

/** To be called within a `describe`: `stack` answers, once the tests run, with a secured stack whose five jobs run. */
export function describeListeners(stack: () => Config, folder: () => string): void {
  const nameOf = ({ service, port }: Listener) => {
    const known = Object.entries(stack().ports).find(([, number]) => number === port);
    return `${service} ${known?.[0] ?? 'another port'} ${port}`;
  };
  const isPostgres = ({ port }: Listener) => port === stack().ports.postgres;
  /** These know who comes by a password or a token, all others by a certificate. */
  const takesStrangers = ({ port }: Listener) =>
    [stack().ports.kafka, stack().ports.postgres, stack().ports.partner].includes(port);
  /** Flink's processes among themselves trust a certificate of their own alone. */
  const authoritiesOf = ({ service }: Listener) => [
    'Orderflow local authority',
    ...(['jobmanager', 'taskmanager'].includes(service) ? ['flink-internal'] : []),
  ];
  const ours = () => readTls(tlsFilesOf(stack(), 'operator'), 'a test');
  /** Whether it speaks HTTP/2 in plain text, as gRPC without TLS does: it begins with SETTINGS, a frame of type 4 (RFC 9113, 6.5). */
  const speaksPlainGrpc = async (listener: Listener) => (await answerTo(listener, plainWords.http2))[3] === 4;

  async function byLanguage(): Promise<{ plain: Listener[]; secured: Listener[] }> {
    const listeners = listenersOf(stack());
    const arePlain = await Promise.all(
      listeners.map(async (listener) => plainServices.includes(listener.service) && speaksPlainGrpc(listener)),
    );
    return {
      plain: listeners.filter((_, index) => arePlain[index]),
      secured: listeners.filter((_, index) => !arePlain[index]),
    };
  }

  test('is on the loopback interface, of all services that listen', () => {
    const listeners = listenersOf(stack());
    expect(listeners.filter(({ isLoopback }) => !isLoopback).map(nameOf)).toEqual([]);
    const silent = serviceNames.filter((name) => !listeners.some(({ service }) => service === name));
    expect(silent).toEqual(serviceNames.filter((name) => /^(druid|spark|auditor|supervisor)/.test(name)));
  });

  test('speaks TLS with a certificate of the authority, but for the Fn API and the worker pool', async () => {
    const { plain, secured } = await byLanguage();
    const others: string[] = [];
    for (const listener of secured) {
      const authority = await authorityAt(listener, ours(), isPostgres(listener));
      if (!authoritiesOf(listener).includes(authority ?? ''))
        others.push(`${nameOf(listener)}: ${authority ?? 'no TLS'}`);
    }
    expect(others).toEqual([]);
    const counts = plainServices.map((name) => plain.filter(({ service }) => service === name).length);
    // As many environments as there are jobs share them, or each has its own.
    expect(counts[0]! % portsOfAnEnvironment, plain.map(nameOf).join()).toBe(0);
    expect(counts[0]).toBeGreaterThan(0);
    expect(counts[1]).toBe(1);
  });

  test('answers nobody who speaks plain text, in whatever language', async () => {
    const { secured } = await byLanguage();
    const answered = await Promise.all(
      secured.flatMap((listener) =>
        Object.entries(plainWords).map(async ([language, words]) => {
          const answer = await answerTo(listener, words);
          return isRefusal(answer) ? [] : [`${nameOf(listener)} in ${language}: ${answer.toString('latin1')}`];
        }),
      ),
    );
    expect(answered.flat()).toEqual([]);
  });

  test('answers nobody without a certificate of the authority, where certificates are asked for', async () => {
    const { secured } = await byLanguage();
    const authority = anAuthority(folder());
    const strangers = readTls({ caFile: authority.caFile, ...authority.write('operator') }, 'a test');
    const answered = await Promise.all(
      secured
        .filter((listener) => !takesStrangers(listener))
        .flatMap((listener) =>
          [{}, strangers].flatMap((files) =>
            Object.entries(plainWords).map(async ([language, words]) => {
              const answer = await answerWithin(listener, words, files);
              return answer.length === 0 ? [] : [`${nameOf(listener)} in ${language}: ${answer.toString('latin1')}`];
            }),
          ),
        ),
    );
    expect(answered.flat()).toEqual([]);
  });
}
