import type { Edit } from '../../core/decision.ts';
import { type JudgedInput, refKey } from './check.ts';
import { type FileEdit, fileEdit } from './file-edit.ts';

/** The edit of one finding, as a change to the file that holds the policy. */
export interface FindingEdit {
  readonly file: string;
  readonly edit: FileEdit;
}

/** A region of a file and what is to stand there instead. */
export interface TextChange {
  readonly file: string;
  /** 1-based lines, and columns in UTF-16 units; the end is exclusive. Start and end are the same where text is put in. */
  readonly region: {
    readonly startLine: number;
    readonly startColumn: number;
    readonly endLine: number;
    readonly endColumn: number;
  };
  readonly text: string;
}

/** Tells edits apart: two findings may ask for the same one. */
export const editKey = (edit: Edit): string => JSON.stringify(edit);

/** The edits that findings ask for, by their keys: those that files can take. What a build made, and standard input, cannot be changed. */
export function findingEdits(worlds: readonly JudgedInput[]): ReadonlyMap<string, FindingEdit> {
  const edits = new Map<string, FindingEdit>();
  for (const { decisions, objects, build } of worlds) {
    if (build !== undefined) continue;
    for (const { fix } of decisions.flatMap(({ findings, excepted }) => [...findings, ...excepted])) {
      const manifest = fix.edit && objects.get(refKey(fix.edit.policy))?.manifest;
      if (fix.edit === undefined || manifest === undefined || manifest.file === '-') continue;
      edits.set(editKey(fix.edit), { file: manifest.file, edit: fileEdit(fix.edit, manifest) });
    }
  }
  return edits;
}
