import type { PathSegment } from '../../../core/field-path.ts';
import { type Fields, fieldsAt, isFields, own } from '../../../core/kube/reading.ts';

export type Path = readonly PathSegment[];

/** A Compose file as it is written. Its path begins the paths of everything in it, since what Compose runs is of several files. */
export interface ComposeFile {
  /** As the user gave it, or joined to the folder of the file that names it. */
  readonly file: string;
  /** Against which it names other files. */
  readonly folder: string;
  readonly value: unknown;
  /** The tag that stands before the value of a field, where it says how files are merged. Source: Compose specification, merge. */
  readonly tagAt: (path: Path) => 'reset' | 'override' | undefined;
}

/** What is not there, or not read. */
type NotOpened =
  | { readonly kind: 'absent' }
  /** It may be there. The message says why it is not read, as a sentence about the file. */
  | { readonly kind: 'unread'; readonly message: string };

/** What is at the end of a path that a Compose file names. */
export type OpenedFile = { readonly kind: 'file'; readonly file: ComposeFile } | NotOpened;
/** A file with variables. Its path is joined as that of a Compose file is. */
export type OpenedText = { readonly kind: 'text'; readonly file: string; readonly text: string } | NotOpened;

/** Reads the file that a path names from a folder. */
export interface ComposeSource {
  readonly open: (folder: string, path: string) => OpenedFile;
  readonly text: (folder: string, path: string) => OpenedText;
}

/** The fields of a service; `undefined` where the document has none of that name. */
export function serviceIn(value: unknown, name: string): Fields | undefined {
  const fields = isFields(value) ? own(fieldsAt(value, 'services'), name) : undefined;
  return isFields(fields) ? fields : undefined;
}

export const serviceNames = ({ value }: ComposeFile): readonly string[] =>
  isFields(value) ? Object.keys(fieldsAt(value, 'services')) : [];
