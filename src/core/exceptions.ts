import type { AppliedException, Decision, Excepted, Found, RefusedException } from './decision.ts';
import { type ExceptionBasis, exceptionText, type ReadExceptions } from './gate/asked-exception.ts';
import { readGateException } from './gate/gate-exception.ts';
import { IGNORE_ANNOTATION, readIgnores } from './gate/ignore-annotation.ts';
import type { Exception, GatePolicy } from './gate/types.ts';
import type { GateException, KubeObject, Labels, ObjectRef, Workload } from './kube/types.ts';
import { NEVER_IGNORED } from './never-ignored.ts';
import { lineage, ownersIn } from './owner.ts';
import type { RuleContext } from './rule.ts';
import { isGateException, isWorkload } from './world/object-kinds.ts';
import { refOf } from './world/refs.ts';
import { type NamespaceContent, objectIn } from './world/world.ts';

/** Findings, sorted by whether an exception sets them aside. */
type Sorted<One extends Found = Found> = Pick<Decision<One>, 'findings' | 'excepted' | 'refusedExceptions'>;

/** Of a server of which nothing was found. */
export const NOTHING_FOUND: Sorted<never> = { findings: [], excepted: [], refusedExceptions: [] };

/** An object that asks for exceptions, and what that comes to. */
export interface Ignore extends ReadExceptions {
  readonly by: 'annotation' | 'resource';
  /** Field path inside the object. */
  readonly path: string;
}

const pathIn = (annotations: string): string => `${annotations}["${IGNORE_ANNOTATION}"]`;

/** What an object asks for by annotations. Those of a pod template are among them: its Pods bear them, and are judged by them. */
function annotationsOf(object: KubeObject, basis: ExceptionBasis): readonly Ignore[] {
  const read = (annotations: Labels, path: () => string): readonly Ignore[] => {
    const text = annotations.get(IGNORE_ANNOTATION);
    return text === undefined ? [] : [{ by: 'annotation', path: path(), ...readIgnores(text, basis) }];
  };
  const own = read(object.meta.annotations, () => pathIn('metadata.annotations'));
  if (!isWorkload(object) || object.kind === 'Pod') return own;
  const ofPods = object.podLabelsPath.replace(/labels$/, 'annotations');
  return [...own, ...read(object.podAnnotations, () => pathIn(ofPods))];
}

/** What an object asks for: by its annotations, or by being a GateException. */
export function ignoresOf(object: KubeObject, policy: GatePolicy): readonly Ignore[] {
  const basis = { policy, never: NEVER_IGNORED };
  return isGateException(object)
    ? [{ by: 'resource', path: 'spec', ...readGateException(object, basis) }]
    : annotationsOf(object, basis);
}

/** An object that asks for exceptions for itself or for another one, and what that comes to. */
interface Bearer extends ReadExceptions {
  readonly by: Ignore['by'];
  readonly object: ObjectRef;
}

function bearerOf(object: KubeObject, policy: GatePolicy): readonly Bearer[] {
  const reads = ignoresOf(object, policy);
  const [first] = reads;
  if (first === undefined) return [];
  const counted = reads.flatMap(read => read.counted);
  const refused = reads.flatMap(read => read.refused);
  return [{ by: first.by, object: refOf(object), counted, refused }];
}

/** Of another namespace: whoever rules there must not excuse what he does to a server of this one. */
function refusedAbroad(bearer: Bearer): Bearer {
  const why = 'it is in another namespace than the server';
  const abroad = bearer.counted.map(entry => ({ text: exceptionText(entry), why, isEnded: false }));
  return { ...bearer, counted: [], refused: [...bearer.refused, ...abroad] };
}

const keyOf = ({ kind, namespace, name }: ObjectRef): string => `${kind} ${namespace}/${name}`;

/** GateExceptions for one object that are looked at, the first ones by name: whoever writes more has nobody wait for them. */
export const MOST_EXCEPTIONS_OF_ONE = 100;

/** The GateExceptions of a namespace for one object of it. */
const exceptionsFor = (content: NamespaceContent, kind: string, name: string): readonly GateException[] =>
  content.exceptionsFor(kind, name).slice(0, MOST_EXCEPTIONS_OF_ONE);

/** Objects at fault that bear annotations, or that GateExceptions name, by the reference that their findings share. */
export type BearersAtFault = ReadonlyMap<ObjectRef, readonly Bearer[]>;

/** What the objects at fault ask for, and what is asked for them, each read once. */
export function bearersAtFault(
  objects: ReadonlySet<ObjectRef>,
  content: NamespaceContent,
  policy: GatePolicy,
): BearersAtFault {
  return new Map(
    [...objects].flatMap(object => {
      const found = objectIn(content, object);
      const isHere = found?.kind === 'Namespace' || object.namespace === content.name;
      const annotated = found === undefined ? [] : bearerOf(found, policy);
      const named = isHere
        ? exceptionsFor(content, object.kind, object.name).flatMap(one => bearerOf(one, policy))
        : [];
      const bearers = isHere ? [...annotated, ...named] : annotated.map(refusedAbroad);
      return bearers.length === 0 ? [] : [[object, bearers] as const];
    }),
  );
}

/** A name that findings on a server may be excused by. */
type Link = Pick<Workload, 'kind' | 'meta'>;

