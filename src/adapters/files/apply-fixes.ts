import { readFileSync, statSync } from 'node:fs';
import { parseAllDocuments } from 'yaml';
import type { FileEdit } from '../../app/report/file-edit.ts';
import type { FixPlan } from '../../app/report/fix.ts';
import type { GeneratedPolicy } from '../../app/report/generate.ts';
import { createDecoder } from '../../core/kube/decode.ts';
import { isFields } from '../../core/kube/reading.ts';
import { flow } from '../../core/kube/syntax.ts';
import type { ObjectRef } from '../../core/kube/types.ts';
import { writtenFor } from '../../core/remedy/written-mark.ts';
import { isSame } from '../../core/same.ts';
import { isNetworkPolicy } from '../../core/world/object-kinds.ts';
import { replaceFile } from '../system/replace-file.ts';
import type { FindWritePlace } from '../system/write-place.ts';
import { type EditedText, editText } from './edit.ts';
import { addToResources, kustomizationAbove, type Listed } from './kustomization.ts';
import { policyFileFor, textBehind } from './policy-file.ts';
import { renderPolicies } from './render-policies.ts';
import { unifiedDiff } from './unified-diff.ts';

/** One thing that was changed, or that could not be. */
interface FixedObject {
  readonly file: string;
  /** The policy that was changed or added; the server where a policy could not be added. */
  readonly object: ObjectRef;
  /** What was done, or why it was not. */
  readonly says: string;
}

/** What became of a plan. All lists are in the plan's order: changes to files first, then new files. */
export interface FixReport {
  readonly changed: readonly FixedObject[];
  /** Policies that stand in their new file already, since an earlier run wrote them: the file belongs to the input. */
  readonly kept: readonly FixedObject[];
  readonly refused: readonly FixedObject[];
  /** Files of `refused` that may not or cannot be written at all, whatever was to change in them. */
  readonly unwritten: readonly string[];
  /** Of a dry run, as `git apply` takes it; otherwise empty. */
  readonly diff: string;
}

/** Writes files, or keeps what would be written: whoever reads a file again sees what became of it. */
interface Texts {
  read(path: string): string;
  write(path: string, file: string, text: string): void;
}

interface Log {
  readonly texts: Texts;
  readonly changed: FixedObject[];
  readonly kept: FixedObject[];
  readonly refused: FixedObject[];
  readonly unwritten: string[];
}

function refuseFile(log: Log, file: string, of: readonly { readonly object: ObjectRef }[], says: string): void {
  log.refused.push(...of.map(({ object }) => ({ file, object, says })));
  log.unwritten.push(file);
}

const refOf = ({ subject, manifest }: GeneratedPolicy): ObjectRef => ({
  kind: manifest.kind,
  namespace: manifest.metadata.namespace ?? subject.namespace,
  name: manifest.metadata.name,
});

function saysOf(edit: FileEdit): Pick<FixedObject, 'object' | 'says'> {
  if (edit.kind === 'add-policy') return { object: refOf(edit.policy), says: 'added to extraObjects' };
  if (edit.kind === 'replace-policy') return { object: edit.object, says: 'written anew' };
  if (edit.kind === 'add-pod-selector')
    return { object: edit.object, says: `added to ${edit.path}: podSelector: ${flow(edit.podSelector)}` };
  return { object: edit.object, says: `added to ${edit.path}: ${edit.blocks.join(', ')}` };
}

/** Bytes that are no UTF-8 would be lost on the way: such a file was not read either. */
function readText(file: string): string {
  return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(readFileSync(file));
}

const codeOf = (error: unknown): unknown => (error instanceof Error && 'code' in error ? error.code : undefined);

/** What the operating system's error codes mean to the user; any other is told as it is. */
const FAULTS: ReadonlyMap<unknown, string> = new Map([
  ['ENOENT', 'there is no such file or folder'],
  ['EACCES', 'this may not be changed: permission denied'],
  ['EPERM', 'this may not be changed: permission denied'],
  ['EROFS', 'this may not be changed: the file system is read-only'],
]);

