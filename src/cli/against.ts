import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { CheckReport } from '../app/report/check-report.ts';
import { compareConfigurations, compareWith } from '../app/report/compare.ts';
import { decodeSavedReport, type SavedReport } from '../app/report/saved-report.ts';
import { DATAPLANES, type Dataplane } from '../core/gate/dataplane.ts';
import type { GatePolicy, Mode } from '../core/gate/types.ts';
import { isFields, own } from '../core/kube/reading.ts';
import { visibleText } from '../core/visible-text.ts';
import { GateError } from '../errors.ts';
import { onDataplane, readConfiguration } from './input.ts';
import type { Io } from './io.ts';
import { parseJson, readWhole } from './read-whole.ts';
import { problemText } from './terminal-text.ts';

/** The largest saved report, in bytes, inclusive: of some ten thousand findings. */
const LARGEST = 64 * 1024 * 1024;

const unusable = (file: string, reason: string): GateError =>
  new GateError('unreadable-file', `--against ${file}: ${reason}`);

async function readText(file: string, io: Io): Promise<string> {
  const tooLarge = (): GateError => unusable(file, `the file is larger than ${LARGEST} bytes`);
  return (await readWhole(file, LARGEST, io, tooLarge)).replace(/^\uFEFF/, '');
}

/** A report that `check` or `scan` saved as JSON. */
function decodeReport(text: string, file: string): SavedReport {
  const decoded = decodeSavedReport(parseJson(text, reason => unusable(file, reason)));
  if (decoded.kind === 'report') return decoded.report;
  const { path, message } = decoded.issue;
  throw unusable(file, `${path}: ${message}`);
}

/** What `--against` names. */
export type Against =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'report'; readonly saved: SavedReport; readonly name: string }
  | { readonly kind: 'policy'; readonly policy: GatePolicy; readonly name: string }
  /** The same configuration, where something else enforces the policies. */
  | { readonly kind: 'dataplane'; readonly dataplane: Dataplane['name']; readonly name: string };

const DATAPLANE = /^dataplane=(.*)$/;

function readDataplane(name: string): Against {
  const dataplane = DATAPLANES.find(known => known === name);
  if (dataplane !== undefined) return { kind: 'dataplane', dataplane, name: `dataplane ${dataplane}` };
  throw new GateError('bad-usage', `--against dataplane=${visibleText(name)}: it is one of ${DATAPLANES.join(', ')}`);
}

/** How a GatePolicy says what it is, in YAML; a saved report holds what was passed over, a GatePolicy among it. */
const IS_POLICY = /^kind:\s*["']?GatePolicy["']?\s*(?:#.*)?$/m;

/** Of JSON, what stands at the top; of text that is none, YAML is asked. */
function isPolicy(text: string): boolean {
  if (!text.trimStart().startsWith('{')) return IS_POLICY.test(text);
  try {
    const value: unknown = JSON.parse(text);
    return isFields(value) && own(value, 'kind') === 'GatePolicy';
  } catch {
    return IS_POLICY.test(text);
  }
}

/** The configuration that is compared with, under the mode given on the command line, if any. */
async function readPolicy(file: string, mode: Mode | undefined, io: Io): Promise<Against> {
  const { policy, problems } = await readConfiguration(file, { mode }, io);
  if (policy !== undefined) return { kind: 'policy', policy, name: visibleText(file) };
  throw unusable(file, `it cannot be used:\n${problemText(problems).trimEnd()}`);
}

/**
 * What `--against` names, read before anything is judged: a report that was saved as JSON, a GatePolicy, or a dataplane. Absent: nothing is compared. Rejects with a
 * GateError that names the file, and the field, of what is neither.
 */
export async function readAgainst(against: string | undefined, mode: Mode | undefined, io: Io): Promise<Against> {
  if (against === undefined) return { kind: 'nothing' };
  const [, dataplane] = DATAPLANE.exec(against) ?? [];
  if (dataplane !== undefined) return readDataplane(dataplane);
  if (against === '-') throw new GateError('bad-usage', '--against must be a file: standard input is for manifests');
  const text = await readText(against, io);
  if (isPolicy(text)) return readPolicy(against, mode, io);
  return { kind: 'report', saved: decodeReport(text, against), name: visibleText(against) };
}

/** Other files that stand for those that are judged: a folder in their place, or they themselves as a revision has them. */
export interface OtherFiles {
  readonly kind: 'folder' | 'revision';
  /** The folder, relative to the working folder, or the revision as git takes it. */
  readonly at: string;
}

const REVISION = /^revision=(.+)$/;

/**
 * What `--against` names, where it is other files: a folder, `revision=REV`, or anything that is no file and no dataplane. `undefined`: it is none of
 * these, or absent.
 */
export function otherFiles(against: string | undefined, { workingFolder }: Io): OtherFiles | undefined {
  if (against === undefined || against === '-' || against.startsWith('dataplane=')) return undefined;
  const [, revision] = REVISION.exec(against) ?? [];
  if (revision !== undefined) return { kind: 'revision', at: revision };
  const stat = statSync(resolve(workingFolder, against), { throwIfNoEntry: false });
  if (stat === undefined) return { kind: 'revision', at: against };
  return stat.isDirectory() ? { kind: 'folder', at: against } : undefined;
}

/** A report by a configuration, compared with what was chosen. `judgeBy`: the report on the same objects by another configuration. */
export function compareAgainst(
  against: Against,
  report: CheckReport,
  policy: GatePolicy,
  judgeBy: (policy: GatePolicy) => CheckReport,
): CheckReport {
  if (against.kind === 'nothing') return report;
  const { name } = against;
  if (against.kind === 'report') return compareWith(report, against.saved, name);
  const other = against.kind === 'policy' ? against.policy : onDataplane(policy, against.dataplane);
  return compareConfigurations(report, judgeBy(other), name);
}
