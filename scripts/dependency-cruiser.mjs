/** Rules for dependency-cruiser, made from layers.mjs. Types that are imported count as well. */
import { layers, layersWithin, packages, rooms } from './layers.mjs';

const anyOf = (names) => `(${names.map((name) => name.replaceAll('.', '\\.')).join('|')})`;

/** Of each name in a table of layers: it uses nothing of its own layer or of those above, itself aside. */
const upwards = (table, rule) =>
  table.flatMap((layer, level) =>
    layer.map((name) => {
      const others = table
        .slice(0, level + 1)
        .flat()
        .filter((other) => other !== name);
      return { name: `only-below-${rule.within}${name}`, severity: 'error', ...rule.between(name, others) };
    }),
  );

const betweenRooms = {
  within: '',
  between: (name, others) => ({
    comment: `${name} uses rooms of the layers below its own alone, see scripts/layers.mjs`,
    from: { path: `^${anyOf([name])}(/|$)` },
    to: { path: `^${anyOf(others)}(/|$)` },
  }),
};

const within = (room) => {
  const pathOf = (name) => (name === '.' ? '[^/]+$' : `${name}/`);
  return {
    within: `${room}/`,
    between: (name, others) => ({
      comment: `${room}/${name} uses what is below it in ${room}/ alone, see scripts/layers.mjs`,
      from: { path: `^${room}/${pathOf(name)}` },
      to: { path: `^${room}/(${others.map(pathOf).join('|')})` },
    }),
  };
};

export default {
  forbidden: [
    { name: 'no-circle', severity: 'error', from: {}, to: { circular: true } },
    { name: 'nothing-unknown', severity: 'error', from: {}, to: { couldNotResolve: true } },
    { name: 'no-tests', severity: 'error', from: { path: `^${anyOf(rooms)}` }, to: { path: '^tests/' } },
    {
      name: 'commands-when-named',
      severity: 'error',
      comment: 'a command is loaded when it is named: its file is imported with import() alone',
      from: { path: '^cli/(main|parser|commands|completion)\\.ts$' },
      to: { path: '^cli/', pathNot: '^cli/(command|commands|completion|parser|program)\\.ts$', dynamic: false },
    },
    ...upwards(layers, betweenRooms).filter(({ to }) => to.path !== '^()(/|$)'),
    ...Object.entries(layersWithin).flatMap(([room, table]) =>
      upwards(table, within(room)).filter(({ to }) => !to.path.endsWith('/()')),
    ),
    ...Object.entries(packages).map(([name, owners]) => ({
      name: `${name}-in-its-rooms`,
      severity: 'error',
      comment: `${name} is imported in ${owners.join(' and ')} alone`,
      from: { pathNot: `^${anyOf(owners)}/` },
      to: { path: `^(node_modules/)?${name}(/|$)` },
    })),
  ],
  options: {
    doNotFollow: { path: '^(node_modules|proto/generated)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.tsx', '.js', '.mjs'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'default'],
    },
  },
};
