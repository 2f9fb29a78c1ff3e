/**
 * The data channel between runner and worker (Fn API, service BeamFnData), with what the SDK's own lacks: messages of a
 * bundle are handled strictly one after another, nothing stays behind in a buffer, both directions have backpressure,
 * and what a bundle leaves behind is freed.
 *
 * Stands in for apache-beam's worker/data.js, whose handlers of one bundle run side by side, so that a bundle ends while
 * earlier chunks still wait. Can go when the SDK queues by (bundle, transform).
 */
import type { Elements } from 'apache-beam/proto/beam_fn_api';
import { PublicError } from '../../errors.js';
import { ElementSender } from './element-sender.js';
import { type ElementStream, openElementStream } from './element-stream.js';
import { EndedBundles } from './ended-bundles.js';

/** What a source operator of the SDK registers for its bundle. */
export interface DataConsumer {
  sendData(data: Uint8Array): Promise<void>;
  sendTimers(timerFamilyId: string, timers: Uint8Array): Promise<void>;
  close(): void;
  onError(error: Error): void;
}

type Message = { data: Uint8Array; isLast: boolean } | { timers: Uint8Array; timerFamilyId: string };

interface Queue {
  readonly bundleId: string;
  messages: Message[];
  consumer: DataConsumer | undefined;
  isDraining: boolean;
  /** Set once the consumer failed: what still comes for it is thrown away. */
  hasFailed: boolean;
}

// Above this many bytes in all queues the stream is paused, below half of it resumed: a slow sink stops the runner.
const maxBytes = 16 * 1024 * 1024;

export class OrderedDataChannel {
  private readonly queues = new Map<string, Queue>();
  private queuedBytes = 0;
  private isPaused = false;
  private failure: Error | undefined;
  private readonly ended: Promise<void>;
  private resolveEnded!: () => void;
  private readonly sender: ElementSender;

  /** `onFailure` hears once that the stream broke or ended, after the bundles under way have. */
  constructor(
    private readonly stream: ElementStream,
    private readonly onFailure: (error: Error) => void,
    /** Some may have ended before the channel was opened. */
    private readonly endedBundles = new EndedBundles(),
  ) {
    this.sender = new ElementSender(stream);
    this.ended = new Promise((resolve) => (this.resolveEnded = resolve));
    stream.on('data', (elements) => this.receive(elements));
    stream.on('error', (error) => this.fail(new PublicError(error.message)));
    stream.on('end', () => this.fail(new PublicError('the runner closed the data channel')));
  }

  /** Called by the source operator when its bundle starts: what came before is handed over first, in order. */
  async registerConsumer(bundleId: string, transformId: string, consumer: DataConsumer): Promise<void> {
    const queue = this.queueOf(bundleId, transformId);
    queue.consumer = consumer;
    if (this.failure) consumer.onError(this.failure);
    else this.drain(queue);
  }

  /** Called by the source operator when it has seen the end of its data: frees everything that was kept for it. */
  unregisterConsumer(bundleId: string, transformId: string): void {
    this.remove(keyOf(bundleId, transformId));
  }

  /**
   * Called when a bundle has ended, well or not, perhaps before its source came to register: frees everything that was
   * kept for it, and throws away what the runner still sends. Idempotent.
   */
  endBundle(bundleId: string): void {
    for (const [key, queue] of this.queues) if (queue.bundleId === bundleId) this.remove(key);
    this.endedBundles.add(bundleId);
  }

  getSendChannel(bundleId: string, transformId: string): DataConsumer {
    const send = (data: Uint8Array, isLast: boolean) =>
      this.sender.send({ data: [{ instructionId: bundleId, transformId, data, isLast }], timers: [] }, data.length);
    return {
      sendData: (data) => send(data, false),
      sendTimers: () => Promise.reject(new PublicError('timers are not supported by this worker')),
      close: () => void send(new Uint8Array(), true).catch(() => undefined),
      onError: (error) => {
        throw error;
      },
    };
  }

