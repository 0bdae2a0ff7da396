import type { Manifest, Problem } from '../../core/manifest.ts';
import { splitDocuments, type TextDocument } from '../yaml/documents.ts';
import { createParser, type Fault } from '../yaml/parse.ts';
import { decodeText, fileProblem } from '../yaml/text.ts';
import type { LeftOutBy } from './left-out.ts';
import { DEFAULT_LIMITS, type Limits } from './limits.ts';
import { createLoader, type Loaded, readProblem, tooLarge } from './load.ts';
import { mayHoldObjects } from './look.ts';
import { type DocumentSource, readObjects, type Sink, warnOfNoObject } from './objects.ts';
import { type FoundFile, type FoundFiles, findFiles, STDIN, type Wanted } from './walk.ts';

/** Files after which an input is large. */
const FILES_OF_LARGE_INPUT = 250;

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
  /** Patterns of what is left out, as `LeftOut.exclude`. Absent: none. */
  readonly exclude?: readonly string[];
  /** Whether `.chokepointignore` is gone by. Absent: it is not. */
  readonly ignoreFiles?: boolean;
  /** Absent ones are {@link DEFAULT_LIMITS}. */
  readonly limits?: Partial<Limits>;
}

export interface ReadResult {
  /** In the order of the paths, of the files in folders, and of the documents. Empty where `onManifest` takes them. */
  readonly manifests: Manifest[];
  /** In the same order; those of the search for files come first. */
  readonly problems: Problem[];
  /** Files that hold objects, or of which there is a problem. */
  readonly files: number;
  /** Files without any Kubernetes object: other tools', Helm values. Nothing else is said of them. */
  readonly foreignFiles: number;
  /** Manifests that were left out, by whom. */
  readonly leftOut: Readonly<Record<LeftOutBy, number>>;
  /** Their size in all. */
  readonly bytes: number;
  /** The texts of inputs that cannot be read a second time, by path: for `createLocator`. */
  readonly texts: ReadonlyMap<string, string>;
}

/**
 * Reads Kubernetes objects from files, folders and standard input (`-`), as kubectl would read them, each document on its own.
 * A `List` is taken apart; of Helm values the `extraObjects` are read; what is no object (see `recognize`) is passed over.
 * Never rejects: whatever cannot be read is a problem.
 */
export async function readManifests(paths: readonly string[], options: ReadOptions): Promise<ReadResult> {
  return readFiles(await findNotLeftOut(paths, options), options);
}

function createSink(problems: Problem[], { onManifest }: Pick<ReadOptions, 'onManifest'>, limits: Limits) {
  const manifests: Manifest[] = [];
  const manifest = onManifest ?? ((one: Manifest) => void manifests.push(one));
  const sink: Sink = { parse: createParser(limits), maxDepth: limits.maxDepth, problems, manifest };
  return { manifests, sink };
}

/** As {@link readManifests}, of files that were found. */
export async function readFiles({ found, problems, leftOut }: FoundFiles, options: ReadOptions): Promise<ReadResult> {
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const load = createLoader(limits.maxFileBytes);
  const { manifests, sink } = createSink(problems, options, limits);
  const texts = new Map<string, string>();
  const tally: Tally = { files: 0, foreignFiles: 0, bytes: 0 };
  for (const [done, file] of found.entries()) {
    const isStdin = file.file === STDIN;
    const loaded = isStdin ? await loadStdin(options.stdin, limits.maxFileBytes) : load(file.file, file);
    if (loaded.kind === 'text' && !loaded.repeatable) texts.set(file.file, loaded.text);
    readLoaded(file, loaded, limits.maxDocuments, sink, tally);
    options.onProgress?.(done + 1);
    // Not before: Node.js takes a millisecond to load what sets it, and a space of a few megabytes is worth its memory.
    if (done === FILES_OF_LARGE_INPUT) (await import('../system/young-space.ts')).keepYoungSpace();
  }
  return { manifests, problems, ...tally, leftOut, texts };
}

/** Searches for files. The library that reads patterns is loaded for those alone who have some: the search is made again then. */
export async function findNotLeftOut(
  paths: readonly string[],
  options: Pick<ReadOptions, 'exclude' | 'ignoreFiles'>,
  wanted?: Wanted,
): Promise<FoundFiles> {
  const { exclude = [], ignoreFiles = false } = options;
  const first = findFiles(paths, { exclude, ignoreFiles }, wanted);
  if (!first.needsRules) return first;
  const { compileRules } = await import('./ignore-rules.ts');
  return findFiles(paths, { exclude, ignoreFiles, compile: compileRules }, wanted);
}

