import type { PathSegment } from '../../core/field-path.ts';
import { formatPath } from '../../core/field-path.ts';
import { type Fields, isFields } from '../../core/kube/reading.ts';
import type { Manifest, Problem } from '../../core/manifest.ts';
import { contentLine, splitDocuments, type TextDocument } from '../yaml/documents.ts';
import { type DocumentParser, UNRENDERED } from '../yaml/parse.ts';
import { createPositions, type Positions } from '../yaml/positions.ts';
import { findTemplate } from './templates.ts';
import type { FoundFile } from './walk.ts';

type Path = readonly PathSegment[];

/** Where what is found goes to, and what it takes to read YAML inside of texts. */
export interface Sink {
  readonly parse: DocumentParser;
  /** As given to the parser. */
  readonly maxDepth: number;
  manifest(manifest: Manifest): void;
  readonly problems: Problem[];
}

/** Where a document comes from. */
export interface DocumentSource extends FoundFile {
  /** 0-based index in the file. */
  readonly index: number;
  readonly document: TextDocument;
}

/** Finds the Kubernetes objects in the value of one document. */
export function readObjects(source: DocumentSource, value: unknown, sink: Sink): void {
  new ObjectReader(source, sink).document(value);
}

class ObjectReader {
  readonly #source: DocumentSource;
  readonly #sink: Sink;
  #line: number | undefined;
  readonly #mayHoldTemplates: boolean;
  #positions: Positions | undefined;

  constructor(source: DocumentSource, sink: Sink) {
    this.#source = source;
    this.#sink = sink;
    this.#mayHoldTemplates = source.document.text.includes('{{');
  }

  document(value: unknown): void {
    if (value === null) return;
    if (!isFields(value)) this.#notAnObject([], value, this.#source.named || holdsObjects(value) ? 'error' : 'warning');
    else if (isPresent(value, 'kind') || isPresent(value, 'apiVersion')) this.#object(value, []);
    else if (Object.hasOwn(value, 'extraObjects')) this.#extraObjects(value.extraObjects);
    else if (isFields(own(value, 'metadata')) && isFields(own(value, 'spec'))) this.#object(value, []);
  }

  /** Something that must be an object: it stands where only objects do, or it looks like one. */
  #object(value: Fields, pointer: Path): void {
    const kind = this.#name(value, 'kind', 'no-kind', pointer);
    const apiVersion = kind === undefined ? undefined : this.#name(value, 'apiVersion', 'no-api-version', pointer);
    if (kind === undefined || apiVersion === undefined) return;
    if (kind === 'List' || (kind.endsWith('List') && Object.hasOwn(value, 'items'))) {
      this.#list(value, { kind: kind.slice(0, -'List'.length), apiVersion }, pointer);
      return;
    }
    const template = this.#mayHoldTemplates ? findTemplate(value) : undefined;
    if (template !== undefined) this.#problem('unrendered-template', [...pointer, ...template], UNRENDERED);
    else {
      const { file, index, document } = this.#source;
      this.#line ??= contentLine(document);
      this.#sink.manifest({ file, document: index, line: this.#line, pointer, value });
    }
  }

  #name(value: Fields, field: 'kind' | 'apiVersion', code: string, pointer: Path): string | undefined {
    const name = own(value, field);
    if (typeof name === 'string' && name !== '') return name;
    const message =
      name === undefined || name === null
        ? `this object has no ${field}: it cannot be told what it is`
        : `${field} must be text that is not empty`;
    this.#problem(code, name === undefined ? pointer : [...pointer, field], message);
    return undefined;
  }

  /** `itemType`: what the items of a PodList are if they do not say it themselves, as the API server writes them. A List has no such type. */
  #list(list: Fields, itemType: { readonly kind: string; readonly apiVersion: string }, pointer: Path): void {
    const items = own(list, 'items') ?? [];
    const at = [...pointer, 'items'];
    if (!Array.isArray(items)) {
      this.#problem('wrong-type', at, `expected a list, got ${describe(items)}`);
      return;
    }
    for (const [index, item] of items.entries()) {
      if (!isFields(item)) this.#notAnObject([...at, index], item, 'error');
      else if (itemType.kind === '' || isPresent(item, 'kind') || isPresent(item, 'apiVersion'))
        this.#object(item, [...at, index]);
      else this.#object({ ...item, ...itemType }, [...at, index]);
    }
  }

  /** Helm charts take `extraObjects` as a list or a map of objects, as YAML in a text, and as mixtures of these. */
  #extraObjects(value: unknown): void {
    const at = ['extraObjects'];
    if (Array.isArray(value)) {
      for (const [index, item] of value.entries()) this.#extraObject(item, [...at, index]);
    } else if (isFields(value) && !isPresent(value, 'kind') && !isPresent(value, 'apiVersion')) {
      for (const name of Object.keys(value)) this.#extraObject(value[name], [...at, name]);
    } else this.#extraObject(value, at);
  }

  #extraObject(value: unknown, pointer: Path): void {
    if (value === null) return;
    if (typeof value === 'string') this.#objectsInText(value, pointer);
    else if (isFields(value)) this.#object(value, pointer);
    else this.#notAnObject(pointer, value, 'error');
  }

  #objectsInText(text: string, pointer: Path): void {
    for (const document of splitDocuments(text)) {
      const parsed = this.#sink.parse(document.text);
      if (parsed.kind === 'fault') {
        const line = document.line + parsed.fault.line;
        this.#problem(parsed.fault.code, pointer, `in line ${line} of this text: ${parsed.fault.message}`);
      } else if (isFields(parsed.value)) this.#object(parsed.value, pointer);
      else if (parsed.value !== null) this.#notAnObject(pointer, parsed.value, 'error');
    }
  }

  #notAnObject(pointer: Path, value: unknown, severity: Problem['severity']): void {
    this.#problem('not-an-object', pointer, `expected a Kubernetes object, got ${describe(value)}`, severity);
  }

  #problem(code: string, path: Path, message: string, severity: Problem['severity'] = 'error'): void {
    const { document, file } = this.#source;
    this.#positions ??= createPositions(document.text, this.#sink.maxDepth);
    const place = this.#positions.locate(path);
    const field = formatPath(path);
    this.#sink.problems.push({
      severity,
      code,
      file,
      line: document.line + place.line,
      column: place.column + 1,
      field,
      message,
    });
  }
}

function own(fields: Fields, key: string): unknown {
  return Object.hasOwn(fields, key) ? fields[key] : undefined;
}

function isPresent(fields: Fields, key: string): boolean {
  return own(fields, key) !== undefined;
}

/** Whether a list that stands where an object should be has objects in it. */
function holdsObjects(value: unknown): boolean {
  return (
    Array.isArray(value) &&
    value.some(item => isFields(item) && isPresent(item, 'kind') && isPresent(item, 'apiVersion'))
  );
}

function describe(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'a mapping' : `a ${typeof value}`;
}
