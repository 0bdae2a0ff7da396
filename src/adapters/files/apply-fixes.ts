import { existsSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, extname, join } from 'node:path';
import type { FileEdit, FixPlan } from '../../app/report/fix.ts';
import type { GeneratedPolicy } from '../../app/report/generate.ts';
import { type Fields, fieldsAt, isFields, own } from '../../core/kube/reading.ts';
import type { ObjectRef } from '../../core/kube/types.ts';
import { isSame } from '../../core/same.ts';
import { replaceFile } from '../system/replace-file.ts';
import type { FindWritePlace } from '../system/write-place.ts';
import { splitDocuments } from '../yaml/documents.ts';
import { createParser } from '../yaml/parse.ts';
import { decodeText } from '../yaml/text.ts';
import { editText } from './edit.ts';
import { DEFAULT_LIMITS } from './read.ts';
import { renderPolicies } from './render-policies.ts';

/** One thing that was changed, or that could not be. */
export interface FixedObject {
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
}

interface Log {
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

/** Changes one file. Throws what the file system throws. */
function editFile({ file, edits }: FixPlan['files'][number], findPlace: FindWritePlace, log: Log): void {
  const place = findPlace(file);
  if (place.kind === 'refused') {
    refuseFile(log, file, edits, place.reason);
    return;
  }
  const before = readText(place.path);
  const { text, done, refused } = editText(before, edits);
  if (text !== before) replaceFile(place.path, text);
  log.changed.push(...done.map(edit => ({ file, ...saysOf(edit) })));
  log.refused.push(...refused.map(({ edit, reason }) => ({ file, object: edit.object, says: reason })));
}

/** `tools/server.yaml` → `tools/server.networkpolicy.yaml`. */
export function policyFileFor(file: string): string {
  return join(dirname(file), `${basename(file, extname(file))}.networkpolicy.yaml`);
}

/** What a file of policies holds: no text where there is no file. */
interface Policies {
  readonly text: string | undefined;
  readonly policies: readonly Fields[];
}

const UNREADABLE = 'nothing was written, since';

/** The policies in a text, or where it cannot be read: whoever reads all of the file would read nothing behind that place. */
function policiesIn(text: string): readonly Fields[] | string {
  const parse = createParser(DEFAULT_LIMITS);
  const policies: Fields[] = [];
  for (const { text: document, line } of splitDocuments(text)) {
    const parsed = parse(document);
    if (parsed.kind === 'fault')
      return `line ${line + parsed.fault.line} of the file cannot be read: ${parsed.fault.message}`;
    if (isFields(parsed.value) && own(parsed.value, 'kind') === 'NetworkPolicy') policies.push(parsed.value);
  }
  return policies;
}

/** Reads a file that may not be there; in place of what cannot be read, a text says why. */
function readPolicies(file: string): Policies | string {
  if (!existsSync(file)) return { text: undefined, policies: [] };
  const bytes = readFileSync(file);
  const decoded = decodeText(bytes, file);
  if (decoded.kind === 'problem') return `${UNREADABLE} ${decoded.problem.message}`;
  const policies = policiesIn(decoded.text);
  return typeof policies === 'string' ? `${UNREADABLE} ${policies}` : { text: bytes.toString('utf8'), policies };
}

function isNamed({ manifest: { metadata } }: GeneratedPolicy, known: Fields): boolean {
  const other = fieldsAt(known, 'metadata');
  return own(other, 'name') === metadata.name && own(other, 'namespace') === metadata.namespace;
}

const isWritten = (policy: GeneratedPolicy, known: Fields): boolean =>
  isSame(known, JSON.parse(JSON.stringify(policy.manifest)));

const TAKEN = 'another policy of this name is in the file: change it by hand';

/** Reading a pipe or a device once more would wait, or bring something else. */
const NO_FILE = 'it is no file that can be changed';

const textBehind = (before: string | undefined): string =>
  before === undefined ? '' : `${before}${before === '' || before.endsWith('\n') ? '' : '\n'}---\n`;

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
  const before = readPolicies(place.path);
  if (typeof before === 'string') {
    refuseFile(log, file, subjects, before);
    return;
  }
  const { text, policies: known } = before;
  const added = policies.filter(policy => !known.some(one => isNamed(policy, one)));
  if (added.length > 0) replaceFile(place.path, textBehind(text) + renderPolicies(added, 'yaml'));
  log.changed.push(...added.map(policy => ({ file, object: refOf(policy), says: 'written' })));
  for (const policy of policies.filter(one => !added.includes(one))) {
    if (known.some(one => isNamed(policy, one) && isWritten(policy, one)))
      log.kept.push({ file, object: refOf(policy), says: 'written before' });
    else log.refused.push({ file, object: policy.subject, says: TAKEN });
  }
}

/**
 * Makes the planned changes where `findPlace` allows it. Never throws: what cannot be done is in the report, and a file is either changed as a whole
 * or not at all.
 */
export function applyFixes(plan: FixPlan, findPlace: FindWritePlace): FixReport {
  const log: Log = { changed: [], kept: [], refused: [], unwritten: [] };
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
  return log;
}
