import { parse as parseToml, TomlError } from 'smol-toml';
import { formatPath, parsePath } from '../../core/field-path.ts';
import type { Problem } from '../../core/manifest.ts';
import { splitDocuments } from '../yaml/documents.ts';
import { createParser, type DocumentLimits } from '../yaml/parse.ts';
import { createPositions, type Positions } from '../yaml/positions.ts';
import { fileProblem } from '../yaml/text.ts';
import { withoutComments } from './json-comments.ts';
import { type TextPlace, tomlPlaces } from './toml-places.ts';

/** Bounds on a document; all inclusive. */
const LIMITS: DocumentLimits = { maxDepth: 200, maxAliases: 10_000, maxNodes: 1_000_000 };

/** A configuration as plain data, and where its fields stand. */
export type ReadConfiguration =
  | {
      readonly kind: 'value';
      readonly value: unknown;
      /** 1-based; of the nearest ancestor of a field that is not there. */
      readonly locate: (path: string) => TextPlace;
    }
  | { readonly kind: 'problem'; readonly problem: Problem };

/** No message quotes the file: there may be a secret on the line. */
const unread = (file: string, syntax: string, place: TextPlace): ReadConfiguration => ({
  kind: 'problem',
  problem: fileProblem('unreadable-configuration', file, `this cannot be read as ${syntax} from here on`, place),
});

const START: TextPlace = { line: 1, column: 1 };

function locateInToml(text: string): (path: string) => TextPlace {
  const places = tomlPlaces(text);
  return path => {
    const segments = parsePath(path) ?? [];
    for (let length = segments.length; length > 0; length -= 1) {
      const place = places.get(formatPath(segments.slice(0, length)));
      if (place !== undefined) return place;
    }
    return START;
  };
}

function readToml(file: string, text: string): ReadConfiguration {
  try {
    return { kind: 'value', value: parseToml(text, { maxDepth: LIMITS.maxDepth }), locate: locateInToml(text) };
  } catch (error) {
    return unread(file, 'TOML', error instanceof TomlError ? error : START);
  }
}

function positionsOf(text: string): Positions | undefined {
  try {
    return createPositions(text, LIMITS.maxDepth);
  } catch {
    return undefined;
  }
}

/** JSON is YAML but for its comments and the tabs of its indentation, which are blank here: every field stays where it is. */
function readYaml(file: string, written: string, syntax: 'JSON' | 'YAML'): ReadConfiguration {
  const text = syntax === 'JSON' ? withoutComments(written) : written;
  const [document = { text, line: 1 }] = syntax === 'JSON' ? [] : splitDocuments(text);
  const parsed = createParser(LIMITS)(document.text);
  const first = document.line;
  if (parsed.kind === 'fault')
    return unread(file, syntax, { line: first + parsed.fault.line, column: parsed.fault.column + 1 });
  let positions: Positions | undefined;
  return {
    kind: 'value',
    value: parsed.value,
    locate: path => {
      positions ??= positionsOf(document.text);
      const { line, column } = positions?.locate(parsePath(path) ?? []) ?? { line: 0, column: 0 };
      return { line: first + line, column: column + 1 };
    },
  };
}

/** Reads a configuration by the ending of its name: JSON with comments and trailing commas, TOML, else YAML. Never throws. */
export function readConfigurationFile(file: string, text: string): ReadConfiguration {
  if (/\.toml$/i.test(file)) return readToml(file, text);
  return readYaml(file, text, /\.ya?ml$/i.test(file) || file === '-' ? 'YAML' : 'JSON');
}
