/** The SDK's own worker, in the test's process: to show what it does where ours differs. */
import '../../beam/sdk.js';
import { Worker } from 'apache-beam/worker/worker';
import { withDoFnOperators } from '../../beam/operators/operator-urns.js';
import type { FakeRunner } from './fake-runner.js';

export interface StockWorker {
  readonly controlChannel: NodeJS.EventEmitter;
  readonly dataChannels: Map<string, { readonly consumers: Map<string, unknown> }>;
}

// It writes lines for each bundle and instruction, also after a test has ended.
for (const method of ['debug', 'log', 'warn', 'error'] as const) console[method] = () => undefined;

/**
 * Connects the SDK's worker to the runner. Batch ParDos have the operator of beam/ (the SDK has nothing like it), all else
 * is the SDK's own.
 */
export async function startStockWorker(runner: FakeRunner): Promise<StockWorker> {
  for (const { transforms } of runner.descriptors.values()) withDoFnOperators(transforms);
  const worker = new Worker('w1', { controlUrl: runner.endpoint } as never, {}) as unknown as StockWorker;
  await runner.connected;
  return worker;
}

/** Without this, the end of the runner ends the test's process. */
export function disarm({ controlChannel }: StockWorker): void {
  controlChannel.on('error', () => undefined);
}