  /** Says that nothing more comes. Resolves when the runner has read everything and ends its side, or has gone. */
  close(): Promise<void> {
    this.stream.end();
    return this.ended;
  }

  /** What is kept: sources, bytes that wait for them, and bytes that wait for the runner. For tests of the bounds. */
  get kept(): { queues: number; bytes: number; unsentBytes: number } {
    return { queues: this.queues.size, bytes: this.queuedBytes, unsentBytes: this.sender.unsentBytes };
  }

  private receive(elements: Elements): void {
    for (const { instructionId, transformId, data, isLast } of elements.data) {
      this.enqueue(instructionId, transformId, { data, isLast });
    }
    for (const { instructionId, transformId, timerFamilyId, timers } of elements.timers) {
      this.enqueue(instructionId, transformId, { timers, timerFamilyId });
    }
    if (this.queuedBytes > maxBytes && !this.isPaused) {
      this.isPaused = true;
      this.stream.pause();
    }
  }

  private enqueue(bundleId: string, transformId: string, message: Message): void {
    if (this.endedBundles.has(bundleId)) return;
    const queue = this.queueOf(bundleId, transformId);
    if (queue.hasFailed) return;
    queue.messages.push(message);
    this.queuedBytes += sizeOf(message);
    if (queue.consumer) this.drain(queue);
  }

  private drain(queue: Queue): void {
    if (queue.isDraining) return;
    queue.isDraining = true;
    // Not in this tick: the operator that registers must first come to wait for its end of data.
    setImmediate(() => void this.handleMessages(queue));
  }

  private async handleMessages(queue: Queue): Promise<void> {
    const consumer = queue.consumer;
    let isEnded = false;
    try {
      for (let message = queue.messages.shift(); message && consumer; message = queue.messages.shift()) {
        this.release(sizeOf(message));
        if ('timers' in message) await consumer.sendTimers(message.timerFamilyId, message.timers);
        else {
          if (message.data.length > 0) await consumer.sendData(message.data);
          isEnded ||= message.isLast;
        }
      }
      if (isEnded) consumer?.close();
    } catch (error) {
      queue.hasFailed = true;
      this.clear(queue);
      consumer?.onError(error as Error);
    } finally {
      queue.isDraining = false;
    }
  }

  private remove(key: string): void {
    const queue = this.queues.get(key);
    if (!queue) return;
    this.clear(queue);
    this.queues.delete(key);
  }

  private clear(queue: Queue): void {
    for (const message of queue.messages) this.release(sizeOf(message));
    queue.messages = [];
  }

  private release(bytes: number): void {
    this.queuedBytes -= bytes;
    if (this.isPaused && this.queuedBytes < maxBytes / 2) {
      this.isPaused = false;
      this.stream.resume();
    }
  }

  private fail(error: Error): void {
    if (this.failure) return;
    this.failure = error;
    this.sender.fail(error);
    for (const queue of this.queues.values()) {
      queue.consumer?.onError(error);
      this.clear(queue);
    }
    this.queues.clear();
    this.resolveEnded();
    this.onFailure(error);
  }

  private queueOf(bundleId: string, transformId: string): Queue {
    const key = keyOf(bundleId, transformId);
    let queue = this.queues.get(key);
    if (!queue) {
      queue = { bundleId, messages: [], consumer: undefined, isDraining: false, hasFailed: false };
      this.queues.set(key, queue);
    }
    return queue;
  }
}

const keyOf = (bundleId: string, transformId: string) => `${bundleId} ${transformId}`;
const sizeOf = (message: Message) => ('data' in message ? message.data.length : message.timers.length);

/** Opens the data channel of a worker. Nothing is thrown when it breaks: the bundles under way and `onFailure` hear it. */
export function openDataChannel(
  endpoint: string,
  workerId: string,
  maxMessageBytes: number,
  onFailure: (error: Error) => void,
  endedBundles: EndedBundles,
): OrderedDataChannel {
  return new OrderedDataChannel(openElementStream(endpoint, workerId, maxMessageBytes), onFailure, endedBundles);
}
