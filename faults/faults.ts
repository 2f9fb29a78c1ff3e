/** THE table of the faults: what is done to the stack, and how long it may take until orders move again. */
import type { ServiceName } from '../local/service.js';
import type { StrikeContext, Struck } from './strike.js';
import { addPartition, addStep, changeAddress, changeReferenceData, releaseDuringKill } from './changes.js';
import { rotateCertificates, rotateDatabasePasswords, rotateKafkaPasswords, rotatePartnerToken } from './rotations.js';
import { killInCheckpoint, killServices, killWorker, misbehave, refuseConnections } from './strikes.js';
import { expireCertificate, forgetPassword, mistakePassword, takeRightAway } from './troubles.js';

export interface Fault {
  readonly name: string;
  /** From the fault, or from its end where it lasts, until orders move again: in s, at most. */
  readonly limitSeconds: number;
  /** There is nothing to strike in the open profile. */
  readonly isSecuredOnly?: true;
  strike(context: StrikeContext): Promise<Struck>;
}

const secured = (name: string, strike: Fault['strike'], limitSeconds = 90): Fault => ({
  name,
  limitSeconds,
  isSecuredOnly: true,
  strike,
});

const service = (name: ServiceName): Fault => ({
  name,
  limitSeconds: 60,
  strike: ({ config }) => killServices(config, [name]),
});

const killable = [
  'worker-pool',
  'taskmanager',
  'jobmanager',
  'job-server',
  'kafka',
  'postgres',
] as const satisfies readonly ServiceName[];

const pair = (name: string): Fault => ({
  name,
  limitSeconds: 60,
  strike: ({ config, random }) => {
    const first = random.pick(killable);
    return killServices(config, [first, random.pick(killable.filter((other) => other !== first))]);
  },
});

export const faults: readonly Fault[] = [
  { name: 'worker', limitSeconds: 30, strike: killWorker },
  ...killable.map(service),
  { name: 'in a checkpoint', limitSeconds: 60, strike: killInCheckpoint },
  { name: 'partner refuses connections', limitSeconds: 60, strike: refuseConnections },
  { name: 'partner times out', limitSeconds: 60, strike: misbehave({ delayMs: 5_000 }) },
  { name: 'partner answers 500', limitSeconds: 60, strike: misbehave({ status: 500 }) },
  { name: 'partner is slow', limitSeconds: 60, strike: misbehave({ delayMs: 1_000 }) },
  { name: 'answers lost after effect', limitSeconds: 60, strike: misbehave({ drop: 'after', share: 0.5 }) },
  { name: 'reference data, and a kill', limitSeconds: 60, strike: changeReferenceData },
  { name: 'releases, and a kill', limitSeconds: 60, strike: releaseDuringKill },
  { name: 'topics grow', limitSeconds: 60, strike: addPartition },
  { name: 'upgrade with a step added', limitSeconds: 60, strike: addStep },
  { name: 'another broker address', limitSeconds: 60, strike: changeAddress },
  pair('a pair at once'),
  pair('another pair at once'),
  secured("stages' passwords for Kafka", rotateKafkaPasswords),
  secured("stages' passwords for PostgreSQL", rotateDatabasePasswords),
  secured('certificates', rotateCertificates),
  secured("the partner's token", rotatePartnerToken),
  secured('a certificate that ran out', expireCertificate),
  secured('a wrong password in Kafka', forgetPassword),
  secured('a wrong password in a file', mistakePassword),
  secured('a right that is missing', takeRightAway),
];

/** The faults that there are in a profile. */
export const faultsOf = (profile: 'open' | 'secured'): readonly Fault[] =>
  faults.filter(({ isSecuredOnly }) => !isSecuredOnly || profile === 'secured');
