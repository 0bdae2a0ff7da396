import { loadAll, YAML11_SCHEMA } from 'js-yaml';

/** The documents of a YAML text with YAML 1.1's scalars and merge keys, as kubectl reads them; empty ones left out. */
export function parseYaml(text: string): unknown[] {
  return loadAll(text, { schema: YAML11_SCHEMA }).filter(document => document !== null && document !== undefined);
}
