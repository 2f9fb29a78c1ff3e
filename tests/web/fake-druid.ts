/** A Druid that answers SQL from rows in memory, on a free port. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { runSql, type Row, UnknownDatasource, type Value } from './sql-interpreter.js';

export interface Statement {
  readonly query: string;
  readonly parameters: readonly { readonly type: string; readonly value: Value }[];
  readonly context: Readonly<Record<string, unknown>>;
}

export interface FakeDruid {
  readonly url: string;
  /** Everything that was asked, in its order. */
  readonly statements: Statement[];
  /** May be changed at any time. */
  datasources: Record<string, Row[]>;
  /** While set, every question is refused with these words. */
  refusal: string | undefined;
  stop(): Promise<void>;
}

export async function startFakeDruid(datasources: Record<string, Row[]> = {}): Promise<FakeDruid> {
  const server = createServer((request, response) => {
    const answer = (status: number, body: unknown) => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    };
    void json(request).then((body) => {
      const statement = body as Statement;
      druid.statements.push(statement);
      if (druid.refusal !== undefined) return answer(500, { errorMessage: druid.refusal });
      try {
        const values = statement.parameters.map(({ value }) => value);
        answer(200, runSql(statement.query, values, druid.datasources));
      } catch (error) {
        const { message } = error as Error;
        answer(400, { errorMessage: error instanceof UnknownDatasource ? message : `${message}: ${statement.query}` });
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const druid: FakeDruid = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    statements: [],
    datasources,
    refusal: undefined,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return druid;
}
