import type { Edit, Finding } from '../../core/decision.ts';
import { isAbsence } from '../../core/decision.ts';
import type { GatePolicy } from '../../core/gate/types.ts';
import type { ObjectRef } from '../../core/kube/types.ts';
import type { Source } from '../../core/manifest.ts';
import { compare } from '../../core/order.ts';
import { writtenFor } from '../../core/remedy/written-mark.ts';
import { isNetworkPolicy } from '../../core/world/object-kinds.ts';
import { type JudgedInput, refKey, sourceOf } from './check.ts';
import { type FileEdit, fileEdit, mergeEdits, placeKey } from './file-edit.ts';
import { type GatewayNote, type GeneratedPolicies, type GeneratedPolicy, generateForInput } from './generate.ts';
import { once } from './merge-worlds.ts';
import { besideOf, isInValues, whyNotEditable } from './where-fixed.ts';

/** All changes that machines can make to the files of an input. */
export interface FixPlan {
  /** Sorted by file. */
  readonly files: readonly { readonly file: string; readonly edits: readonly FileEdit[] }[];
  /** Policies for new files, each beside the file that holds the servers. Sorted by file. */
  readonly newFiles: readonly { readonly beside: string; readonly policies: readonly GeneratedPolicy[] }[];
  /** Who is let in as the gateway where none is configured. In the order of the decisions. */
  readonly gateways: readonly GatewayNote[];
  /** What a person has to do, in the order of the decisions. */
  readonly unfixed: readonly { readonly finding: Finding; readonly todo: string }[];
}

/** The edits that a file does not take, and why. `edits`: to be asked for only where the file may refuse some. */
export type RefusedOf = (
  file: string,
  edits: () => readonly FileEdit[],
) => Promise<readonly { readonly edit: FileEdit; readonly reason: string }[]>;

const EDITED = 'it was edited since it was written, and stays as it is: delete it to have another';

/** What was generated, by the server that it is for. */
interface Generated extends GeneratedPolicies {
  readonly skippedFor: ReadonlyMap<string, string>;
  /** What is to be said where nobody is known to be the gateway. */
  readonly unknownFor: ReadonlyMap<string, string>;
  readonly writtenFor: ReadonlySet<string>;
  /** The policy that is rewritten. */
  readonly replacedFor: ReadonlyMap<string, ObjectRef>;
  readonly replaced: ReadonlyMap<string, ObjectRef>;
}

function byServer(generated: GeneratedPolicies): Generated {
  const { policies, skipped, gateways } = generated;
  const replacing = policies.flatMap(({ subject, replaces }) => (replaces ? [{ subject, replaces }] : []));
  return {
    ...generated,
    skippedFor: new Map(skipped.map(({ subject, reason }) => [refKey(subject), reason])),
    unknownFor: new Map(gateways.filter(one => one.isUnknown).map(({ subject, says }) => [refKey(subject), says])),
    writtenFor: new Set(policies.map(({ subject }) => refKey(subject))),
    replacedFor: new Map(replacing.map(({ subject, replaces }) => [refKey(subject), replaces])),
    replaced: new Map(replacing.map(({ replaces }) => [refKey(replaces), replaces])),
  };
}

/** An edit of the file that a manifest stands in. */
interface Placed {
  readonly manifest: Source;
  readonly edit: FileEdit;
}

const byFile = (placed: readonly Placed[]): FixPlan['files'] =>
  [...Map.groupBy(placed, ({ manifest }) => manifest.file)]
    .map(([file, some]) => ({ file, edits: mergeEdits(some.map(({ edit }) => edit)) }))
    .sort((a, b) => compare(a.file, b.file));

class Planner {
  readonly #judged: JudgedInput;
  readonly #generated: Generated;
  readonly #edits: (Placed & { readonly finding: Finding })[] = [];
  readonly #rewritten = new Map<string, Placed>();
  readonly #added: { readonly manifest: Source; readonly policy: GeneratedPolicy }[] = [];

