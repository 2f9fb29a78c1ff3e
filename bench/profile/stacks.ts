/** What processes were at, as trees of calls. */

/** A call, with what was seen in it and below it: samples, or microseconds. */
export interface Call {
  readonly name: string;
  readonly weight: number;
  readonly calls: readonly Call[];
}

interface Growing {
  weight: number;
  readonly calls: Map<string, Growing>;
}

/** Stacks by what they have in common; each from the outermost call to the innermost. */
export function createCallTree() {
  const root: Growing = { weight: 0, calls: new Map() };
  const callsOf = ({ calls }: Growing): Call[] =>
    [...calls]
      .map(([name, call]) => ({ name, weight: call.weight, calls: callsOf(call) }))
      .sort((a, b) => b.weight - a.weight);
  return {
    add(stack: readonly string[], weight: number): void {
      root.weight += weight;
      let at = root;
      for (const name of stack) {
        const next = at.calls.get(name) ?? { weight: 0, calls: new Map<string, Growing>() };
        at.calls.set(name, next);
        next.weight += weight;
        at = next;
      }
    },
    root: (name: string): Call => ({ name, weight: root.weight, calls: callsOf(root) }),
  };
}

export type CallTree = ReturnType<typeof createCallTree>;

/** The file of a call of JavaScript, the class of one of Java, or its name. */
function placeOf(name: string): string {
  // V8's own, such as "(garbage collector)".
  if (name.endsWith(')')) return name;
  const [, file] = / (\S+)$/.exec(name) ?? [];
  return file ?? name.replace(/\.[^.]+$/, '');
}

/** What calls take by themselves, by the file or class that they are in, as shares of all; the largest first. */
export function ownShares({ calls, weight }: Call): [string, number][] {
  const own = new Map<string, number>();
  const add = (call: Call) => {
    const below = call.calls.reduce((sum, { weight }) => sum + weight, 0);
    const place = placeOf(call.name);
    own.set(place, (own.get(place) ?? 0) + (call.weight - below) / weight);
    call.calls.forEach(add);
  };
  calls.forEach(add);
  return [...own].sort(([, a], [, b]) => b - a);
}

/** What V8's profiler writes: https://chromedevtools.github.io/devtools-protocol/tot/Profiler/#type-Profile */
export interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string };
    readonly children?: readonly number[];
  }[];
  readonly samples?: readonly number[];
  readonly timeDeltas?: readonly number[];
}

/** What is no call: the outermost frame, waiting, and code that is not JavaScript. */
const left = new Set(['(root)', '(idle)', '(program)']);

/** The profiler itself, where it starts and ends. */
const isOfProfiler = (name: string) => name.endsWith(' node:inspector');

/** Adds a process's samples in microseconds, without the time in which it waited or the profiler was at work. */
export function addCpuProfile(tree: CallTree, { nodes, samples = [], timeDeltas = [] }: CpuProfile): void {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const parents = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id] as const)));
  const stacks = new Map<number, readonly string[]>();
  const stackOf = (id: number): readonly string[] => {
    const known = stacks.get(id);
    if (known) return known;
    const parent = parents.get(id);
    const above = parent === undefined ? [] : stackOf(parent);
    const { functionName, url } = byId.get(id)!.callFrame;
    const stack = left.has(functionName) ? above : [...above, nameOf(functionName, url)];
    stacks.set(id, stack);
    return stack;
  };
  samples.forEach((id, at) => {
    const stack = stackOf(id);
    if (stack.length > 0 && !stack.some(isOfProfiler)) tree.add(stack, timeDeltas[at] ?? 0);
  });
}

const nameOf = (functionName: string, url: string) => {
  const file = url.split('/').slice(-1)[0] ?? '';
  return [functionName || '(anonymous)', file].filter(Boolean).join(' ');
};

/** Adds the samples that `jfr print --events jdk.ExecutionSample` writes: each by its thread, and then from the outermost call to the innermost. */
export function addExecutionSamples(tree: CallTree, text: string): void {
  for (const event of text.split('jdk.ExecutionSample {').slice(1)) {
    const thread = /sampledThread = "([^"]*)"/.exec(event)?.[1] ?? '(thread)';
    const frames = [...event.matchAll(/^\s+([\w.$<>]+)\(.*\)\s+line:/gm)].map(([, frame]) => shortened(frame!));
    tree.add([threadKind(thread), ...frames.reverse()], 1);
  }
}

/** Class and method. */
const shortened = (frame: string) => frame.split('.').slice(-2).join('.');

/** Threads of one kind differ by their numbers. */
const threadKind = (name: string) => name.replaceAll(/\d+/g, 'n').slice(0, 60);
