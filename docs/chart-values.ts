import { isMap, isScalar, type Pair, parseDocument, type YAMLMap } from 'yaml';

/** One value of a Helm chart, as its values.yaml has it. */
export interface ChartValue {
  /** Where it is: `webhook.replicas`. */
  readonly path: string;
  /** As JSON writes it. */
  readonly default: string;
  /** One paragraph, Markdown. */
  readonly description: string;
}

/** A comment above a value that begins so describes it; every other comment is for the reader of the file. The convention of helm-docs. */
const MARK = '-- ';

/** The parser gives the comment above the first key of a map to the map. */
const commentOf = (map: YAMLMap, pair: Pair, isFirst: boolean): string => {
  const own = (isScalar(pair.key) && pair.key.commentBefore) || '';
  return own || (isFirst && map.commentBefore) || '';
};

function descriptionIn(comment: string): string | undefined {
  const lines = comment.split('\n').map(line => line.trim());
  const start = lines.findIndex(line => line.startsWith(MARK));
  if (start < 0) return undefined;
  return lines.slice(start).join(' ').slice(MARK.length);
}

function valuesIn(map: YAMLMap, prefix: string): readonly ChartValue[] {
  return map.items.flatMap((pair, index): readonly ChartValue[] => {
    const path = `${prefix}${pair.key}`;
    const description = descriptionIn(commentOf(map, pair, index === 0));
    if (description !== undefined) {
      return [{ path, default: JSON.stringify(map.toJSON()[String(pair.key)]), description }];
    }
    if (isMap(pair.value) && pair.value.items.length > 0) return valuesIn(pair.value, `${path}.`);
    throw new Error(`${path}: no comment that begins with "# ${MARK}" describes it`);
  });
}

/** What a values.yaml describes, in its order. A value that no comment describes is an error. */
export function chartValues(text: string): readonly ChartValue[] {
  const { contents } = parseDocument(text);
  if (!isMap(contents)) throw new Error('values.yaml is no map');
  return valuesIn(contents as YAMLMap, '');
}
