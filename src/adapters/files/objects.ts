import type { PathSegment } from '../../core/field-path.ts';
import { formatPath } from '../../core/field-path.ts';
import { type Fields, isFields, own } from '../../core/kube/reading.ts';
import type { Manifest, Problem } from '../../core/manifest.ts';
import { contentLine, splitDocuments, type TextDocument } from '../yaml/documents.ts';
import { type DocumentParser, UNRENDERED } from '../yaml/parse.ts';
import { createPositions, NO_POSITIONS, type Positions } from '../yaml/positions.ts';
import { recognize } from './recognize.ts';
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

/** Finds the Kubernetes objects in the value of one document. `false`: it is something else, of which nothing was said. */
export function readObjects(source: DocumentSource, value: unknown, sink: Sink): boolean {
  return new ObjectReader(source, sink).document(value);
}

/** Says of a document beside Kubernetes objects that it is none: kubectl would refuse the file. */
export function warnOfNoObject(source: DocumentSource, value: unknown, sink: Sink): void {
  new ObjectReader(source, sink).noObject(value);
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

  document(value: unknown): boolean {
    const recognized = recognize(value);
    // Of another tool's file only whole objects are taken.
    if (recognized === 'no-object' || (this.#source.foreign && recognized !== 'object')) return false;
    if (recognized === 'values') return this.#extraObjects(isFields(value) ? own(value, 'extraObjects') : undefined);
    if (isFields(value)) this.#object(value, []);
    else this.#notAnObject([], value);
    return true;
  }

  noObject(value: unknown): void {
    this.#problem('not-an-object', [], `this is no Kubernetes object, but ${describe(value)}: passed over`, 'warning');
  }

  /** Something that must be an object: it stands where only objects do, or it looks like one. */
  #object(value: Fields, pointer: Path): void {
    const kind = this.#name(value, 'kind', 'no-kind', pointer);
    const apiVersion = kind === undefined ? undefined : this.#name(value, 'apiVersion', 'no-api-version', pointer);
    if (kind === undefined || apiVersion === undefined) return;
    if (kind === 'List' || Object.hasOwn(value, 'items')) {
      if (!kind.endsWith('List')) this.#saysItemsMakeList(kind, isPresent(value, 'items'), pointer);
      this.#list(value, { kind: kind.replace(/List$/, ''), apiVersion }, pointer);
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

  /**
   * kubectl, Helm, Argo CD and Flux take whatever has a list of `items` for a List, and apply these alone; of what has `items: null` kubectl applies
   * nothing, and the others the object. Source: UnstructuredJSONScheme and IsList of k8s.io/apimachinery/pkg/apis/meta/v1/unstructured.
   */
  #saysItemsMakeList(kind: string, hasList: boolean, pointer: Path): void {
    const [severity, what] = hasList
      ? (['warning', 'they alone are applied'] as const)
      : (['error', 'nothing of it is applied'] as const);
    const message = `kubectl takes this ${kind} for a List, since it has items: ${what}`;
    this.#problem('items-make-a-list', [...pointer, 'items'], message, severity);
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
      if (!isFields(item)) this.#notAnObject([...at, index], item);
      else if (itemType.kind === '' || isPresent(item, 'kind') || isPresent(item, 'apiVersion'))
        this.#object(item, [...at, index]);
      else this.#object({ ...item, ...itemType }, [...at, index]);
    }
  }

  /** Helm charts take `extraObjects` as a list or a map of objects, as YAML in a text, and as mixtures of these. `false` where there are none. */
  #extraObjects(value: unknown): boolean {
    const at = ['extraObjects'];
    const isMap = isFields(value) && !isPresent(value, 'kind') && !isPresent(value, 'apiVersion');
    const parts: readonly (readonly [Path, unknown])[] = Array.isArray(value)
      ? value.map((item, index) => [[...at, index], item])
      : isMap
        ? Object.keys(value).map(name => [[...at, name], value[name]])
        : [[at, value]];
    return parts.map(([pointer, part]) => this.#extraObject(part, pointer)).includes(true);
  }

  #extraObject(value: unknown, pointer: Path): boolean {
    if (value === null || value === undefined) return false;
    if (typeof value === 'string') return this.#objectsInText(value, pointer);
    if (isFields(value)) this.#object(value, pointer);
    else this.#notAnObject(pointer, value);
    return true;
  }

  #objectsInText(text: string, pointer: Path): boolean {
    let isEmpty = true;
    for (const document of splitDocuments(text)) {
      const parsed = this.#sink.parse(document.text);
      isEmpty &&= parsed.kind === 'value' && parsed.value === null;
      if (parsed.kind === 'fault') {
        const line = document.line + parsed.fault.line;
        this.#problem(parsed.fault.code, pointer, `in line ${line} of this text: ${parsed.fault.message}`);
      } else if (isFields(parsed.value)) this.#object(parsed.value, pointer);
      else if (parsed.value !== null) this.#notAnObject(pointer, parsed.value);
    }
    return !isEmpty;
  }

  #notAnObject(pointer: Path, value: unknown): void {
    this.#problem('not-an-object', pointer, `expected a Kubernetes object, got ${describe(value)}`);
  }

  #problem(code: string, path: Path, message: string, severity: Problem['severity'] = 'error'): void {
    const { document, file } = this.#source;
    this.#positions ??= positionsOf(document.text, this.#sink.maxDepth);
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

/** What was read as JSON need not be YAML. */
function positionsOf(text: string, maxDepth: number): Positions {
  try {
    return createPositions(text, maxDepth);
  } catch {
    return NO_POSITIONS;
  }
}

function isPresent(fields: Fields, key: string): boolean {
  return own(fields, key) !== undefined;
}

function describe(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'a mapping' : `a ${typeof value}`;
}
