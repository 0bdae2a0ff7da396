import type { Cause, Decision, Finding, McpJudgement } from '../../core/decision.ts';
import type { Judge } from '../../core/evaluate.ts';
import { documentOf } from '../../core/gate/stored-gate-policy.ts';
import type { Decoder } from '../../core/kube/decode.ts';
import { OWN_GROUP, OWN_VERSION } from '../../core/kube/own-kinds.ts';
import { type Fields, fieldsAt, type Issue, isFields, own } from '../../core/kube/reading.ts';
import { isRenderedElsewhere } from '../../core/kube/rendered-kinds.ts';
import type { KubeObject, NetworkPolicy, ObjectRef, Workload } from '../../core/kube/types.ts';
import type { Manifest, Source } from '../../core/manifest.ts';
import { compare } from '../../core/order.ts';
import { isJudgedThroughOwner, ownersIn } from '../../core/owner.ts';
import { judgeVirtualServers } from '../../core/virtual-server.ts';
import { buildWorld } from '../../core/world/build.ts';
import { namespacesOf } from '../../core/world/content.ts';
import { isNetworkPolicy, isWorkload } from '../../core/world/object-kinds.ts';
import { objectKey, refOf } from '../../core/world/refs.ts';
import type { World } from '../../core/world/world.ts';
import { atOnce, type Steps } from '../steps.ts';
import { type Alternative, alternativesOf, type Duplicates, duplicateIssues } from './alternatives.ts';
import type { PassedOver } from './check-report.ts';
import { createCredit } from './credits.ts';
import { askedIssues } from './exception-problems.ts';
import { type Unjudged, unjudgedIssues, unjudgedOf } from './unjudged.ts';
import { isWorse, worstOf } from './worst-decision.ts';

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

/** An object of which something else makes what is deployed. */
interface NotRendered {
  readonly ref: ObjectRef;
  readonly manifest: Source;
}

/** A GatePolicy among the objects: it configures no judgement of them, and is to be one that can. */
interface InputGatePolicy {
  readonly document: Fields;
  readonly manifest: Source;
}

/** Everything that the input holds, decoded. */
export interface DecodedInput {
  /** What the world was built from, as `FOLDER (kustomize build)`. Absent: the documents are the input itself. */
  readonly build?: string;
  readonly world: World;
  /** As they stand in the world: of two with the same kind, namespace and name, the later. */
  readonly objects: ReadonlyMap<string, InputObject>;
  readonly duplicates: Duplicates;
  readonly issues: readonly ManifestIssue[];
  readonly passedOver: readonly PassedOver[];
  /** GatePolicies among them, in order, not yet read. */
  readonly gatePolicies: readonly InputGatePolicy[];
  /** Those of them that are rendered elsewhere, in order. */
  readonly notRendered: readonly NotRendered[];
  /** Those of them that may make MCP servers, in order. */
  readonly unjudged: readonly Unjudged[];
  /** Manifests of any kind that could be read. */
  readonly count: number;
}

/** A decoded input with the decisions on its servers: one world. */
export interface JudgedInput extends DecodedInput {
  /** On MCP servers alone, sorted by namespace, kind and name. */
  readonly decisions: readonly Decision[];
  /** On workloads that are no servers although something more than a hint speaks for one, in the same order. */
  readonly lookClose: readonly Decision[];
  /** Where what is said stands that comes from another document than the last of its object. */
  readonly elsewhere: ReadonlyMap<Decision | Finding | Cause, Source>;
  /** What closes servers that NetworkPolicies leave open; not empty, each. */
  readonly credits: ReadonlyMap<Decision, readonly ObjectRef[]>;
}

/** Where the object stands that a finding, a cause or a decision is about; `undefined` where it is not in the input. */
export function sourceOf(judged: JudgedInput, said: Decision | Finding | Cause): Source | undefined {
  const object = 'object' in said ? said.object : said.subject;
  return judged.elsewhere.get(said) ?? judged.objects.get(refKey(object))?.manifest;
}

const GATE_POLICY = `${OWN_GROUP}/${OWN_VERSION} GatePolicy`;

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

/** Kubernetes refuses such a document; kustomize takes it for a change to another one. */
function patchIssue(manifest: Source): ManifestIssue {
  const message =
    'this is a patch for kustomize, not an object: it is not judged, since no kustomization was built with it';
  return { severity: 'warning', code: 'patch-document', path: '$patch', message, manifest };
}

const namesNamespace = (value: Fields): boolean => Boolean(own(fieldsAt(value, 'metadata'), 'namespace'));

/** Decodes manifests one after the other, so that no raw value outlives its turn. */
export interface InputDecoder {
  add(manifest: Manifest): void;
  /** All that was added as one world. */
  finish(): DecodedInput;
}