/** A failure of the file system in words. Any other error is ours, and thrown on. */
function faultText(error: unknown): string {
  const code = codeOf(error);
  if (!(error instanceof Error) || code === undefined) throw error;
  return FAULTS.get(code) ?? `this cannot be changed: ${error.message}`;
}

/** What would be written, by path: the file as it is named, with its text before, unless it is new, and after. */
type Pending = Map<string, { readonly file: string; readonly before: string | undefined; readonly after: string }>;

/** `pending`: takes what would be written in a dry run; without it everything is written. */
function textsOf(pending: Pending | undefined): Texts {
  return {
    read: path => pending?.get(path)?.after ?? readText(path),
    write: (path, file, text) => {
      if (pending === undefined) replaceFile(path, text);
      else
        pending.set(path, {
          file,
          before: pending.has(path) ? pending.get(path)?.before : readIfThere(path, readText),
          after: text,
        });
    },
  };
}

/** Changes one file. Throws what the file system throws. */
function editFile({ file, edits }: FixPlan['files'][number], findPlace: FindWritePlace, log: Log): void {
  const place = findPlace(file);
  if (place.kind === 'refused') {
    refuseFile(log, file, edits, place.reason);
    return;
  }
  const before = log.texts.read(place.path);
  const { text, done, refused } = editText(before, edits);
  if (text !== before) log.texts.write(place.path, file, text);
  log.changed.push(...done.map(edit => ({ file, ...saysOf(edit) })));
  log.refused.push(...refused.map(({ edit, reason }) => ({ file, object: edit.object, says: reason })));
}

