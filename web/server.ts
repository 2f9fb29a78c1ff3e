/** The server of the analyst's page. It has no route that changes anything of the system. */
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Server } from 'node:https';
import { join } from 'node:path';
import fastifyCookie from '@fastify/cookie';
import fastifyStatic from '@fastify/static';
import fastify, { type FastifyInstance, type FastifyRequest } from 'fastify';
import { type Config, projectRoot } from '../config.js';
import { codeOf, OperatorError } from '../errors.js';
import { stageProgress } from '../kafka/lag.js';
import { createPool, metastoreError, type Pool } from '../metastore/connection.js';
import { databaseOf } from '../metastore/database.js';
import { orderStory } from '../metastore/queries.js';
import { normalId } from '../model/identifiers.js';
import { allowed, NotAllowed, personOf } from './access.js';
import { csvOf } from './csv.js';
import { answerCube } from './cube/answer.js';
import type { Parts } from './cube/parts.js';
import { answerValues } from './cube/suggestions.js';
import { document, vendorModules } from './document.js';
import { answerFlow } from './flow.js';
import { guard, refuseBadPath } from './guard.js';
import { followCertificate, readCertificate } from './https.js';
import { createLogin } from './login/login.js';
import { checkExposure } from './exposure.js';
import { BadQuery, readState } from './read-state.js';
import { recordRefusals } from './refusals.js';
import { type Sample, type Sampler, startSampler } from './samples.js';
import type { MeAnswer, StateAnswer, StoryAnswer, ValuesAnswer } from './shared/answers.js';
import { dimensionOf, limits } from './shared/model.js';
import { documentPaths, queryIn } from './shared/paths.js';

/** How long the metastore may work on a question, in ms. */
const metastoreTimeoutMs = 15_000;

export interface ServerOptions {
  /** How far the stages are. Default: as Kafka says. */
  readonly readProgress?: () => Promise<Sample['progress']>;
  /** Connections to the metastore, which the server closes. Default: to that of the configuration. */
  readonly pool?: Pool;
  /** A clock that only goes on, in ms: logins end by it. Default: this process's. */
  readonly now?: () => number;
}

/**
 * The server, not listening yet; `close` ends what it has open. Throws an OperatorError where the settings would show the page to everybody, and
 * where a file that they name cannot be used.
 */
export async function createServer(config: Config, options: ServerOptions = {}): Promise<FastifyInstance> {
  checkExposure(config);
  const { cubes } = config;
  const https = cubes.certFile === '' ? null : readCertificate(cubes);
  const login = cubes.issuer === '' ? undefined : createLogin(cubes, options.now ?? (() => performance.now()));
  const {
    readProgress = () => stageProgress(config),
    pool = createPool(databaseOf(config, 'page'), { connections: 4, queryTimeoutMs: metastoreTimeoutMs }),
  } = options;
  const app: FastifyInstance = fastify({
    logger: false,
    bodyLimit: 1,
    forceCloseConnections: true,
    frameworkErrors: refuseBadPath,
    https,
  }) as never;
  if (https) followCertificate(app.server as Server, cubes);
  const parts: Parts = { config, pool };
  const sampler = startSampler(readProgress);
  app.addHook('onClose', async () => {
    sampler.stop();
    await pool.end();
  });
  // Hooks of the end run from the last one to the first: what is left is written down before the pool ends.
  recordRefusals(app, pool);
  await app.register(fastifyCookie, { secret: randomBytes(32) });
  guard(app, config, login && ((request) => personOf(login.find(request))));
  app.setNotFoundHandler((_request, reply) => reply.code(404).send({ problem: 'there is no such page' }));
  app.setErrorHandler((error, _request, reply) => {
    const { statusCode } = error as { statusCode?: number };
    if (error instanceof BadQuery) return reply.code(400).send({ problem: error.message });
    if (error instanceof NotAllowed) return reply.code(403).send({ problem: error.message });
    if (error instanceof OperatorError) return reply.code(statusCode ?? 503).send({ problem: error.message });
    if (statusCode !== undefined && statusCode < 500)
      return reply.code(statusCode).send({ problem: 'the request is not understood' });
    // Its message may hold data: the terminal gets the kind, the page a sentence.
    console.error(`orderflow: a request failed (${(error as Error).name} ${codeOf(error) ?? ''})`);
    return reply.code(500).send({ problem: 'the server failed on this request' });
  });

  await login?.addTo(app);
  await serveFiles(app);
  serveAnswers(app, parts, sampler);
  return app;
}

