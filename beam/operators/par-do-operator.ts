/**
 * The operator of a ParDo, which names its transform and the element in errors: those of the SDK's operators say neither.
 *
 * What it stands around is our operator for a DoFn, and the SDK's for what it makes of a ParDo itself: windows, timestamps,
 * splitting.
 */
import '../sdk.js';
import { SERIALIZED_JS_DOFN_INFO } from 'apache-beam/internal/urns';
import { ParDoPayload, type PTransform } from 'apache-beam/proto/beam_runner_api';
import type { WindowedValue } from 'apache-beam/values';
import {
  NonPromise,
  createOperator,
  registerOperator,
  type IOperator,
  type OperatorContext,
  type ProcessResult,
} from 'apache-beam/worker/operators';
import { bundleError } from './bundle-error.js';
import { DoFnOperator } from './do-fn-operator.js';
import { parDoUrn, substituteOperator } from './operator-urns.js';

const operatorUrn = 'orderflow:operator:par_do:v1';

/** Gives the ParDos among these transforms the operator of this file. Done to a bundle's descriptor; idempotent. */
export const withParDoOperators = (transforms: Record<string, PTransform>): void =>
  substituteOperator(transforms, parDoUrn, operatorUrn);

/** The SDK's operator of a transform that has ours in the descriptor, where the SDK looks for it. */
function stockOperator(transformId: string, transform: PTransform, context: OperatorContext): IOperator {
  const transforms = {
    ...context.descriptor.transforms,
    [transformId]: { ...transform, spec: { ...transform.spec!, urn: parDoUrn } },
  };
  return createOperator(transformId, { ...context, descriptor: { ...context.descriptor, transforms } });
}

class ParDoOperator implements IOperator {
  private readonly operator: IOperator;
  private readonly place: string;

  constructor(
    readonly transformId: string,
    transform: PTransform,
    context: OperatorContext,
  ) {
    this.place = `transform "${transform.uniqueName}"`;
    const { doFn } = ParDoPayload.fromBinary(transform.spec!.payload);
    this.operator =
      doFn?.urn === SERIALIZED_JS_DOFN_INFO
        ? new DoFnOperator(transformId, transform, context)
        : stockOperator(transformId, transform, context);
  }

  async startBundle(): Promise<void> {
    await this.operator.startBundle().catch((error: unknown) => this.fail([], error));
  }

  process(element: WindowedValue<unknown>): ProcessResult {
    try {
      const result = this.operator.process(element);
      return result === NonPromise ? result : result.catch((error: unknown) => this.fail([element.value], error));
    } catch (error) {
      return this.fail([element.value], error);
    }
  }

  async finishBundle(): Promise<void> {
    await this.operator.finishBundle().catch((error: unknown) => this.fail([], error));
  }

  private fail(elements: readonly unknown[], error: unknown): never {
    throw bundleError(this.place, elements, error);
  }
}

registerOperator(operatorUrn, ParDoOperator);
