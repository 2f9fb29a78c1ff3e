/**
 * Fixed windows as a class that pipelines carry by name. The SDK's fixedWindows travel as source code, which no worker of ours evaluates
 * (registered-functions.ts).
 */
import '../sdk.js';
import Long from 'long';
import { IntervalWindowCoder } from 'apache-beam/coders/standard_coders';
import { requireForSerialization } from 'apache-beam/serialization';
import type { WindowFn } from 'apache-beam/transforms/window';
import { fixedWindows } from 'apache-beam/transforms/windowings';
import { IntervalWindow } from 'apache-beam/values';

export class FixedWindows implements WindowFn<IntervalWindow> {
  constructor(private readonly sizeSeconds: number) {}

  assignWindows(timestamp: Long): IntervalWindow[] {
    const size = this.sizeSeconds * 1000;
    const start = timestamp.sub(timestamp.mod(size));
    return [new IntervalWindow(start, start.add(size))];
  }

  windowCoder() {
    return new IntervalWindowCoder();
  }

  /** What the runner is told, as the SDK's own. */
  toProto() {
    return fixedWindows(Long.fromNumber(this.sizeSeconds)).toProto();
  }

  isMerging() {
    return false;
  }

  assignsToOneWindow() {
    return true;
  }
}

requireForSerialization('orderflow/beam/operators/fixed-windows', { FixedWindows });