async function serveFiles(app: FastifyInstance): Promise<void> {
  const folders = [
    { prefix: '/page/', root: join(projectRoot, 'dist', 'web', 'page') },
    { prefix: '/shared/', root: join(projectRoot, 'dist', 'web', 'shared') },
    { prefix: '/assets/', root: join(projectRoot, 'web', 'assets') },
  ];
  for (const folder of folders) {
    await app.register(fastifyStatic, {
      ...folder,
      decorateReply: false,
      index: false,
      cacheControl: false,
      allowedPath: (path) => /^(\/[\w-]+)+\.(js|css|svg)$/.test(path),
    });
  }
  for (const { path, file } of Object.values(vendorModules)) {
    app.get(path, async (_request, reply) =>
      reply
        .type('text/javascript; charset=utf-8')
        .header('cache-control', 'private, max-age=3600')
        .send(await readFile(join(projectRoot, 'node_modules', file))),
    );
  }
  for (const path of documentPaths) {
    app.get(path, (_request, reply) => reply.type('text/html; charset=utf-8').send(document));
  }
}

function serveAnswers(app: FastifyInstance, parts: Parts, sampler: Sampler): void {
  const stateIn = (request: FastifyRequest, query = new URLSearchParams(queryIn(request))) =>
    allowed(request.person!, readState(query));
  app.get('/api/me', (request): MeAnswer => request.person!);
  app.get('/api/state', async (request): Promise<StateAnswer> => ({ state: stateIn(request) }));
  app.get('/api/cube', (request) => answerCube(parts, stateIn(request)));
  app.get('/api/cube.csv', async (request, reply) => {
    const answer = await answerCube(parts, stateIn(request));
    const [problem] = answer.problems;
    if (problem !== undefined) return reply.code(503).send({ problem });
    const time = new Date(answer.answeredAt).toISOString().slice(0, 19).replaceAll(':', '-');
    return reply
      .type('text/csv; charset=utf-8')
      .header('content-disposition', `attachment; filename="${answer.state.stream}-${time}.csv"`)
      .send(csvOf(answer));
  });
  app.get('/api/values', async (request): Promise<ValuesAnswer> => {
    const query = new URLSearchParams(queryIn(request));
    const dimension = query.get('dimension') ?? '';
    query.delete('dimension');
    const state = stateIn(request, query);
    if (!dimensionOf(state.stream, dimension)) throw new BadQuery('dimension', `${state.stream} has no such dimension`);
    allowed(request.person!, { ...state, splits: [dimension] });
    return { stream: state.stream, values: await answerValues(parts, state, dimension) };
  });
  app.get('/api/flow', () => answerFlow(parts, sampler));
  app.get('/api/order', async (request, reply) => {
    const id = normalId(new URLSearchParams(queryIn(request)).get('id') ?? '');
    if (id === '' || id.length > limits.valueLength || id.includes('\0')) {
      throw new BadQuery('id', `expected an order id of at most ${limits.valueLength} characters`);
    }
    const story = await orderStory(parts.pool, id).catch((error: unknown) => {
      throw metastoreError(databaseOf(parts.config, 'page'), error);
    });
    if (story) return story satisfies StoryAnswer;
    return reply
      .code(404)
      .send({ problem: `nothing is known of order ${id}: check the id, or it came in too recently` });
  });
}
