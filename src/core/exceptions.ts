import type { AppliedException, Decision, ExceptedFinding, Finding, RefusedException } from './decision.ts';
import { IGNORE_ANNOTATION, type ReadIgnores, readIgnores } from './gate/ignore-annotation.ts';
import type { Exception, GatePolicy } from './gate/types.ts';
import type { KubeObject, Labels, ObjectRef, Workload } from './kube/types.ts';
import { NEVER_IGNORED } from './never-ignored.ts';
import { lineage, ownersIn } from './owner.ts';
import type { RuleContext } from './rule.ts';
import { isWorkload, objectIn, refOf } from './world.ts';

/** Findings, sorted by whether an exception sets them aside. */
type Sorted = Pick<Decision, 'findings' | 'excepted' | 'refusedExceptions'>;

/** Of a server of which nothing was found. */
export const NOTHING_FOUND: Sorted = { findings: [], excepted: [], refusedExceptions: [] };

/** An annotation by which an object asks for exceptions, and what it comes to. */
export interface Ignore extends ReadIgnores {
  /** Field path inside the object. */
  readonly path: string;
}

const pathIn = (annotations: string): string => `${annotations}["${IGNORE_ANNOTATION}"]`;

/** What an object asks for by annotations. Those of a pod template are among them: its Pods bear them, and are judged by them. */
export function ignoresOf(object: KubeObject, policy: GatePolicy): readonly Ignore[] {
  const read = (annotations: Labels, path: () => string): readonly Ignore[] => {
    const text = annotations.get(IGNORE_ANNOTATION);
    return text === undefined ? [] : [{ path: path(), ...readIgnores(text, { policy, never: NEVER_IGNORED }) }];
  };
  const own = read(object.meta.annotations, () => pathIn('metadata.annotations'));
  if (!isWorkload(object) || object.kind === 'Pod') return own;
  const ofPods = object.podLabelsPath.replace(/labels$/, 'annotations');
  return [...own, ...read(object.podAnnotations, () => pathIn(ofPods))];
}

/** An object that bears annotations, and what they come to. */
interface Bearer extends ReadIgnores {
  readonly object: ObjectRef;
}

function bearerOf(object: KubeObject, policy: GatePolicy): readonly Bearer[] {
  const reads = ignoresOf(object, policy);
  if (reads.length === 0) return [];
  const counted = reads.flatMap(read => read.counted);
  const refused = reads.flatMap(read => read.refused);
  return [{ object: refOf(object), counted, refused }];
}

/** Of another namespace: whoever rules there must not excuse what he does to a server of this one. */
function refusedAbroad({ object, counted, refused }: Bearer): Bearer {
  const why = 'it is in another namespace than the server';
  const abroad = counted.map(({ rule, reason, expires }) => ({
    text: `${rule} ${reason} until ${expires}`,
    why,
    isEnded: false,
  }));
  return { object, counted: [], refused: [...refused, ...abroad] };
}

const keyOf = ({ kind, namespace, name }: ObjectRef): string => `${kind} ${namespace}/${name}`;

/** By object: those at fault that bear annotations, each read once. The server itself may stand in the world as it was before a change. */
function bearersAtFault(all: readonly Finding[], { content, subject, ref, policy }: RuleContext): Map<string, Bearer> {
  const objects = new Map(all.map(({ object }) => [keyOf(object), object]));
  if (ref.kind === subject.kind) objects.delete(keyOf(ref));
  return new Map(
    [...objects].flatMap(([key, object]) => {
      const found = objectIn(content, object);
      const isHere = found?.kind === 'Namespace' || object.namespace === content.name;
      const bearers = found === undefined ? [] : bearerOf(found, policy);
      return bearers.map((bearer): readonly [string, Bearer] => [key, isHere ? bearer : refusedAbroad(bearer)]);
    }),
  );
}

/** The exceptions of the GatePolicy for a server: they name it, or one of the controllers that made it. A name that is still to be generated is no name. */
function listedFor({ ref, subject, policy }: RuleContext, chain: readonly Workload[]): readonly Exception[] {
  const links = [{ kind: ref.kind, meta: subject.meta }, ...chain];
  return policy.exceptions.filter(
    ({ namespace, kind, name }) =>
      namespace === subject.meta.namespace && links.some(link => link.kind === kind && link.meta.name === name),
  );
}

function listedException({ kind, namespace, name, reason, expires }: Exception): AppliedException {
  return { by: 'policy', object: { kind, namespace, name }, reason, expires };
}

const annotated = (rule: string, { object, counted }: Bearer): readonly AppliedException[] =>
  counted
    .filter(entry => entry.rule === rule)
    .map(({ reason, expires }) => ({ by: 'annotation', object, reason, expires }));

const longer = (one: AppliedException, other: AppliedException): AppliedException =>
  other.expires > one.expires ? other : one;

/** The exception that holds longest; one of the GatePolicy before annotations. */
function exceptionFor(
  rule: string,
  listed: readonly Exception[],
  bearers: readonly Bearer[],
): AppliedException | undefined {
  const ofPolicy = listed.filter(({ rules }) => rules.includes(rule)).map(listedException);
  const all = ofPolicy.length > 0 ? ofPolicy : bearers.flatMap(bearer => annotated(rule, bearer));
  return all.length === 0 ? undefined : all.reduce(longer);
}

/**
 * Sets aside findings of rules about changes, as far as the GatePolicy lists them for the object that they are about, by its own name. For a Namespace
 * its name is the namespace of the exception as well.
 */
export function applyListed(
  all: readonly Finding[],
  { exceptions }: GatePolicy,
): Pick<Sorted, 'findings' | 'excepted'> {
  const findings: Finding[] = [];
  const excepted: ExceptedFinding[] = [];
  for (const finding of all) {
    const { kind, name, namespace } = finding.subject;
    const isAbout = (one: Exception): boolean =>
      one.kind === kind && one.name === name && one.namespace === (kind === 'Namespace' ? name : namespace);
    const exception = exceptionFor(finding.rule, exceptions.filter(isAbout), []);
    if (exception === undefined) findings.push(finding);
    else excepted.push({ ...finding, exception });
  }
  return { findings, excepted };
}

/**
 * Sets aside what the GatePolicy lists for a server, and what annotations ask for as far as the GatePolicy allows: those of the server, of the
 * controllers that made it, and of the object at fault. The judged do not judge themselves: by default nothing counts that an object says of itself.
 */
export function applyExceptions(all: readonly Finding[], context: RuleContext): Sorted {
  if (all.length === 0) return NOTHING_FOUND;
  const { subject, content, policy } = context;
  const chain = lineage(subject, ownersIn(content));
  const listed = listedFor(context, chain);
  const own = chain.flatMap(link => bearerOf(link, policy));
  const atFault = bearersAtFault(all, context);
  const bearers = [...own, ...atFault.values()];
  if (listed.length === 0 && bearers.length === 0) return { ...NOTHING_FOUND, findings: all };
  const findings: Finding[] = [];
  const excepted: ExceptedFinding[] = [];
  for (const finding of all) {
    const ofObject = atFault.get(keyOf(finding.object));
    const exception = exceptionFor(finding.rule, listed, ofObject ? [...own, ofObject] : own);
    if (exception === undefined) findings.push(finding);
    else excepted.push({ ...finding, exception });
  }
  const refusedExceptions = bearers.flatMap(({ object, refused }) =>
    refused.map(({ text, why }): RefusedException => ({ object, text, why })),
  );
  return { findings, excepted, refusedExceptions };
}
