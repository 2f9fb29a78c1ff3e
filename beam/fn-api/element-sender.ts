/** The way of elements to the runner, with backpressure: those who send wait until it has taken enough. */
import type { Elements } from 'apache-beam/proto/beam_fn_api';
import type { ElementStream } from './element-stream.js';

// Above this many bytes that the runner has not taken, those who send wait. Up to 16 messages more are in gRPC's hands.
const maxBytes = 16 * 1024 * 1024;

export class ElementSender {
  private unsent = 0;
  private failure: Error | undefined;
  /** Those who wait until the runner has taken more. */
  private waiting: (() => void)[] = [];

  constructor(private readonly stream: Pick<ElementStream, 'write'>) {}

  /** What the runner has not taken yet. */
  get unsentBytes(): number {
    return this.unsent;
  }

  /** Resolves when one may send more. Rejects when the stream broke, before or meanwhile. */
  async send(elements: Elements, bytes: number): Promise<void> {
    if (this.failure) throw this.failure;
    this.unsent += bytes;
    this.stream.write(elements, () => {
      this.unsent -= bytes;
      if (this.unsent <= maxBytes) this.wakeAll();
    });
    while (this.unsent > maxBytes) {
      await new Promise<void>((resolve) => this.waiting.push(resolve));
      if (this.failure) throw this.failure;
    }
  }

  /** Called when the stream broke or ended: nobody waits any more. */
  fail(error: Error): void {
    this.failure = error;
    this.wakeAll();
  }

  private wakeAll(): void {
    for (const wake of this.waiting.splice(0)) wake();
  }
}
