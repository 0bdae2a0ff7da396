import { isFields } from '../../core/kube/reading.ts';
import type { Manifest, Problem } from '../../core/manifest.ts';
import { splitDocuments } from '../yaml/documents.ts';
import { createParser, type DocumentLimits, type Fault } from '../yaml/parse.ts';
import { decodeText, fileProblem } from '../yaml/text.ts';
import { createLoader, type Loaded, readProblem, tooLarge } from './load.ts';
import { type DocumentSource, readObjects, type Sink } from './objects.ts';
import { type FoundFile, findFiles, STDIN } from './walk.ts';

/** Bounds on the input; all inclusive. */
export interface Limits extends DocumentLimits {
  /** Of one file, or of standard input. */
  readonly maxFileBytes: number;
  /** YAML documents in one file; what stands behind them is not read. */
  readonly maxDocuments: number;
}

/** Far above what a cluster takes (etcd refuses objects over 1.5 MiB), far below what exhausts a machine. */
export const DEFAULT_LIMITS: Limits = {
  maxFileBytes: 32 * 1024 * 1024,
  maxDocuments: 100_000,
  maxDepth: 200,
  maxAliases: 10_000,
  maxNodes: 1_000_000,
};

export interface ReadOptions {
  /** Reads standard input to its end; called at most once, and only if `-` is among the paths. */
  readonly stdin: () => Promise<Buffer>;
  /** Called after each file with the number of files done; must be cheap. */
  readonly onProgress?: (filesRead: number) => void;
  /**
   * Takes each manifest as it is read, instead of {@link ReadResult.manifests}. Whoever decodes it there and lets go of its value needs half
   * the memory on a large input, and less time.
   */
  readonly onManifest?: (manifest: Manifest) => void;
  /** Absent ones are {@link DEFAULT_LIMITS}. */
  readonly limits?: Partial<Limits>;
}

export interface ReadResult {
  /** In the order of the paths, of the files in folders, and of the documents. Empty where `onManifest` takes them. */
  readonly manifests: Manifest[];
  /** In the same order; those of the search for files come first. */
  readonly problems: Problem[];
  /** Files that were read as text, empty ones too. */
  readonly files: number;
  /** Files of other tools (`FoundFile.foreign`) without any Kubernetes object: nothing else is said of them. */
  readonly foreignFiles: number;
  /** Their size in all. */
  readonly bytes: number;
  /** The texts of inputs that cannot be read a second time, by path: for `createLocator`. */
  readonly texts: ReadonlyMap<string, string>;
}

/**
 * Reads Kubernetes objects from files, folders and standard input (`-`), as kubectl would read them, each document on its own.
 * A `List` is taken apart; of Helm values the `extraObjects` are read; any other mapping without apiVersion and kind is passed over.
 * Never rejects: whatever cannot be read is a problem.
 */
export async function readManifests(paths: readonly string[], options: ReadOptions): Promise<ReadResult> {
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const { found, problems } = findFiles(paths);
  const load = createLoader(limits.maxFileBytes);
  const parse = createParser(limits);
  const manifests: Manifest[] = [];
  let objects = 0;
  const sink: Sink = {
    parse,
    maxDepth: limits.maxDepth,
    problems,
    manifest(manifest) {
      objects += 1;
      if (options.onManifest === undefined) manifests.push(manifest);
      else options.onManifest(manifest);
    },
  };
  const texts = new Map<string, string>();
  const tally: Tally = { files: 0, foreignFiles: 0, bytes: 0, documents: 0 };
  for (const [done, file] of found.entries()) {
    const isStdin = file.file === STDIN;
    const loaded = isStdin ? await loadStdin(options.stdin, limits.maxFileBytes) : load(file.file, file.foreign);
    if (loaded.kind === 'text' && !loaded.repeatable) texts.set(file.file, loaded.text);
    readLoaded(file, loaded, limits.maxDocuments, sink, tally);
    options.onProgress?.(done + 1);
  }
  const { documents, ...counts } = tally;
  if (objects === 0 && !problems.some(({ severity }) => severity === 'error'))
    problems.push(nothingIn(found, documents));
  return { manifests, problems, ...counts, texts };
}

