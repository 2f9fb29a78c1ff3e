/**
 * THE table of layers, from top to bottom: a room uses rooms of the layers below its own, and no others. `npm run check` holds the
 * imports against it (dependency-cruiser.mjs), and docs/rooms.svg is drawn from it and from the imports (rooms.mjs).
 */
export const layers = [
  ['bench', 'fuzz', 'faults', 'simulator'],
  ['cli'],
  ['demo', 'web'],
  ['local'],
  ['backfill'],
  ['flink', 'spark'],
  ['pipelines', 'druid', 'dead-letters', 'generator', 'reconcile', 'audit'],
  ['transforms', 'archive'],
  ['personal-data'],
  ['metastore', 'kms', 'kafka', 'partner'],
  ['config.ts'],
  ['configuration'],
  ['settings.ts'],
  ['settings'],
  ['model'],
  ['proto', 'beam', 'oauth'],
  ['errors.ts'],
];

/** The layers within a room, from top to bottom; `.` is the files that stand in the room itself. */
export const layersWithin = {
  transforms: [['.'], ['rules', 'delivery'], ['step'], ['decoding']],
  beam: [['pipeline', 'worker'], ['operators'], ['fn-api'], ['.']],
  web: [['.', 'page'], ['cube', 'login'], ['shared']],
};

/** Which rooms may import a package: everybody else asks them. */
export const packages = {
  'apache-beam': ['beam', 'pipelines'],
  kafkajs: ['kafka'],
  pg: ['metastore'],
  '@aws-sdk/client-kms': ['kms'],
};

export const rooms = layers.flat();