/** Reads what a program printed, as a file of the name given. Never throws. */
export function readOutput(name: string, output: Buffer, options: Pick<ReadOptions, 'onManifest'>): readonly Problem[] {
  const text = decodeText(output, name);
  if (text.kind === 'problem') return [text.problem];
  const { sink } = createSink([], options, DEFAULT_LIMITS);
  readFile({ file: name, named: true, foreign: false }, text.text, DEFAULT_LIMITS.maxDocuments, sink);
  return sink.problems;
}

/** What was read so far; as in {@link ReadResult}. */
interface Tally {
  files: number;
  foreignFiles: number;
  bytes: number;
}

function readLoaded(file: FoundFile, loaded: Loaded, maxDocuments: number, sink: Sink, tally: Tally): void {
  if (loaded.kind === 'problem') {
    sink.problems.push(loaded.problem);
    return;
  }
  const before = sink.problems.length;
  const hasObjects = loaded.kind === 'text' && readFile(file, loaded.text, maxDocuments, sink);
  if (hasObjects || sink.problems.length > before) tally.files += 1;
  else tally.foreignFiles += 1;
  tally.bytes += loaded.kind === 'text' ? loaded.bytes : 0;
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

/** Whether the file holds objects. */
function readFile(found: FoundFile, text: string, maxDocuments: number, sink: Sink): boolean {
  if (text.trim() === '') {
    if (!found.foreign)
      sink.problems.push({ ...fileProblem('empty-file', found.file, 'this file is empty'), severity: 'warning' });
    return false;
  }
  const before = sink.problems.length;
  const hasObjects = readDocuments(found, documentsOf(found, text, maxDocuments, sink), sink);
  const hasFaults = sink.problems.length > before;
  if (!hasObjects && hasFaults && !found.named && !mayHoldObjects(text)) sink.problems.splice(before);
  return hasObjects;
}

function documentsOf({ file }: FoundFile, text: string, maxDocuments: number, sink: Sink): readonly TextDocument[] {
  const documents = splitDocuments(text);
  const rest = documents[maxDocuments];
  if (rest === undefined) return documents;
  const message = `this file has more than ${maxDocuments} documents: split it`;
  sink.problems.push(fileProblem('too-many-documents', file, message, { line: rest.line, column: 1 }));
  return documents.slice(0, maxDocuments);
}

/** Whether there are objects among them. A document beside them that is none is told: kubectl would refuse the file. */
function readDocuments(found: FoundFile, documents: readonly TextDocument[], sink: Sink): boolean {
  let hasObjects = false;
  const faults: Problem[] = [];
  const others: { readonly source: DocumentSource; readonly value: unknown }[] = [];
  for (const [index, document] of documents.entries()) {
    const source = { ...found, index, document };
    const parsed = sink.parse(document.text);
    if (parsed.kind === 'fault') faults.push(documentProblem(found.file, document.line, parsed.fault));
    else if (parsed.value === null) continue;
    else if (readObjects(source, parsed.value, sink)) {
      hasObjects = true;
      faults.push(...parsed.doubts.map(doubt => doubtProblem(found.file, document.line, doubt)));
    } else others.push({ source, value: parsed.value });
  }
  sink.problems.push(...withoutRepeatedTemplates(faults));
  if (hasObjects) for (const { source, value } of others) warnOfNoObject(source, value, sink);
  return hasObjects;
}

/** A template breaks most of its documents, in ways that say nothing new. */
function withoutRepeatedTemplates(faults: readonly Problem[]): readonly Problem[] {
  const first = faults.find(({ code }) => code === 'unrendered-template');
  return faults.filter(fault => fault.code !== 'unrendered-template' || fault === first);
}

const doubtProblem = (file: string, line: number, doubt: Fault): Problem => ({
  ...documentProblem(file, line, doubt),
  severity: 'warning',
});

function documentProblem(file: string, line: number, fault: Fault): Problem {
  return fileProblem(fault.code, file, fault.message, { line: line + fault.line, column: fault.column + 1 });
}
