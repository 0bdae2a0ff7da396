import type { Edit, Finding } from '../../core/decision.ts';
import { isAbsence } from '../../core/decision.ts';
import { isWithinField, type PathSegment } from '../../core/field-path.ts';
import type { GatePolicy } from '../../core/gate/types.ts';
import type { SelectorManifest } from '../../core/kube/syntax.ts';
import type { ObjectRef } from '../../core/kube/types.ts';
import type { Source } from '../../core/manifest.ts';
import { compare } from '../../core/order.ts';
import { mergeBlocks } from '../../core/remedy/excepts.ts';
import { writtenFor } from '../../core/remedy/written-mark.ts';
import { isNetworkPolicy } from '../../core/world/object-kinds.ts';
import { type JudgedInput, refKey, sourceOf } from './check.ts';
import { type GatewayNote, type GeneratedPolicies, type GeneratedPolicy, generateForInput } from './generate.ts';
import { once } from './merge-worlds.ts';

/** Where an object stands in a file: as in {@link Source}. */
interface Spot {
  readonly object: ObjectRef;
  readonly document: number;
  readonly pointer: readonly PathSegment[];
}

/** One change to a file. */
export type FileEdit =
  /** Append the blocks to the `except` list at `path` of the object, making the list if there is none. */
  | (Spot & { readonly kind: 'add-excepts'; readonly path: string; readonly blocks: readonly string[] })
  /** Give the peer at `path` of the object, which has none, a `podSelector`. */
  | (Spot & { readonly kind: 'add-pod-selector'; readonly path: string; readonly podSelector: SelectorManifest })
  /** Put the policy behind the last of the objects that this one stands among. */
  | (Spot & { readonly kind: 'add-policy'; readonly policy: GeneratedPolicy })
  /** Put the policy in the place of this one, which was written before and not edited since. */
  | (Spot & { readonly kind: 'replace-policy'; readonly policy: GeneratedPolicy });

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

const STDIN = '-';
const EDITED = 'it was edited since it was written, and stays as it is: delete it to have another';
const NOT_A_FILE = 'it was read from standard input, which cannot be changed';

/** Why a field cannot be changed in the file of its object; `undefined`: it can. */
function whyNotEditable({ file, build }: Source, path: string): string | undefined {
  if (file === STDIN) return NOT_A_FILE;
  if (build === undefined) return undefined;
  const { name, changed } = build;
  if (changed === undefined) return `it comes out of ${name}: change what that is made of`;
  const isChanged = ['metadata.name', path].some(field =>
    changed.some(one => isWithinField(one, field) || isWithinField(field, one)),
  );
  return isChanged ? `${name} changes it on its way from ${file}: change it there` : undefined;
}

/** The file beside which a new policy belongs: what a kustomization builds takes new files from its own folder. */
function besideOf({ file, build }: Source): string | undefined {
  if (file === STDIN || build?.tool === 'helm') return undefined;
  const isItsOwn = build === undefined || folderOf(build.file) === folderOf(file);
  return isItsOwn && build?.name !== file ? file : build?.file;
}

const folderOf = (file: string): string => file.slice(0, Math.max(file.lastIndexOf('/'), 0));

/** A values file takes the policies of its servers itself: a file beside it would never be installed. */
const isInValues = ({ pointer }: Source): boolean => pointer[0] === 'extraObjects';

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

/** What several findings ask to be added to one `except` list. */
interface Excepts {
  readonly manifest: Source;
  readonly object: ObjectRef;
  readonly path: string;
  readonly blocks: Set<string>;
}

function exceptsEdit({ manifest, object, path, blocks }: Excepts): {
  readonly manifest: Source;
  readonly edit: FileEdit;
} {
  const { document, pointer } = manifest;
  return { manifest, edit: { kind: 'add-excepts', object, document, pointer, path, blocks: mergeBlocks([...blocks]) } };
}

