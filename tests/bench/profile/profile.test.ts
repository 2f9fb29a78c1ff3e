/** Profiles become call trees, and call trees pictures. */
import { expect, test } from 'vitest';
import { boxesOf, flameGraph } from '../../../bench/profile/flame-graph.js';
import { addCpuProfile, addExecutionSamples, createCallTree, ownShares } from '../../../bench/profile/stacks.js';
import { addActivities, namerOf } from '../../../bench/profile/statements.js';

const frame = (functionName: string, url = '') => ({ functionName, url });

const profile = {
  nodes: [
    { id: 1, callFrame: frame('(root)'), children: [2, 3, 6, 7] },
    { id: 2, callFrame: frame('(idle)') },
    { id: 3, callFrame: frame('step', 'file:///dist/step.js'), children: [4, 5] },
    { id: 4, callFrame: frame('', 'file:///dist/rule.js') },
    { id: 5, callFrame: frame('encode', 'file:///dist/codec.js') },
    { id: 6, callFrame: frame('(garbage collector)') },
    { id: 7, callFrame: frame('toggle', 'file:///dist/hook.js'), children: [8] },
    { id: 8, callFrame: frame('post', 'node:inspector'), children: [9] },
    { id: 9, callFrame: frame('dispatch') },
  ],
  samples: [2, 4, 5, 5, 3, 6, 9],
  timeDeltas: [900, 10, 20, 30, 40, 100, 800],
};

test("a profile of V8's is a tree of its calls, without the time in which the process waited or was profiled", () => {
  const tree = createCallTree();
  addCpuProfile(tree, profile);
  addCpuProfile(tree, profile);
  expect(tree.root('two processes')).toEqual({
    name: 'two processes',
    weight: 400,
    calls: [
      {
        name: 'step step.js',
        weight: 200,
        calls: [
          { name: 'encode codec.js', weight: 100, calls: [] },
          { name: '(anonymous) rule.js', weight: 20, calls: [] },
        ],
      },
      { name: '(garbage collector)', weight: 200, calls: [] },
    ],
  });
});

test('what calls take by themselves is told by file or class, the most first', () => {
  const tree = createCallTree();
  addCpuProfile(tree, profile);
  expect(ownShares(tree.root('a process'))).toEqual([
    ['(garbage collector)', 0.5],
    ['codec.js', 0.25],
    ['step.js', 0.2],
    ['rule.js', 0.05],
  ]);
  const java = createCallTree();
  java.add(['flink-n', 'StreamTask.invoke', 'StreamTask.processInput'], 3);
  java.add(['flink-n', 'StreamTask.invoke', 'Output.collect'], 1);
  expect(ownShares(java.root('TaskManager')).slice(0, 2)).toEqual([
    ['StreamTask', 0.75],
    ['Output', 0.25],
  ]);
});

test("samples of Java's flight recorder are one, too, by kinds of threads", () => {
  const event = (thread: string, frames: readonly string[]) => `jdk.ExecutionSample {
  startTime = 14:28:01.123 (2026-01-15)
  sampledThread = "${thread}" (javaThreadId = 77)
  state = "STATE_RUNNABLE"
  stackTrace = [
${frames.map((each) => `    ${each} line: 12`).join('\n')}
  ]
}
`;
  const tree = createCallTree();
  const inner = 'org.apache.kafka.clients.producer.KafkaProducer.doSend(ProducerRecord, Callback)';
  const outer = 'java.lang.Thread.run()';
  addExecutionSamples(tree, event('sink-1', [inner, outer]) + event('sink-2', [inner, outer]) + event('io-7', [outer]));
  expect(tree.root('TaskManager').calls).toEqual([
    {
      name: 'sink-n',
      weight: 2,
      calls: [{ name: 'Thread.run', weight: 2, calls: [{ name: 'KafkaProducer.doSend', weight: 2, calls: [] }] }],
    },
    { name: 'io-n', weight: 1, calls: [{ name: 'Thread.run', weight: 1, calls: [] }] },
  ]);
});

test("PostgreSQL's backends are one, by statements that have names here, and by what they wait for", () => {
  const tree = createCallTree();
  const nameOf = namerOf({ record: 'WITH lines AS (SELECT a, b)', route: 'SELECT route' });
  addActivities(
    tree,
    [
      { query: 'WITH lines AS', wait: null },
      { query: 'WITH lines AS', wait: 'LWLock WALWrite' },
      { query: 'VACUUM (ANALYZE)\n  claims of it', wait: null },
      { query: '', wait: null },
    ],
    nameOf,
  );
  expect(
    tree.root('PostgreSQL').calls.map(({ name, weight, calls }) => [name, weight, calls.map((call) => call.name)]),
  ).toEqual([
    ['record', 2, ['on a processor', 'LWLock WALWrite']],
    ['VACUUM (ANALYZE) claims of', 1, ['on a processor']],
    ['', 1, ['on a processor']],
  ]);
});

test('a picture has a box for each call that can be seen, below the one that called it', () => {
  const tree = createCallTree();
  tree.add(['a', 'b'], 600);
  tree.add(['a'], 399);
  tree.add(['too narrow'], 1);
  const root = tree.root('a process');
  expect(boxesOf(root)).toEqual([
    { name: 'a', row: 0, from: 0, share: 0.999 },
    { name: 'b', row: 1, from: 0, share: 0.6 },
  ]);
  const svg = flameGraph(root);
  expect(svg).toMatch(/^<svg /);
  for (const text of ['a process', 'a 99.9 %', 'b 60.0 %']) expect(svg).toContain(text);
  expect(svg).not.toContain('too narrow');
});
