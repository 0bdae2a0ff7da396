import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** One function of a profile, as V8 writes them (Chrome DevTools Protocol, Profiler.ProfileNode). */
interface Node {
  readonly id: number;
  readonly callFrame: { readonly functionName: string; readonly url: string };
  readonly children?: readonly number[];
}

interface Profile {
  readonly nodes: readonly Node[];
  /** Of the node in which each sample was taken. */
  readonly samples: readonly number[];
  /** Microseconds since the sample before. */
  readonly timeDeltas: readonly number[];
}

/** Stages by where the innermost function stands that belongs to one; the first that fits. What belongs to none is `read`: Node.js, TLS, HTTP. */
const STAGES: readonly (readonly [stage: string, where: RegExp])[] = [
  ['idle', /^ \((?:idle|root)\)$/],
  ['memory', /^ \(garbage collector\)$/],
  ['record', /\/(?:app|adapters)\/record\//],
  ['log', /\/adapters\/telemetry\//],
  ['encode', /encodeResponse|\/adapters\/report\/|render-report/],
  [
    'say',
    /\/app\/admission\/(?:wording|response|title|told-once|disclosure|answer)\.ts|\/core\/(?:explain|visible-text|remedy\/)|\/app\/report\/(?:build-report|fix)/,
  ],
  ['place', /\/adapters\/(?:yaml\/positions|files\/locate)/],
  ['parse', /\/adapters\/(?:yaml|http\/body)|js-yaml/],
  ['decode', /\/core\/kube\/(?:decode|reading|syntax|size)|read-change|\/adapters\/http\/review/],
  ['detect', /\/core\/mcp\//],
  ['judge', /\/(?:core|app)\//],
];

/** Microseconds of processor time by stage. */
export type Stages = ReadonlyMap<string, number>;

function stageOf({ callFrame: { functionName, url } }: Node): string | undefined {
  const text = `${url} ${functionName}`;
  return STAGES.find(([, where]) => where.test(text))?.[0];
}

/** By node: the stage of the innermost function around it that belongs to one. */
function stagesOf(nodes: readonly Node[]): ReadonlyMap<number, string> {
  const byId = new Map(nodes.map(node => [node.id, node]));
  const stages = new Map<number, string>();
  const visit = (node: Node, around: string): void => {
    const stage = stageOf(node) ?? around;
    stages.set(node.id, stage);
    for (const child of node.children ?? []) {
      const next = byId.get(child);
      if (next) visit(next, stage === 'idle' ? 'read' : stage);
    }
  };
  const [root] = nodes;
  if (root) visit(root, 'read');
  return stages;
}

/** The stages of all profiles in a folder, which `node --cpu-prof` of the sources wrote. */
export function readProfiles(folder: string): Stages {
  const sums = new Map<string, number>();
  for (const file of readdirSync(folder)) {
    const { nodes, samples, timeDeltas }: Profile = JSON.parse(readFileSync(path.join(folder, file), 'utf8'));
    const stages = stagesOf(nodes);
    for (const [index, id] of samples.entries()) {
      const stage = stages.get(id) ?? 'read';
      sums.set(stage, (sums.get(stage) ?? 0) + (timeDeltas[index] ?? 0));
    }
  }
  sums.delete('idle');
  return sums;
}

/** `judge 41 %, read 30 %, …`, the largest first. */
export function stageLine(stages: Stages): string {
  const total = [...stages.values()].reduce((sum, one) => sum + one, 0);
  return [...stages]
    .sort(([, a], [, b]) => b - a)
    .map(([stage, us]) => `${stage} ${Math.round((us * 100) / total)} %`)
    .join(', ');
}