/** The name of an object of a kind that is not judged; what it lacks is empty. */
function refOfOther(kind: string, value: Fields): ObjectRef {
  const metadata = fieldsAt(value, 'metadata');
  const text = (key: string): string => String(own(metadata, key) ?? '');
  return { kind, namespace: text('namespace'), name: text('name') };
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
  const duplicates = new Map<string, InputObject[]>();
  const issues: ManifestIssue[] = [];
  const passedOver = new Map<string, { apiVersion: string; kind: string; count: number }>();
  const notRendered: NotRendered[] = [];
  const unjudged: Unjudged[] = [];
  const gatePolicies: InputGatePolicy[] = [];
  let count = 0;

  const keep = (decoded: KubeObject, manifest: Source, namesNamespace: boolean): void => {
    const object = withOwnName(decoded, objects);
    const key = refKey(refOf(object));
    const [earlier, one] = [objects.get(key), { object, manifest, namesNamespace }];
    // What an operator will write is nothing beside what is there.
    if (earlier && 'expectedFrom' in object) return;
    if (earlier && !('expectedFrom' in earlier.object))
      duplicates.set(key, [...(duplicates.get(key) ?? [earlier]), one]);
    objects.set(key, one);
  };

  const passOver = (apiVersion: string, kind: string, value: Fields, manifest: Source): void => {
    const key = `${apiVersion} ${kind}`;
    passedOver.set(key, { apiVersion, kind, count: (passedOver.get(key)?.count ?? 0) + 1 });
    const ref = refOfOther(kind, value);
    const isRendered = isRenderedElsewhere(apiVersion, kind);
    const maker = isRendered ? undefined : unjudgedOf(ref, value, manifest, decode);
    if (isRendered) notRendered.push({ ref, manifest });
    if (maker) unjudged.push(maker);
    // A file that a command names needs no name in it.
    const hasMetadata = own(value, 'metadata') !== undefined;
    if (key === GATE_POLICY) gatePolicies.push({ document: hasMetadata ? documentOf(value) : value, manifest });
  };

  return {
    add({ value, ...manifest }) {
      count += 1;
      if (Object.hasOwn(value, '$patch')) {
        issues.push(patchIssue(manifest));
        return;
      }
      const decoded = decode(namespace === undefined ? value : inNamespace(value, namespace));
      if (decoded.kind === 'other') {
        passOver(decoded.apiVersion, decoded.objectKind, value, manifest);
        return;
      }
      for (const issue of decoded.issues) issues.push({ ...issue, manifest });
      if (decoded.kind !== 'object') return;
      for (const object of [decoded.object, ...(decoded.more ?? [])]) keep(object, manifest, namesNamespace(value));
    },
    finish: () => ({
      world: buildWorld([...objects.values()].map(({ object }) => object)),
      objects,
      duplicates,
      issues,
      passedOver: [...passedOver.values()].sort((a, b) =>
        compare(`${a.apiVersion} ${a.kind}`, `${b.apiVersion} ${b.kind}`),
      ),
      gatePolicies,
      notRendered,
      unjudged,
      count,
    }),
  };
}

const sortKey = ({ subject }: Decision): string => [subject.namespace, subject.kind, subject.name].join('\u0000');

function looksClose({ evidence, setAside }: McpJudgement): boolean {
  return setAside.length > 0 || evidence.some(({ strength }) => strength === 'strong' || strength === 'weak');
}

interface ObjectsIn {
  readonly world: World;
  readonly objects: Iterable<KubeObject>;
}

/** Decisions on the servers among objects of a world, and on what looks close to one, in no order; a step for each workload. */
function* judgeObjects({ world, objects }: ObjectsIn, judge: Judge): Steps<readonly Decision[]> {
  const workloads: Workload[] = [];
  const policies: NetworkPolicy[] = [];
  for (const object of objects) {
    if (isWorkload(object)) workloads.push(object);
    else if (isNetworkPolicy(object)) policies.push(object);
  }
  const owners = new Map(workloads.map(workload => [`${workload.meta.namespace}/${objectKey(workload)}`, workload]));
  const decisions: Decision[] = [];
  for (const workload of workloads) {
    if (isJudgedThroughOwner(workload, owners)) continue;
    const decision = judge.evaluate(world, workload);
    if (decision.mcp.standing !== 'no' || looksClose(decision.mcp)) decisions.push(decision);
    yield;
  }
  return [...decisions, ...judgeVirtualServers(judge, world, policies)];
}

/** The objects of the namespaces that the chosen documents bear on; of all where one bears on all. */
function objectsBeside({ objects }: DecodedInput, { chosen, world }: Alternative): ObjectsIn {
  const changed = [...chosen].flatMap(([key, { object }]) => [object, objects.get(key)?.object ?? object]);
  const places = changed.map(namespacesOf);
  const touched = places.some(names => names.length === 0) ? undefined : new Set(places.flat());
  const all = [...objects].map(([key, { object }]) => chosen.get(key)?.object ?? object);
  return { world, objects: all.filter(({ meta }) => touched === undefined || touched.has(meta.namespace)) };
}