  constructor(judged: JudgedInput, generated: GeneratedPolicies) {
    this.#judged = judged;
    this.#generated = byServer(generated);
  }

  /** What a person has to do; the changes that mend the rest are noted. */
  unfixed(): FixPlan['unfixed'] {
    return this.#judged.decisions.flatMap(({ findings }) =>
      findings.flatMap(finding => {
        const todo = this.#fix(finding);
        return todo === undefined ? [] : [{ finding, todo }];
      }),
    );
  }

  /** As {@link unfixed}, with what files do not take of the changes. */
  async unfixedWith(refusedOf: RefusedOf): Promise<FixPlan['unfixed']> {
    const unfixed = [...this.unfixed()];
    for (const [file, some] of Map.groupBy(this.#edits, ({ manifest }) => manifest.file)) {
      const refused = await refusedOf(file, () => mergeEdits(some.map(({ edit }) => edit)));
      const reasons = new Map(refused.map(({ edit, reason }) => [placeKey(edit), reason]));
      if (reasons.size === 0) continue;
      for (const { finding, edit } of some) {
        const reason = reasons.get(placeKey(edit));
        if (reason !== undefined) unfixed.push({ finding, todo: `${finding.fix.summary} (${reason})` });
      }
    }
    return unfixed;
  }

  plan(): FixPlan {
    const unfixed = this.unfixed();
    for (const policy of this.#generated.policies) {
      if (policy.replaces !== undefined) {
        this.#rewrite(policy, policy.replaces);
        continue;
      }
      const manifest = this.#manifestOf(policy.subject);
      if (manifest !== undefined && besideOf(manifest) !== undefined) this.#added.push({ manifest, policy });
    }
    const { writtenFor: written } = this.#generated;
    const gateways = this.#generated.gateways.filter(({ subject }) => written.has(refKey(subject)));
    return { files: this.#files(), newFiles: this.#newFiles(), gateways, unfixed };
  }

  #manifestOf(ref: ObjectRef): Source | undefined {
    return this.#judged.objects.get(refKey(ref))?.manifest;
  }

  /** Notes the change that mends a finding; what is to be done by hand where there is none. */
  #fix(finding: Finding): string | undefined {
    const { edit, summary } = finding.fix;
    const rewritten = this.#rewrittenFor(finding);
    if (rewritten !== undefined) {
      const manifest = this.#manifestOf(rewritten);
      const reason = manifest && whyNotEditable(manifest, 'metadata.name', 'spec');
      return reason && `${summary} (${reason})`;
    }
    if (edit !== undefined) return this.#edit(finding, edit);
    const isLacking = isAbsence(finding) || finding.messageId === 'locked-out';
    if (isLacking) return this.#createPolicy(finding);
    return this.#isEdited(finding.object) ? `${summary} (${EDITED})` : summary;
  }

  /** The policy that is rewritten, of a finding in it or one that this mends. */
  #rewrittenFor({ object, subject, messageId }: Finding): ObjectRef | undefined {
    const { replaced, replacedFor } = this.#generated;
    return replaced.get(refKey(object)) ?? (messageId === 'locked-out' ? replacedFor.get(refKey(subject)) : undefined);
  }

  /** Of a policy that was written for a server, and that somebody has edited since. */
  #isEdited(ref: ObjectRef): boolean {
    const object = this.#judged.objects.get(refKey(ref))?.object;
    return object !== undefined && isNetworkPolicy(object) && writtenFor(object)?.isUntouched === false;
  }

  #rewrite(policy: GeneratedPolicy, object: ObjectRef): void {
    const manifest = this.#manifestOf(object);
    if (manifest === undefined || whyNotEditable(manifest, 'metadata.name', 'spec') !== undefined) return;
    const { document, pointer } = manifest;
    const edit = { kind: 'replace-policy' as const, object, document, pointer, policy };
    this.#rewritten.set(refKey(object), { manifest, edit });
  }

  #edit(finding: Finding, edit: Edit): string | undefined {
    const { summary } = finding.fix;
    const manifest = sourceOf(this.#judged, finding);
    if (manifest === undefined) return summary;
    const reason = whyNotEditable(manifest, edit.path);
    if (reason !== undefined) return `${summary} (${reason})`;
    this.#edits.push({ finding, manifest, edit: fileEdit(edit, manifest) });
    return undefined;
  }

  #createPolicy(finding: Finding): string | undefined {
    const { subject, fix } = finding;
    const { skippedFor, unknownFor, writtenFor: written } = this.#generated;
    const skipped = skippedFor.get(refKey(subject));
    if (skipped !== undefined) return skipped;
    const unknown = unknownFor.get(refKey(subject));
    if (unknown !== undefined && finding.messageId === 'locked-out') return unknown;
    if (!written.has(refKey(subject))) return fix.summary;
    const manifest = this.#manifestOf(subject);
    if (manifest === undefined || besideOf(manifest) !== undefined) return undefined;
    return `${fix.summary} (${whyNotEditable(manifest, 'metadata.name')})`;
  }

  #files(): FixPlan['files'] {
    const added = this.#added
      .filter(({ manifest }) => isInValues(manifest))
      .map(({ manifest, policy }) => {
        const { document, pointer } = manifest;
        return { manifest, edit: { kind: 'add-policy' as const, object: policy.subject, document, pointer, policy } };
      });
    return byFile([...this.#edits, ...this.#rewritten.values(), ...added]);
  }

  #newFiles(): FixPlan['newFiles'] {
    const added = this.#added.filter(({ manifest }) => !isInValues(manifest));
    const byPlace = Map.groupBy(added, ({ manifest }) => besideOf(manifest) ?? '');
    return [...byPlace]
      .map(([beside, some]) => ({ beside, policies: some.map(({ policy }) => policy) }))
      .sort((a, b) => compare(a.beside, b.beside));
  }
}

