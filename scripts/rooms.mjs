/**
 * Draws the rooms as layers, and the imports between them as arrows: docs/rooms.svg, or the file that is given. An arrow that
 * follows from others is left out: a room may use whatever can be reached from it.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { instance } from '@viz-js/viz';
import { cruise } from 'dependency-cruiser';
import extractTsConfig from 'dependency-cruiser/config-utl/extract-ts-config';
import rules from './dependency-cruiser.mjs';
import { layers, layersWithin, rooms } from './layers.mjs';
import { root } from './run.mjs';

/** The rooms that each room imports from. */
async function importedRooms() {
  const { tsConfig, enhancedResolveOptions, ...options } = rules.options;
  const { output } = await cruise(rooms, { ...options, baseDir: root }, enhancedResolveOptions, {
    tsConfig: extractTsConfig(join(root, tsConfig.fileName)),
  });
  const roomOf = (path) => rooms.find((room) => path === room || path.startsWith(`${room}/`));
  const imported = new Map(rooms.map((room) => [room, new Set()]));
  for (const { source, dependencies } of output.modules) {
    for (const { resolved } of dependencies) {
      const [from, to] = [roomOf(source), roomOf(resolved)];
      if (from && to && from !== to) imported.get(from).add(to);
    }
  }
  return imported;
}

/** Whether a room is reached from another over a third. */
function isReachedOver(others, to, imported) {
  return others.some((other) => other !== to && reaches(other, to, imported));
}
const reaches = (from, to, imported) => {
  const next = [...imported.get(from)];
  return next.includes(to) || next.some((room) => reaches(room, to, imported));
};

function dotOf(imported) {
  const label = (room) => {
    const inner = (layersWithin[room] ?? []).flat().filter((name) => name !== '.');
    return inner.length > 0 ? `${room}\\n${inner.join(' · ')}` : room;
  };
  const nodes = layers.map(
    (layer) => `{ rank=same; ${layer.map((room) => `"${room}" [label="${label(room)}"]`).join('; ')} }`,
  );
  // Keeps the layers in their order, where no arrow does.
  const order = layers.slice(1).map((layer, index) => `"${layers[index][0]}" -> "${layer[0]}" [style=invis]`);
  const arrows = [...imported].flatMap(([from, all]) =>
    [...all].filter((to) => !isReachedOver([...all], to, imported)).map((to) => `"${from}" -> "${to}"`),
  );
  return `digraph rooms {
    bgcolor=white; ranksep=0.35; nodesep=0.3
    node [shape=box, style="rounded,filled", fillcolor="#eef3fa", color="#5b7aa8", fontname="Helvetica", fontsize=12]
    edge [color="#8a97a8", arrowsize=0.6]
    ${[...nodes, ...order, ...arrows.sort()].join('\n    ')}
  }`;
}

const file = process.argv[2] ?? join(root, 'docs', 'rooms.svg');
const viz = await instance();
writeFileSync(file, viz.renderString(dotOf(await importedRooms()), { format: 'svg' }));
