import type { Labels, Workload } from '../kube/types.ts';
import { remembered } from '../lazily.ts';
import { refOf } from '../world/refs.ts';
import type { NamespaceContent } from '../world/world.ts';
import type { Hit } from './finder.ts';
import { keyPath } from './finder.ts';
import { imageRepository, lastPart } from './image.ts';
import { readySignal, SHARED_NAME } from './signal-table.ts';
import { holdsMcp, normal } from './text.ts';
import { CALLING_LABELS, type WorkloadContext } from './workload-signals.ts';

/** Labels whose value may name the stack of a workload. Those of a role (`component`) say of each workload what it is. */
const STACK_LABELS = [...CALLING_LABELS, 'app.kubernetes.io/part-of'];

const MCP_WORDS: ReadonlySet<string> = new Set(['mcp', 'mcpserver', 'mcpservers']);
const SERVER_WORDS: ReadonlySet<string> = new Set([...MCP_WORDS, 'server', 'servers']);

/** A name in two: `ledger-mcp` and `db` of `ledger-mcp-db`. The stem is the fewest first words with "mcp" and another word; `undefined`: there are none. */
function stemOf(name: string): { readonly stem: string; readonly rest: readonly string[] } | undefined {
  if (!holdsMcp(name)) return undefined;
  const words = normal(name).split('-');
  const mcp = words.findIndex(word => MCP_WORDS.has(word));
  const other = words.findIndex(word => !SERVER_WORDS.has(word));
  if (mcp < 0 || other < 0) return undefined;
  const end = Math.max(mcp, other) + 1;
  return { stem: words.slice(0, end).join('-'), rest: words.slice(end) };
}

/** The stem of a name that goes on after it, with nothing of MCP: a part of what is called so. `ledger-mcp-server` is the server itself. */
function stemOfPart(name: string): string | undefined {
  const { stem = undefined, rest = [] } = stemOf(name) ?? {};
  const isServer = rest.length === 0 || SERVER_WORDS.has(rest.at(-1) ?? '') || rest.some(word => MCP_WORDS.has(word));
  return isServer ? undefined : stem;
}

/** Longer commands are compared by their beginnings. */
const MAX_COMPARED = 256;

/** What a workload runs: the name of its first container's image, from wherever it is pulled, and the command. */
function runBy({ containers }: Workload): string {
  const first = containers.find(({ role }) => role === 'container');
  if (first === undefined) return '';
  return `${lastPart(imageRepository(first.image))} ${first.command.join(' ').slice(0, MAX_COMPARED)}`;
}

/** One workload that bears a label or a stem, and where. */
interface Bearer {
  readonly workload: Workload;
  readonly path: string;
}

/** For each label (`app=x`) and stem (`x`), bearers by what they run; of two that differ no third is needed. */
type Bearers = ReadonlyMap<string, ReadonlyMap<string, Bearer>>;

const isOwned = ({ meta }: Workload): boolean => meta.owners.some(({ controller }) => controller);
const isJob = ({ kind }: Workload): boolean => kind === 'Job' || kind === 'CronJob';

/** Says each label that may name the stack of a workload, as a key of {@link Bearers}, with its own key and where it stands. */
function eachLabel({ podLabels, podLabelsPath, meta }: Workload, say: (key: string, path: string) => void): void {
  const sayLabels = (labels: Labels, base: string): void => {
    for (const key of STACK_LABELS) {
      const value = labels.get(key) ?? '';
      if (holdsMcp(value)) say(`${key}=${normal(value)}`, keyPath(base, key));
    }
  };
  sayLabels(podLabels, podLabelsPath);
  sayLabels(meta.labels, 'metadata.labels');
}

/** What controllers make is borne by them, and a Job serves the workload whose label it bears. */
function bearersOf(workloads: Iterable<Workload>): Bearers {
  const bearers = new Map<string, Map<string, Bearer>>();
  for (const workload of workloads) {
    if (isOwned(workload) || isJob(workload)) continue;
    const run = runBy(workload);
    const add = (key: string, path: string): void => {
      const known = bearers.get(key) ?? new Map<string, Bearer>();
      if (known.size < 2 && !known.has(run)) known.set(run, { workload, path });
      bearers.set(key, known);
    };
    eachLabel(workload, add);
    const name = stemOf(workload.meta.name);
    if (name) add(name.stem, 'metadata.name');
  }
  return bearers;
}

