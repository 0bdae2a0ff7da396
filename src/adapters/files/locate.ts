import { isWithinField, parsePath } from '../../core/field-path.ts';
import type { BuiltFrom, Source } from '../../core/manifest.ts';
import { splitDocuments, type TextDocument } from '../yaml/documents.ts';
import { createPositions, type Positions } from '../yaml/positions.ts';
import { DEFAULT_LIMITS } from './limits.ts';
import { createLoader } from './load.ts';

/** Finds where in a file the fields of a manifest stand. */
export interface Locator {
  /**
   * 1-based position of a field, given as `formatPath` writes it and relative to the manifest's object: of its key, or of the item in a list.
   * For a field that is absent, that of its nearest ancestor that is there. Where the file cannot be read again, or has changed so that the
   * document is gone, the line of the manifest and column 1. For one that a build made or changed, the line of the manifest. Never throws.
   */
  locate(manifest: Source, fieldPath: string): { line: number; column: number };
}

/** Whether a field is in the source document as it came out of the build: neither it nor what holds it was changed. */
function isAsWritten({ changed }: BuiltFrom, fieldPath: string): boolean {
  return changed !== undefined && !changed.some(path => isWithinField(fieldPath, path));
}

/** Reads files again, one at a time, so ask for the fields of one file together. `texts` are those that `readManifests` kept. */
export function createLocator(texts: ReadonlyMap<string, string> = new Map()): Locator {
  const load = createLoader(Number.MAX_SAFE_INTEGER - 1);
  const documentsOf = lastOnly((file: string): readonly TextDocument[] => {
    const kept = texts.get(file);
    if (kept !== undefined) return splitDocuments(kept);
    const loaded = load(file);
    return loaded.kind === 'text' ? splitDocuments(loaded.text) : [];
  });
  const positionsOf = lastOnly((document: TextDocument): Positions | undefined => {
    try {
      return createPositions(document.text, DEFAULT_LIMITS.maxDepth);
    } catch {
      return undefined;
    }
  });
  return {
    locate(manifest, fieldPath) {
      if (manifest.build !== undefined && !isAsWritten(manifest.build, fieldPath))
        return { line: manifest.line, column: 0 };
      const document = documentsOf(manifest.file)[manifest.document];
      const positions = document && positionsOf(document);
      if (document === undefined || positions === undefined) return { line: manifest.line, column: 1 };
      const { line, column } = positions.locate([...manifest.pointer, ...(parsePath(fieldPath) ?? [])]);
      return { line: document.line + line, column: column + 1 };
    },
  };
}

/** Remembers the last answer: what is asked for comes file by file. */
function lastOnly<Key, Value>(compute: (key: Key) => Value): (key: Key) => Value {
  let last: { readonly key: Key; readonly value: Value } | undefined;
  return key => {
    if (last === undefined || last.key !== key) last = { key, value: compute(key) };
    return last.value;
  };
}
