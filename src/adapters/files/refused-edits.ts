import type { RefusedOf } from '../../app/report/fix.ts';

/**
 * Finds edits that files do not take. Where two places of a document are one, by an anchor, neither can be edited without the other. The editor of YAML
 * is slow to load: a file without `&` takes what is asked of it.
 */
export function refusedEdits(textOf: (file: string) => string | undefined): RefusedOf {
  return async (file, edits) => {
    const text = textOf(file);
    if (!text?.includes('&')) return [];
    return (await import('./edit.ts')).editText(text, edits()).refused;
  };
}