class Planner {
  readonly #judged: JudgedInput;
  readonly #generated: Generated;
  readonly #excepts = new Map<string, Excepts>();
  readonly #changed = new Map<string, { readonly manifest: Source; readonly edit: FileEdit }>();
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
      const reason = manifest && whyNotEditable(manifest, 'spec');
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
    if (manifest === undefined || whyNotEditable(manifest, 'spec') !== undefined) return;
    const { document, pointer } = manifest;
    const edit = { kind: 'replace-policy' as const, object, document, pointer, policy };
    this.#changed.set(`${manifest.file} ${refKey(object)}`, { manifest, edit });
  }

  #edit(finding: Finding, edit: Edit): string | undefined {
    const { summary } = finding.fix;
    const manifest = sourceOf(this.#judged, finding);
    if (manifest === undefined) return summary;
    const reason = whyNotEditable(manifest, edit.path);
    if (reason !== undefined) return `${summary} (${reason})`;
    if (edit.kind === 'add-excepts') this.#addExcepts(manifest, edit.policy, edit.path, edit.blocks);
    else this.#addSelector(manifest, edit);
    return undefined;
  }

  #addSelector(manifest: Source, { policy, path, podSelector }: Edit & { kind: 'add-pod-selector' }): void {
    const key = `${manifest.file} ${manifest.document} ${refKey(policy)} ${path}`;
    const { document, pointer } = manifest;
    this.#changed.set(key, {
      manifest,
      edit: { kind: 'add-pod-selector', object: policy, document, pointer, path, podSelector },
    });
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
    return `${fix.summary} (${whyNotEditable(manifest, '')})`;
  }

  #addExcepts(manifest: Source, object: ObjectRef, path: string, blocks: readonly string[]): void {
    const key = `${manifest.file} ${manifest.document} ${refKey(object)} ${path}`;
    const known = this.#excepts.get(key) ?? { manifest, object, path, blocks: new Set() };
    this.#excepts.set(key, known);
    for (const block of blocks) known.blocks.add(block);
  }

  #files(): FixPlan['files'] {
    const added = this.#added
      .filter(({ manifest }) => isInValues(manifest))
      .map(({ manifest, policy }) => {
        const { document, pointer } = manifest;
        return { manifest, edit: { kind: 'add-policy' as const, object: policy.subject, document, pointer, policy } };
      });
    const byFile = Map.groupBy(
      [...this.#excepts.values().map(exceptsEdit), ...this.#changed.values(), ...added],
      ({ manifest }) => manifest.file,
    );
    return [...byFile]
      .map(([file, edits]) => ({ file, edits: edits.map(({ edit }) => edit) }))
      .sort((a, b) => compare(a.file, b.file));
  }

  #newFiles(): FixPlan['newFiles'] {
    const added = this.#added.filter(({ manifest }) => !isInValues(manifest));
    const byFile = Map.groupBy(added, ({ manifest }) => besideOf(manifest) ?? '');
    return [...byFile]
      .map(([beside, some]) => ({ beside, policies: some.map(({ policy }) => policy) }))
      .sort((a, b) => compare(a.beside, b.beside));
  }
}

/** What is the same in two worlds, once: within one world nothing is told twice. */
const onceOfSeveral = <One>(lists: readonly (readonly One[])[]): readonly One[] =>
  lists.length === 1 ? lists.flat() : once(lists.flat());

/** Plans for several worlds as one: what two of them ask for alike is done once. */
function mergePlans(plans: readonly FixPlan[]): FixPlan {
  const byFile = Map.groupBy(
    plans.flatMap(({ files }) => files),
    ({ file }) => file,
  );
  const byPlace = Map.groupBy(
    plans.flatMap(({ newFiles }) => newFiles),
    ({ beside }) => beside,
  );
  return {
    files: [...byFile].map(([file, some]) => ({ file, edits: once(some.flatMap(({ edits }) => edits)) })),
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

/** What {@link planFixes} leaves to a person, without the changes. */
export const unfixedIn = (worlds: readonly JudgedInput[], policy: GatePolicy): FixPlan['unfixed'] =>
  onceOfSeveral(worlds.map(judged => plannerOf(judged, policy).unfixed()));

/**
 * What `check --fix` changes: missing excepts are added where the policies stand; missing policies go into a new file beside the server's,
 * or among the `extraObjects` of a values file. Nothing is planned for standard input. What an exception sets aside stays as it is.
 */
export function planFixes(worlds: readonly JudgedInput[], policy: GatePolicy): FixPlan {
  const plans = worlds.map(judged => plannerOf(judged, policy).plan());
  const [only] = plans.length === 1 ? plans : [];
  return only ?? mergePlans(plans);
}