/** The text of a file that may not be there. */
function readIfThere(file: string, read: (file: string) => string): string | undefined {
  try {
    return read(file);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

interface Known {
  readonly document: number;
  readonly name: unknown;
  readonly namespace: unknown;
  readonly value: unknown;
}

function policiesIn(text: string): readonly Known[] {
  return parseAllDocuments(text, { version: '1.1', logLevel: 'silent' }).flatMap((document, index) => {
    if (document.get('kind') !== 'NetworkPolicy') return [];
    const [name, namespace] = ['name', 'namespace'].map(key => document.getIn(['metadata', key]));
    return { document: index, name, namespace, value: document.toJS() };
  });
}

const isNamed = ({ manifest: { metadata } }: GeneratedPolicy, known: Known): boolean =>
  known.name === metadata.name && known.namespace === metadata.namespace;

const isWritten = (policy: GeneratedPolicy, known: Known): boolean =>
  isSame(known.value, JSON.parse(JSON.stringify(policy.manifest)));

/** Whether the policy in the file was written for the same server before, and nobody has edited it since. */
function isOurs({ value }: Known, { subject }: GeneratedPolicy): boolean {
  const decoded = isFields(value) ? createDecoder()(value) : undefined;
  if (decoded?.kind !== 'object' || !isNetworkPolicy(decoded.object)) return false;
  const written = writtenFor(decoded.object);
  return written?.isUntouched === true && written.server === `${subject.kind}/${subject.name}`;
}

/** Policies of an earlier run, which no input held: those that nobody has edited are written anew. */
function writeAnew(text: string, known: readonly Known[], policies: readonly GeneratedPolicy[]): EditedText {
  const edits = policies.flatMap(policy => {
    const found = known.find(one => isNamed(policy, one));
    if (found === undefined || isWritten(policy, found) || !isOurs(found, policy)) return [];
    const { document } = found;
    return [{ kind: 'replace-policy' as const, object: refOf(policy), document, pointer: [], policy }];
  });
  return editText(text, edits);
}

const TAKEN =
  'another policy of this name is in the file, or one that was edited since it was written: change it by hand';

/** Reading a pipe or a device once more would wait, or bring something else. */
const NO_FILE = 'it is no file that can be changed';

/** Writes policies into the file for them; behind what it holds, where it is there already. Throws what the file system throws. */
function writePolicies({ beside, policies }: FixPlan['newFiles'][number], findPlace: FindWritePlace, log: Log): void {
  const subjects = policies.map(({ subject }) => ({ object: subject }));
  if (!statSync(beside).isFile()) {
    refuseFile(log, beside, subjects, NO_FILE);
    return;
  }
  const file = policyFileFor(beside);
  const place = findPlace(file);
  if (place.kind === 'refused') {
    refuseFile(log, file, subjects, place.reason);
    return;
  }
  const before = readIfThere(place.path, log.texts.read);
  const known = before === undefined ? [] : policiesIn(before);
  const added = policies.filter(policy => !known.some(one => isNamed(policy, one)));
  const anew = writeAnew(before ?? '', known, policies);
  const after = added.length > 0 ? textBehind(before && anew.text) + renderPolicies(added, 'yaml') : anew.text;
  if (after !== (before ?? '')) log.texts.write(place.path, file, after);
  log.changed.push(...anew.done.map(edit => ({ file, ...saysOf(edit) })));
  const rewritten = new Set(anew.done.map(edit => edit.kind === 'replace-policy' && edit.policy));
  log.changed.push(...added.map(policy => ({ file, object: refOf(policy), says: 'written' })));
  for (const policy of policies.filter(one => !added.includes(one) && !rewritten.has(one))) {
    if (known.some(one => isNamed(policy, one) && isWritten(policy, one)))
      log.kept.push({ file, object: refOf(policy), says: 'written before' });
    else log.refused.push({ file, object: policy.subject, says: TAKEN });
  }
  listInKustomization(beside, file, policies, findPlace, log);
}

/** What no kustomization lists is never built: adds the file to the `resources` that list the one beside it, or says that it is not. */
function listInKustomization(
  beside: string,
  file: string,
  policies: readonly GeneratedPolicy[],
  findPlace: FindWritePlace,
  log: Log,
): void {
  const kustomization = kustomizationAbove(beside);
  const [first] = policies;
  if (kustomization === undefined || first === undefined) return;
  const place = findPlace(kustomization);
  const listed: Listed =
    place.kind === 'refused' ? place : addToResources(log.texts.read(place.path), kustomization, beside, file);
  const told = { file: kustomization, object: refOf(first) };
  if (listed.kind === 'refused') log.refused.push({ ...told, says: listed.reason });
  if (listed.kind !== 'added' || place.kind === 'refused') return;
  log.texts.write(place.path, kustomization, listed.text);
  log.changed.push({ ...told, says: `${listed.entry} added to resources` });
}

/**
 * Makes the planned changes where `findPlace` allows it. Never throws: what cannot be done is in the report, and a file is either changed as a whole
 * or not at all. `isDryRun`: nothing is written, and `diff` says what would be.
 */
export function applyFixes(plan: FixPlan, findPlace: FindWritePlace, isDryRun = false): FixReport {
  const pending: Pending = new Map();
  const texts = textsOf(isDryRun ? pending : undefined);
  const log: Log = { texts, changed: [], kept: [], refused: [], unwritten: [] };
  const attempt = (file: string, of: readonly { readonly object: ObjectRef }[], write: () => void): void => {
    try {
      write();
    } catch (error) {
      refuseFile(log, file, of, faultText(error));
    }
  };
  for (const some of plan.files) attempt(some.file, some.edits, () => editFile(some, findPlace, log));
  for (const some of plan.newFiles) {
    const subjects = some.policies.map(({ subject }) => ({ object: subject }));
    attempt(policyFileFor(some.beside), subjects, () => writePolicies(some, findPlace, log));
  }
  const diff = [...pending.values()].map(({ file, before, after }) => unifiedDiff(file, before, after)).join('');
  return { ...log, diff };
}
