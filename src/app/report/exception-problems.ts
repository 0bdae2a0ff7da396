import type { AppliedException, Decision } from '../../core/decision.ts';
import { ignoresOf } from '../../core/exceptions.ts';
import { refText } from '../../core/explain.ts';
import type { AskedException } from '../../core/gate/asked-exception.ts';
import type { Exception, GatePolicy } from '../../core/gate/types.ts';
import type { KubeObject, ObjectRef } from '../../core/kube/types.ts';
import { listed } from '../../core/listed.ts';
import type { Problem } from '../../core/manifest.ts';
import { RULES } from '../../core/rules/index.ts';
import { refOf } from '../../core/world/refs.ts';
import type { InputObject, JudgedInput, ManifestIssue } from './check.ts';

/** Which exceptions set something aside: by whom, the object that is named, or that bears the annotation, and the rule. */
function usedIn(
  decisions: readonly Decision[],
): (by: AppliedException['by'], object: ObjectRef, rule: string) => boolean {
  const keyOf = (by: string, object: ObjectRef, rule: string): string => `${by} ${rule} ${refText(object)}`;
  const used = new Set(
    decisions.flatMap(({ excepted }) => excepted.map(({ rule, exception: { by, object } }) => keyOf(by, object, rule))),
  );
  return (by, object, rule) => used.has(keyOf(by, object, rule));
}

function issuesOf(
  { object, manifest }: InputObject,
  policy: GatePolicy,
  isUsed: (by: AppliedException['by'], object: KubeObject, entry: AskedException) => boolean,
): readonly ManifestIssue[] {
  return ignoresOf(object, policy).flatMap(({ by, path, counted, refused }) => {
    const issue = (code: string, message: string): ManifestIssue => {
      return { severity: 'warning', code, path, message, manifest };
    };
    const unused = counted.filter(entry => !isUsed(by, object, entry));
    return [
      ...refused.map(({ text, why, isEnded }) =>
        issue(isEnded ? 'expired-exception' : 'refused-exception', `"${text}" sets nothing aside: ${why}`),
      ),
      ...unused.map(({ rule, expires }) =>
        issue('unused-exception', `the exception from ${rule} until ${expires} sets nothing aside: remove it`),
      ),
    ];
  });
}

/** What annotations of the objects, and GateExceptions among them, ask for in vain, and what they ask for although nothing is found. */
export function askedIssues(
  objects: Iterable<InputObject>,
  decisions: readonly Decision[],
  policy: GatePolicy,
): readonly ManifestIssue[] {
  const used = usedIn(decisions);
  return [...objects].flatMap(one => issuesOf(one, policy, (by, object, { rule }) => used(by, refOf(object), rule)));
}

/** Rules that are judged at changes alone: of an exception from those, a state tells nothing. */
const CHANGE_RULES: ReadonlySet<string> = new Set(
  RULES.filter(({ judges }) => judges !== 'server').map(({ id }) => id),
);

const warning = (file: string, code: string, message: string): Problem => {
  return { severity: 'warning', code, file, line: 0, column: 0, field: 'spec.exceptions', message };
};

/** Exceptions of the GatePolicy that have ended. */
export function endedExceptions(ended: readonly Exception[], source: string): readonly Problem[] {
  return ended.map(exception => {
    const message = `the exception for ${refText(exception)} ended on ${exception.expires}: it sets nothing aside any more`;
    return warning(source, 'expired-exception', message);
  });
}

/** Objects that a message names; the others are counted. */
const NAMED = 4;

/** Of namespaces that are not in the input: a GatePolicy may serve more than one repository, so that this is said once. */
function elsewhereProblems(exceptions: readonly Exception[], source: string): readonly Problem[] {
  if (exceptions.length === 0) return [];
  const names = [...new Set(exceptions.map(refText))];
  const message = `exceptions for objects in namespaces that are not in the input set nothing aside here: ${listed(names, NAMED)}`;
  return [warning(source, 'unused-exception', message)];
}

/** Exceptions of the GatePolicy that set nothing aside, each with the rules of which that is so. */
function unusedOf({ exceptions }: GatePolicy, decisions: readonly Decision[]): readonly Exception[] {
  const used = usedIn(decisions);
  const isUnused = (exception: Exception, rule: string): boolean =>
    !CHANGE_RULES.has(rule) && !used('policy', exception, rule);
  return exceptions
    .map(exception => ({ ...exception, rules: exception.rules.filter(rule => isUnused(exception, rule)) }))
    .filter(({ rules }) => rules.length > 0);
}

/** What is known of the input besides its objects. */
interface ReadFacts {
  /** Name of the configuration. */
  readonly source: string;
  /** Of reading. */
  readonly problems: readonly Problem[];
  readonly namespace?: string | undefined;
}

/** Where the judgement stops short: of what was not read, nothing can be told to be unused. */
const isPartial = (worlds: readonly JudgedInput[], problems: readonly Problem[]): boolean =>
  [...worlds.flatMap(({ issues }) => issues), ...problems].some(({ severity }) => severity === 'error');

/**
 * Exceptions of the GatePolicy that set nothing aside, rule by rule; none where something of the input could not be read. `namespace`: the only one
 * that was looked at, so that of the others nothing is said; absent: all.
 */
export function unusedExceptions(
  worlds: readonly JudgedInput[],
  policy: GatePolicy,
  { source, problems, namespace }: ReadFacts,
): readonly Problem[] {
  if (isPartial(worlds, problems)) return [];
  const decisions = worlds.flatMap(world => world.decisions);
  const objects = worlds.flatMap(world => [...world.objects.values()]);
  const unused = unusedOf(policy, decisions).filter(one => namespace === undefined || one.namespace === namespace);
  const present = new Set(objects.map(({ object }) => object.meta.namespace || object.meta.name));
  const here = unused.filter(one => present.has(one.namespace));
  const elsewhere = unused.filter(one => !present.has(one.namespace));
  const messages = here.map(exception => {
    const message = `the exception for ${refText(exception)} from ${exception.rules.join(', ')} sets nothing aside: remove it`;
    return warning(source, 'unused-exception', message);
  });
  return [...messages, ...elsewhereProblems(elsewhere, source)];
}
