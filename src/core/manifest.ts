import type { PathSegment } from './field-path.ts';

/** Where one object of the input stands: all that is kept of it besides what decoding makes of its value. */
export interface Source {
  /** Path as the user gave it (a relative one stays relative, a file of a folder is joined to it); `-` for standard input. */
  readonly file: string;
  /** 0-based index of the YAML document in the file; empty documents count. Always 0 in a JSON file. */
  readonly document: number;
  /** 1-based line of the file where the document's text starts: the line after its `---`, or that line where content follows the marker. 0: not known. */
  readonly line: number;
  /** Where the object stands inside the document: `[]` for the document itself, `['items', 3]` in a List, `['extraObjects', 0]` in Helm values. */
  readonly pointer: readonly PathSegment[];
  /** Absent: the object is judged as it stands in the file. */
  readonly build?: BuiltFrom;
}

/** How an object came out of a build, of kustomize or helm. */
export interface BuiltFrom {
  /** `overlays/prod (kustomize build)`. */
  readonly name: string;
  /** Its kustomization, or Chart.yaml. */
  readonly file: string;
  readonly tool: 'kustomize' | 'helm';
  /**
   * Field paths, as `formatPath` writes them, that the build gives other values than the document of {@link Source.file} has; empty: none. Absent: no
   * field can be found there, since the file is a template, or not known: then it is the name of the build.
   */
  readonly changed?: readonly string[];
  /** The name that the document of {@link Source.file} has, where the build gives another. */
  readonly writtenName?: string;
}

/** One Kubernetes object as it was read, before decoding. */
export interface Manifest extends Source {
  /** Plain data: strings, numbers, booleans, null, arrays, objects. Only own keys may be trusted (`Object.hasOwn`); `__proto__` can be one. */
  readonly value: Readonly<Record<string, unknown>>;
}

/** A problem of the input: something that cannot be read, or that is read with doubt. */
export interface Problem {
  /** `error`: something was not judged, exit status 2. `warning`: all was judged that can be. */
  readonly severity: 'error' | 'warning';
  /** Stable kebab-case name of the kind of trouble: `yaml-syntax`, `duplicate-key`, `unrendered-template`, … */
  readonly code: string;
  /** As in {@link Source.file}. Empty when the trouble is no file's, as for an input that holds nothing at all. */
  readonly file: string;
  /** 1-based; 0 when unknown, or when it concerns the whole file. */
  readonly line: number;
  /** 1-based, in UTF-16 units; 0 when unknown, or when it concerns the whole line or file. */
  readonly column: number;
  /** Field path as `formatPath` writes it; empty when there is none. */
  readonly field: string;
  /** A sentence for the user: what is wrong and what to do. Without file and line, which the outputs add. */
  readonly message: string;
}

/** `file:line:column: field: message`, a line each; without what is unknown. */
export function problemLines(problems: readonly Problem[]): string {
  return problems
    .map(({ file, line, column, field, message }) => {
      const place = [file, ...(line > 0 ? [line] : []), ...(line > 0 && column > 0 ? [column] : [])].join(':');
      return [...(place === '' ? [] : [`${place}:`]), ...(field === '' ? [] : [`${field}:`]), message].join(' ');
    })
    .join('\n');
}