/** Keys of {@link Bearers} that hits may ask for of a workload: labels, and stems of its own name, its containers' and its labels. */
function keysOf(workload: Workload): ReadonlySet<string> {
  const { meta, podLabels, containers } = workload;
  const ofLabels = [podLabels, meta.labels].flatMap(labels => STACK_LABELS.map(key => labels.get(key) ?? ''));
  const texts = [meta.name, meta.generateName, ...containers.map(({ name }) => name), ...ofLabels];
  const keys = new Set(texts.flatMap(text => stemOfPart(text) ?? []));
  eachLabel(workload, key => void keys.add(key));
  return keys;
}

/**
 * Tells of one of these workloads which others a {@link StackReader} may look at for it, and perhaps more. A namespace that holds these and its controllers,
 * in their order, says of it what the whole says.
 */
export function createStackMates(workloads: Iterable<Workload>): (workload: Workload) => readonly Workload[] {
  const bearers = bearersOf(workloads);
  return remembered((one: Workload) =>
    [...keysOf(one)].flatMap(key => [...(bearers.get(key)?.values() ?? [])].map(({ workload }) => workload)),
  );
}

/** Finds the workload by which a hit tells of a stack rather than of the one that bears it; `undefined`: it tells of this one. */
type FindOther = (hit: Hit) => Bearer | undefined;

function findOther(context: WorkloadContext, bearers: Bearers): FindOther {
  const { subject, ancestors } = context;
  const top = ancestors.at(-1) ?? subject;
  const run = runBy(subject);
  const unlike = (key: string | undefined): Bearer | undefined =>
    key === undefined ? undefined : [...(bearers.get(key) ?? [])].find(([other]) => other !== run)?.[1];
  const places = new Map(
    [subject.podLabelsPath, 'metadata.labels'].flatMap(base =>
      STACK_LABELS.map(key => [keyPath(base, key), key] as const),
    ),
  );
  return ({ ready: { signal }, path, text, program }) => {
    const key = places.get(path);
    const value = signal.field === 'label' ? text.slice(text.indexOf('=') + 1) : text;
    const shared = key === undefined ? undefined : unlike(`${key}=${normal(value)}`);
    if (shared || signal.field !== 'called') return shared;
    if (program !== undefined || path.endsWith('.image')) return undefined;
    return unlike(stemOfPart(path === 'metadata.name' ? top.meta.name : value));
  };
}

/** Hits that tell of the stack that a workload is a part of, each with the sign that says so. Empty: something speaks for the workload itself. */
export type StackReader = (
  context: WorkloadContext,
  content: NamespaceContent,
  counting: readonly Hit[],
) => readonly (readonly [hit: Hit, by: Hit])[];

/**
 * A reader that works out once for a content what its workloads share: linear in them. A weak label or name that workloads with other images or programs
 * of the namespace share is none of theirs. Of what a controller made that is not known, only the made name is known: nothing of it is the stack's.
 */
export function createStackReader(): StackReader {
  const bearersIn = remembered(({ workloads }: NamespaceContent) => bearersOf(workloads.values()));
  return (context, content, counting) => {
    const telling = counting.filter(({ ready }) => ready.signal.strength !== 'hint');
    const mayBeShared = telling.every(
      ({ ready }) => ready.signal.strength === 'weak' && ['called', 'label'].includes(ready.signal.field),
    );
    if (telling.length === 0 || !mayBeShared || isOwned(context.ancestors.at(-1) ?? context.subject)) return [];
    const find = findOther(context, bearersIn(content));
    const pairs: [Hit, Hit][] = [];
    for (const hit of telling) {
      const other = find(hit);
      if (other === undefined) return [];
      const { workload, path } = other;
      const by = { path, object: refOf(workload), container: undefined, program: undefined };
      pairs.push([hit, { ...hit, ...by, ready: readySignal(SHARED_NAME) }]);
    }
    return pairs;
  };
}