/** A server by its own name, and the controllers that made it by theirs. A name that is still to be generated is no name. */
const linksOf = ({ ref, subject }: RuleContext, chain: readonly Workload[]): readonly Link[] => [
  { kind: ref.kind, meta: subject.meta },
  ...chain,
];

/** Those that ask for the server itself: it, the controllers that made it, and GateExceptions that name one of them. */
function bearersOfServer(context: RuleContext, chain: readonly Workload[]): readonly Bearer[] {
  const { content, policy } = context;
  const names = new Map(linksOf(context, chain).map(({ kind, meta }) => [`${kind}/${meta.name}`, { kind, meta }]));
  return [
    ...chain.flatMap(link => bearerOf(link, policy)),
    ...[...names.values()]
      .flatMap(({ kind, meta }) => exceptionsFor(content, kind, meta.name))
      .flatMap(one => bearerOf(one, policy)),
  ];
}

/** The exceptions of the GatePolicy for a server: they name it, or one of the controllers that made it. */
function listedFor(context: RuleContext, chain: readonly Workload[]): readonly Exception[] {
  const { subject, policy } = context;
  const links = linksOf(context, chain);
  return policy.exceptions.filter(
    ({ namespace, kind, name }) =>
      namespace === subject.meta.namespace && links.some(link => link.kind === kind && link.meta.name === name),
  );
}

function listedException({ kind, namespace, name, reason, expires }: Exception): AppliedException {
  return { by: 'policy', object: { kind, namespace, name }, reason, expires };
}

const askedFor = (rule: string, { by, object, counted }: Bearer): readonly AppliedException[] =>
  counted.filter(entry => entry.rule === rule).map(({ reason, expires }) => ({ by, object, reason, expires }));

const longer = (one: AppliedException, other: AppliedException): AppliedException =>
  other.expires > one.expires ? other : one;

/** The exception that holds longest; one of the GatePolicy before what the namespace asks for. */
function exceptionFor(
  rule: string,
  listed: readonly Exception[],
  bearers: readonly Bearer[],
): AppliedException | undefined {
  const ofPolicy = listed.filter(({ rules }) => rules.includes(rule)).map(listedException);
  const all = ofPolicy.length > 0 ? ofPolicy : bearers.flatMap(bearer => askedFor(rule, bearer));
  return all.length === 0 ? undefined : all.reduce(longer);
}

/**
 * Sets aside findings of rules about changes, as far as the GatePolicy lists them for the subject, by its own name. For a Namespace its name is the
 * namespace of the exception as well.
 */
export function applyListed<One extends Found>(
  all: readonly One[],
  { kind, name, namespace }: ObjectRef,
  { exceptions }: GatePolicy,
): Pick<Sorted<One>, 'findings' | 'excepted'> {
  const isAbout = (one: Exception): boolean =>
    one.kind === kind && one.name === name && one.namespace === (kind === 'Namespace' ? name : namespace);
  return setAside(all, exceptions.filter(isAbout), () => []);
}

/** The findings, less those that an exception is there for. `bearersFor`: who asks for some. */
function setAside<One extends Found>(
  all: readonly One[],
  listed: readonly Exception[],
  bearersFor: (finding: One) => readonly Bearer[],
): Pick<Sorted<One>, 'findings' | 'excepted'> {
  const findings: One[] = [];
  const excepted: Excepted<One>[] = [];
  for (const finding of all) {
    const exception = exceptionFor(finding.rule, listed, bearersFor(finding));
    if (exception === undefined) findings.push(finding);
    else excepted.push({ ...finding, exception });
  }
  return { findings, excepted };
}

/** The bearers beside the server itself, which may stand in the world as it was before a change. */
function othersAtFault(atFault: BearersAtFault, { subject, ref }: RuleContext): BearersAtFault {
  if (atFault.size === 0 || ref.kind !== subject.kind) return atFault;
  return new Map([...atFault].filter(([object]) => keyOf(object) !== keyOf(ref)));
}

const eachOnce = (bearers: Iterable<Bearer>): readonly Bearer[] => [
  ...new Map(Iterator.from(bearers).map(bearer => [keyOf(bearer.object), bearer])).values(),
];

/**
 * Sets aside what the GatePolicy lists for a server, and what annotations and GateExceptions ask for as far as the GatePolicy allows: those of or for
 * the server, the controllers that made it, and the object at fault. The judged do not judge themselves: by default nothing counts that is said in
 * their own namespace.
 */
export function applyExceptions(all: readonly Found[], atFault: BearersAtFault, context: RuleContext): Sorted {
  if (all.length === 0) return NOTHING_FOUND;
  const { subject, content } = context;
  const chain = lineage(subject, ownersIn(content));
  const listed = listedFor(context, chain);
  const own = bearersOfServer(context, chain);
  const others = othersAtFault(atFault, context);
  const bearers = [...own, ...eachOnce([...others.values()].flat())];
  if (listed.length === 0 && bearers.length === 0) return { ...NOTHING_FOUND, findings: all };
  const sorted = setAside(all, listed, ({ object }) => [...own, ...(others.get(object) ?? [])]);
  const refusedExceptions = bearers.flatMap(({ object, refused }) =>
    refused.map(({ text, why }): RefusedException => ({ object, text, why })),
  );
  return { ...sorted, refusedExceptions };
}
