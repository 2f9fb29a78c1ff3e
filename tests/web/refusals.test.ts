/** What the page refuses comes into the audit trail: by whom, what, and how often; a flood of it makes few events. */
import fastify from 'fastify';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { mostRepeats } from '../../audit/repeats.js';
import type { Pool } from '../../metastore/connection.js';
import { recordRefusals } from '../../web/refusals.js';
import { callbackPath } from '../../web/shared/paths.js';

interface Written {
  readonly principal: string;
  readonly host: string;
  readonly action: string;
  readonly subjects: readonly string[];
  readonly outcome: string;
  readonly details: { readonly count: number } & Record<string, unknown>;
}

/** An app whose routes answer with the status that the query names, and what has come into its trail. */
function anApp() {
  const written: Written[] = [];
  const trail = { isAway: false };
  const pool = {
    query: async (_text: string, values: readonly unknown[]) => {
      if (trail.isAway) throw Object.assign(new Error('connect'), { code: 'ECONNREFUSED' });
      const [principal, host, , action, subjects, outcome, details] = values as string[];
      written.push({ principal, host, action, subjects, outcome, details: JSON.parse(details!) } as never);
      return { rows: [{ seq: written.length }] };
    },
  } as unknown as Pool;
  const app = fastify();
  app.decorateRequest('person', null);
  app.addHook('onRequest', async (request) => {
    const { as } = request.query as { as?: string };
    if (as !== undefined) request.person = { name: as, rights: [] };
  });
  recordRefusals(app, pool);
  for (const path of ['/api/order', '/api/cube', callbackPath])
    app.get(path, (request, reply) => reply.code(Number((request.query as { status: string }).status)).send());
  onTestFinished(() => app.close());
  return { app, written, trail, ask: (path: string) => app.inject(path) };
}

describe('what the page refuses', () => {
  it('is an event for each kind, with who asked, from where, and what for', async () => {
    const { app, written, ask } = anApp();
    await ask('/api/order?status=403&as=ana&id=O-1');
    await ask('/api/cube?status=401');
    await ask(`${callbackPath}?status=400&code=secret`);
    for (const status of [200, 302, 400, 404, 500, 503]) await ask(`/api/order?status=${status}`);
    await app.close();
    const page = (principal: string, subject: string, status: string, problem: string) => ({
      ...{ principal, host: '127.0.0.1', action: 'page', subjects: [subject], outcome: 'denied' },
      details: { source: 'page', status, problem, count: 1, first: expect.any(String) as string },
    });
    expect(written).toEqual([
      page('ana', '/api/order', '403', 'not allowed'),
      page('', '/api/cube', '401', 'not logged in'),
      page('', callbackPath, '400', 'no valid login'),
    ]);
  });

  it('is counted when it comes again, and told apart up to a bound: a flood does not fill the trail', async () => {
    const { app, written } = anApp();
    const addresses = Array.from(
      { length: 2 * mostRepeats.ofOne },
      (_value, number) => `10.0.${number >> 8}.${number & 255}`,
    );
    for (const remoteAddress of [...addresses, ...addresses])
      await app.inject({ url: '/api/order?status=403&as=ana', remoteAddress });
    await app.close();
    expect(written).toHaveLength(mostRepeats.ofOne + 1);
  });

  it('waits for a metastore that is away, which is said once, and is written down when it is back', async () => {
    const said = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    onTestFinished(() => said.mockRestore());
    const { app, written, trail, ask } = anApp();
    trail.isAway = true;
    await ask('/api/order?status=403&as=ana');
    await vi.waitFor(() => expect(said).toHaveBeenCalledTimes(1), { timeout: 30_000 });
    await ask('/api/cube?status=401');
    trail.isAway = false;
    await vi.waitFor(() => expect(written.map(({ subjects }) => subjects[0])).toEqual(['/api/order', '/api/cube']), {
      timeout: 30_000,
    });
    await app.close();
    expect(said.mock.calls).toEqual([
      ['orderflow: what the page refuses cannot be written down yet (Error ECONNREFUSED)'],
    ]);
    expect(written).toHaveLength(2);
  });
});
