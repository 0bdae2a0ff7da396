import type { CheckReport } from '../app/report/check-report.ts';
import { compareWith } from '../app/report/compare.ts';
import { decodeSavedReport, type SavedReport } from '../app/report/saved-report.ts';
import { visibleText } from '../core/visible-text.ts';
import { GateError } from '../errors.ts';
import type { Io } from './io.ts';

/** The largest saved report, in bytes, inclusive: of some ten thousand findings. */
const LARGEST = 64 * 1024 * 1024;

const unusable = (file: string, reason: string): GateError =>
  new GateError('unreadable-file', `--against ${file}: ${reason}`);

async function readText(file: string, io: Io): Promise<string> {
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of io.readPieces(file)) {
    length += piece.length;
    if (length > LARGEST) throw unusable(file, `the file is larger than ${LARGEST} bytes`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces)
    .toString('utf8')
    .replace(/^\uFEFF/, '');
}

function parse(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const reason = cause instanceof Error ? visibleText(cause.message) : String(cause);
    throw unusable(file, `this is no JSON: ${reason}`);
  }
}

/** A report that `check` or `scan` saved as JSON. */
async function readSavedReport(file: string, io: Io): Promise<SavedReport> {
  const decoded = decodeSavedReport(parse(await readText(file, io), file));
  if (decoded.kind === 'report') return decoded.report;
  const { path, message } = decoded.issue;
  throw unusable(file, `${path}: ${message}`);
}

/** Compares a report with what was chosen. */
export type Compare = (report: CheckReport) => CheckReport;

/**
 * What `--against` names, read before anything is judged: whatever can be compared with has its place here. Today that is a saved report. Absent:
 * reports stay as they are. Rejects with a GateError that names the file, and the field, of what is no such report.
 */
export async function readAgainst(against: string | undefined, io: Io): Promise<Compare> {
  if (against === undefined) return report => report;
  if (against === '-') throw new GateError('bad-usage', '--against must be a file: standard input is for manifests');
  const saved = await readSavedReport(against, io);
  return report => compareWith(report, saved, visibleText(against));
}
