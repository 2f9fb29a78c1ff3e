/**
 * Lets the SDK's messages be read also when they have fields that it does not know, as those of a newer runner may.
 *
 * The readers in apache-beam's proto/ were broken by the SDK's build: for an unknown field they name a variable that is not
 * there, `wireType`, so that the message cannot be read and its stream breaks. Without them protobuf-ts reads by reflection.
 */
import '../sdk.js';
import * as endpoints from 'apache-beam/proto/endpoints';
import * as fnApi from 'apache-beam/proto/beam_fn_api';
import * as provisionApi from 'apache-beam/proto/beam_provision_api';
import * as metrics from 'apache-beam/proto/metrics';
import * as runnerApi from 'apache-beam/proto/beam_runner_api';

const exported = [endpoints, fnApi, metrics, provisionApi, runnerApi].flatMap((module) =>
  Object.values<unknown>(module),
);
for (const message of exported) {
  if (typeof message !== 'object' || message === null || !('typeName' in message)) continue;
  const prototype = Object.getPrototypeOf(message) as { internalBinaryRead?: unknown };
  if (Object.hasOwn(prototype, 'internalBinaryRead')) delete prototype.internalBinaryRead;
}
