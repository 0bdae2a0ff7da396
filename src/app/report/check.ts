import type { Decision, McpJudgement } from '../../core/decision.ts';
import type { Judge } from '../../core/evaluate.ts';
import type { Decoder } from '../../core/kube/decode.ts';
import { type Fields, fieldsAt, type Issue, isFields, own } from '../../core/kube/reading.ts';
import type { KubeObject, NetworkPolicy, ObjectRef, Workload } from '../../core/kube/types.ts';
import type { Manifest, Source } from '../../core/manifest.ts';
import { isJudgedThroughOwner } from '../../core/owner.ts';
import { judgeVirtualServers } from '../../core/virtual-server.ts';
import { buildWorld, isNetworkPolicy, isWorkload, objectKey, refOf, type World } from '../../core/world.ts';
import type { PassedOver } from './check-report.ts';

/** An issue, and the manifest that has it. */
export interface ManifestIssue extends Issue {
  readonly manifest: Source;
}

/** One object of the input. */
export interface InputObject {
  readonly object: KubeObject;
  readonly manifest: Source;
  /** Its manifest says in which namespace it is, rather than leaving that to whoever applies it. */
  readonly namesNamespace: boolean;
}

/** Everything that the input holds, decoded. */
export interface DecodedInput {
  readonly world: World;
  /** As they stand in the world: of two with the same kind, namespace and name, the later. */
  readonly objects: ReadonlyMap<string, InputObject>;
  readonly issues: readonly ManifestIssue[];
  readonly passedOver: readonly PassedOver[];
  /** Manifests of any kind that could be read. */
  readonly count: number;
}

/** A decoded input with the decisions on its servers. */
export interface JudgedInput extends DecodedInput {
  /** On MCP servers alone, sorted by namespace, kind and name. */
  readonly decisions: readonly Decision[];
  /** On workloads that are no servers although something more than a hint speaks for one, in the same order. */
  readonly lookClose: readonly Decision[];
}

/** Unique among all objects of an input: the key of {@link DecodedInput.objects}. */
export function refKey({ kind, namespace, name }: ObjectRef): string {
  return `${kind} ${namespace}/${name}`;
}

/**
 * Objects with a generateName alone are all created, under names that nobody knows yet, and of those without either none is: each gets a name of
 * its own, so that none hides another. `*` can stand in no name.
 */
function withOwnName(object: KubeObject, taken: ReadonlyMap<string, unknown>): KubeObject {
  const { meta } = object;
  if (meta.name !== '') return object;
  for (let count = 1; ; count += 1) {
    const name = `${meta.generateName}*${count === 1 ? '' : count}`;
    const named = { ...object, meta: { ...meta, name } };
    if (!taken.has(refKey(refOf(named)))) return named;
  }
}

const placeOf = ({ file, line }: Source): string =>
  file === '-' ? `line ${line} of standard input` : `${file}:${line}`;

function duplicateIssue(object: KubeObject, earlier: Source, manifest: Source): ManifestIssue {
  const { kind, namespace, name } = refOf(object);
  const named = namespace === '' ? name : `${namespace}/${name}`;
  const message = `${kind} ${named} is also at ${placeOf(earlier)}: this later one is judged, as kubectl apply would leave it`;
  return { severity: 'warning', code: 'duplicate-object', path: 'metadata.name', message, manifest };
}

const namesNamespace = (value: Fields): boolean => Boolean(own(fieldsAt(value, 'metadata'), 'namespace'));

/** Decodes manifests one after the other, so that no raw value outlives its turn. */
export interface InputDecoder {
  add(manifest: Manifest): void;
  /** All that was added as one world. */
  finish(): DecodedInput;
}

/** The object as whoever applies it with `--namespace` sends it. Of a cluster-wide kind the namespace is not read. */
function inNamespace(value: Fields, namespace: string): Fields {
  const metadata = own(value, 'metadata') ?? {};
  return isFields(metadata) && !own(metadata, 'namespace') ? { ...value, metadata: { ...metadata, namespace } } : value;
}

/**
 * A decoder of a whole input. Where a manifest cannot be read, its issues say so and the others are not touched. `namespace`: where objects go that
 * name none; absent: `default`.
 */
export function createInputDecoder(decode: Decoder, namespace?: string): InputDecoder {
  const objects = new Map<string, InputObject>();
  const issues: ManifestIssue[] = [];
  const passedOver = new Map<string, { apiVersion: string; kind: string; count: number }>();
  let count = 0;

  const keep = (decoded: KubeObject, manifest: Source, namesNamespace: boolean): void => {
    const object = withOwnName(decoded, objects);
    const key = refKey(refOf(object));
    const earlier = objects.get(key);
    if (earlier) issues.push(duplicateIssue(object, earlier.manifest, manifest));
    objects.set(key, { object, manifest, namesNamespace });
  };

  return {
    add({ value, file, document, line, pointer }) {
      count += 1;
      const decoded = decode(namespace === undefined ? value : inNamespace(value, namespace));
      if (decoded.kind === 'other') {
        const { apiVersion, objectKind: kind } = decoded;
        const key = `${apiVersion} ${kind}`;
        passedOver.set(key, { apiVersion, kind, count: (passedOver.get(key)?.count ?? 0) + 1 });
        return;
      }
      const manifest: Source = { file, document, line, pointer };
      for (const issue of decoded.issues) issues.push({ ...issue, manifest });
      if (decoded.kind === 'object') keep(decoded.object, manifest, namesNamespace(value));
    },
    finish: () => ({
      world: buildWorld([...objects.values()].map(({ object }) => object)),
      objects,
      issues,
      passedOver: [...passedOver.values()].sort((a, b) =>
        compare(`${a.apiVersion} ${a.kind}`, `${b.apiVersion} ${b.kind}`),
      ),
      count,
    }),
  };
}

/** Order of code units: the same on every machine. */
export function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

const sortKey = ({ subject }: Decision): string => [subject.namespace, subject.kind, subject.name].join('\u0000');

function looksClose({ evidence, setAside }: McpJudgement): boolean {
  return setAside.length > 0 || evidence.some(({ strength }) => strength === 'strong' || strength === 'weak');
}

/**
 * Judges every MCP server of the input: workloads, and servers of which the input holds the policy alone.
 * Pods and ReplicaSets that another workload of the input made are judged once, through it.
 */
export function judgeInput(input: DecodedInput, judge: Judge): JudgedInput {
  const workloads: Workload[] = [];
  const policies: NetworkPolicy[] = [];
  for (const { object } of input.objects.values()) {
    if (isWorkload(object)) workloads.push(object);
    else if (isNetworkPolicy(object)) policies.push(object);
  }
  const owners = new Map(workloads.map(workload => [`${workload.meta.namespace}/${objectKey(workload)}`, workload]));
  const decisions = workloads
    .filter(workload => !isJudgedThroughOwner(workload, owners))
    .map(workload => judge.evaluate(input.world, workload))
    .filter(decision => decision.mcp.standing !== 'no' || looksClose(decision.mcp));
  const all = [...decisions, ...judgeVirtualServers(judge, input.world, policies)];
  all.sort((a, b) => compare(sortKey(a), sortKey(b)));
  const isServer = ({ mcp }: Decision): boolean => mcp.standing !== 'no';
  return { ...input, decisions: all.filter(isServer), lookClose: all.filter(one => !isServer(one)) };
}