const TOO_MANY =
  'too many objects have several documents, so that only the last of each was judged: judge fewer at once';

function tooManyIssue({ duplicates }: DecodedInput): readonly ManifestIssue[] {
  return [...duplicates.values()].slice(0, 1).flatMap(documents =>
    documents.slice(-1).map(({ manifest }): ManifestIssue => {
      return { severity: 'error', code: 'too-many-duplicates', path: 'metadata.name', message: TOO_MANY, manifest };
    }),
  );
}

interface Worst {
  readonly all: Decision[];
  readonly elsewhere: JudgedInput['elsewhere'];
}

/** Notes where what a decision says stands, as far as that is another document than the last of an object. */
function notePlaces(
  decision: Decision,
  { chosen }: Alternative,
  elsewhere: Map<Decision | Finding | Cause, Source>,
): void {
  const { findings, excepted, causes } = decision;
  for (const said of [decision, ...findings, ...excepted, ...causes]) {
    const place = chosen.get(refKey('object' in said ? said.object : said.subject))?.manifest;
    if (place !== undefined) elsewhere.set(said, place);
  }
}

/** The decisions, made worse by what other documents of the same objects bring. */
function* withAlternatives(
  input: DecodedInput,
  judge: Judge,
  first: readonly Decision[],
  others: readonly Alternative[],
): Steps<Worst> {
  const worst = new Map(first.map(one => [refKey(one.subject), one]));
  const elsewhere = new Map<Decision | Finding | Cause, Source>();
  for (const alternative of others) {
    for (const decision of yield* judgeObjects(objectsBeside(input, alternative), judge)) {
      notePlaces(decision, alternative, elsewhere);
      const known = worst.get(refKey(decision.subject)) ?? decision;
      const one = known === decision ? decision : worstOf(known, decision, elsewhere);
      const place = elsewhere.get(isWorse(decision, known) ? decision : known);
      if (place !== undefined) elsewhere.set(one, place);
      worst.set(refKey(decision.subject), one);
    }
  }
  return { all: [...worst.values()], elsewhere };
}

/** Every document of every object, but for workloads that another one made: their annotations are copies. */
function writtenObjects({ world, objects, duplicates }: DecodedInput): readonly InputObject[] {
  const all = [...objects].flatMap(([key, object]) => duplicates.get(key) ?? [object]);
  const isMade = (object: KubeObject): boolean =>
    isWorkload(object) && isJudgedThroughOwner(object, ownersIn(world.namespace(object.meta.namespace)));
  return all.filter(({ object }) => !isMade(object));
}

/** Of allowed servers, the policies of other APIs that close them. */
function creditsIn({ world, objects }: DecodedInput, judge: Judge, decisions: readonly Decision[]) {
  const creditOf = createCredit(world, judge);
  return new Map(
    decisions.flatMap(decision => {
      const server = decision.verdict === 'allow' ? objects.get(refKey(decision.subject))?.object : undefined;
      const policies = server && isWorkload(server) ? creditOf(server) : [];
      return policies.length === 0 ? [] : [[decision, policies] as const];
    }),
  );
}

/** {@link judgeInput} in steps. */
export function* judgingOf(input: DecodedInput, judge: Judge): Steps<JudgedInput> {
  const objects = [...input.objects.values()].map(({ object }) => object);
  const decisions = yield* judgeObjects({ world: input.world, objects }, judge);
  const alternatives = alternativesOf(input);
  const { all, elsewhere } = yield* withAlternatives(input, judge, decisions, alternatives ?? []);
  const isServer = ({ mcp }: Decision): boolean => mcp.standing !== 'no';
  const sorted = all.sort((a, b) => compare(sortKey(a), sortKey(b)));
  const issues = [
    ...input.issues,
    ...duplicateIssues(input.duplicates, 'each is judged, and the worst decides'),
    ...(alternatives === undefined ? tooManyIssue(input) : []),
    ...unjudgedIssues(input.unjudged, input.world, judge),
    ...askedIssues(writtenObjects(input), all, judge.policy),
  ];
  const servers = sorted.filter(isServer);
  const lookClose = sorted.filter(one => !isServer(one));
  return { ...input, issues, decisions: servers, lookClose, elsewhere, credits: creditsIn(input, judge, servers) };
}

/**
 * Judges every MCP server of the input: workloads, and servers of which the input holds the policy alone.
 * Pods and ReplicaSets that another workload of the input made are judged once, through it. Where an object has several documents, each is judged, and
 * the worst decides.
 */
export const judgeInput = (input: DecodedInput, judge: Judge): JudgedInput => atOnce(judgingOf(input, judge));