/** What is the same in two worlds, once: within one world nothing is told twice. */
const onceOfSeveral = <One>(lists: readonly (readonly One[])[]): readonly One[] =>
  lists.length === 1 ? lists.flat() : once(lists.flat());

/** Plans for several worlds as one: what two of them ask for alike is done once. */
function mergePlans(plans: readonly FixPlan[]): FixPlan {
  const fileParts = Map.groupBy(
    plans.flatMap(({ files }) => files),
    ({ file }) => file,
  );
  const byPlace = Map.groupBy(
    plans.flatMap(({ newFiles }) => newFiles),
    ({ beside }) => beside,
  );
  return {
    files: [...fileParts].map(([file, some]) => ({ file, edits: mergeEdits(some.flatMap(({ edits }) => edits)) })),
    newFiles: [...byPlace].map(([beside, some]) => ({
      beside,
      policies: once(some.flatMap(({ policies }) => policies)),
    })),
    gateways: once(plans.flatMap(({ gateways }) => gateways)),
    unfixed: onceOfSeveral(plans.map(({ unfixed }) => unfixed)),
  };
}

const plannerOf = (judged: JudgedInput, policy: GatePolicy): Planner =>
  new Planner(judged, generateForInput(judged, policy));

/** What {@link planFixes} leaves to a person, and what the files do not take of the edits that findings ask for. */
export async function unfixedIn(
  worlds: readonly JudgedInput[],
  policy: GatePolicy,
  refusedOf: RefusedOf,
): Promise<FixPlan['unfixed']> {
  return onceOfSeveral(await Promise.all(worlds.map(judged => plannerOf(judged, policy).unfixedWith(refusedOf))));
}

/**
 * What `check --fix` changes: missing excepts are added where the policies stand; missing policies go into a new file beside the server's,
 * or among the `extraObjects` of a values file. Nothing is planned for standard input. What an exception sets aside stays as it is.
 */
export function planFixes(worlds: readonly JudgedInput[], policy: GatePolicy): FixPlan {
  const plans = worlds.map(judged => plannerOf(judged, policy).plan());
  const [only] = plans.length === 1 ? plans : [];
  return only ?? mergePlans(plans);
}