/** What was read so far; as in {@link ReadResult}. */
interface Tally {
  files: number;
  foreignFiles: number;
  bytes: number;
  /** Those that are not empty. */
  documents: number;
}

function readLoaded(file: FoundFile, loaded: Loaded, maxDocuments: number, sink: Sink, tally: Tally): void {
  if (loaded.kind === 'problem') {
    sink.problems.push(loaded.problem);
    return;
  }
  const before = sink.problems.length;
  const documents = loaded.kind === 'text' ? readFile(file, loaded.text, maxDocuments, sink) : 0;
  if (file.foreign && documents === 0 && sink.problems.length === before) {
    tally.foreignFiles += 1;
    return;
  }
  tally.files += 1;
  tally.documents += documents;
  tally.bytes += loaded.kind === 'text' ? loaded.bytes : 0;
}

/**
 * An input without any document is an error, as it is for kubectl apply: a pipeline whose chart rendered to nothing must not pass for one that was
 * judged. Helm values without extraObjects were read, and say that there is nothing.
 */
function nothingIn(found: readonly FoundFile[], documents: number): Problem {
  const [only] = found.length === 1 ? found : [];
  const problem = fileProblem(
    'no-objects',
    only?.file ?? '',
    'the input holds no Kubernetes object: nothing was judged',
  );
  return documents === 0 ? problem : { ...problem, severity: 'warning' };
}

async function loadStdin(stdin: () => Promise<Buffer>, maxBytes: number): Promise<Loaded> {
  try {
    const buffer = await stdin();
    if (buffer.length > maxBytes) return { kind: 'problem', problem: tooLarge(STDIN, maxBytes) };
    const text = decodeText(buffer, STDIN);
    return text.kind === 'text' ? { ...text, bytes: buffer.length, repeatable: false } : text;
  } catch (error) {
    return { kind: 'problem', problem: readProblem(STDIN, error) };
  }
}

/** Returns the number of documents that are not empty. */
function readFile(found: FoundFile, text: string, maxDocuments: number, sink: Sink): number {
  if (text.trim() === '') {
    sink.problems.push({ ...fileProblem('empty-file', found.file, 'this file is empty'), severity: 'warning' });
    return 0;
  }
  let count = 0;
  let isTemplate = false;
  const documents = splitDocuments(text);
  const rest = documents[maxDocuments];
  if (rest !== undefined) {
    const message = `this file has more than ${maxDocuments} documents: split it`;
    sink.problems.push(fileProblem('too-many-documents', found.file, message, { line: rest.line, column: 1 }));
  }
  for (const [index, document] of documents.slice(0, maxDocuments).entries()) {
    const parsed = sink.parse(document.text);
    if (parsed.kind === 'value') count += readValue({ ...found, index, document }, parsed.value, sink);
    else if (parsed.fault.code !== 'unrendered-template' || !isTemplate) {
      // A template breaks most of its documents, in ways that say nothing new.
      isTemplate ||= parsed.fault.code === 'unrendered-template';
      sink.problems.push(documentProblem(found.file, document.line, parsed.fault));
    }
  }
  return count;
}

/** 1, or 0 where there is nothing in the document, or another tool's. */
function readValue(source: DocumentSource, value: unknown, sink: Sink): 0 | 1 {
  if (value === null || value === undefined || (source.foreign && !isObject(value))) return 0;
  readObjects(source, value, sink);
  return 1;
}

/** Other tools have documents with one of the two: Chart.yaml has an apiVersion and no kind. */
const isObject = (value: unknown): boolean =>
  isFields(value) && Object.hasOwn(value, 'apiVersion') && Object.hasOwn(value, 'kind');

function documentProblem(file: string, line: number, fault: Fault): Problem {
  return fileProblem(fault.code, file, fault.message, { line: line + fault.line, column: fault.column + 1 });
}
