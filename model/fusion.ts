/**
 * Stages that run fused (decision 0045): the first one's job carries each order through all of them within a batch. It still writes every topic, and the
 * jobs of the others go on beside it, for records that nobody has carried: releases, and what was written before.
 */
import type { StageName } from './stages.js';

/** In the order in which an order passes them. Each of them reads what the one before writes. */
export const fusedStages = ['validator', 'enricher', 'router'] as const satisfies readonly StageName[];

/** The name of their batch function. */
export const fusedFunction = 'fused';

/** The header of a record which its writer has carried through the stage that reads its topic. See docs/glossary.md. */
export const carriedHeader = 'orderflow-carried';

const carriedStages: readonly StageName[] = fusedStages.slice(1);

/** Whether a stage passes over records with that header. The aggregator, which reads a topic of theirs, reads them all. */
export const passesOverCarried = (stage: StageName): boolean => carriedStages.includes(stage);
