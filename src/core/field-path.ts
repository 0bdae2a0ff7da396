/** A key of an object or an index of a list. */
export type PathSegment = string | number;

const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_-]*$/;
/** The quoted form is a string of JSON, so that reading it cannot fail. */
const SEGMENT =
  /^(?:\.?([A-Za-z_][A-Za-z0-9_-]*)|\[(\d+)\]|\[("(?:[ !#-[\]-\uffff]|\\["\\/bfnrt]|\\u[0-9a-fA-F]{4})*")\])/;

/** `spec.egress[1].to`, `metadata.labels["app.kubernetes.io/name"]`; empty for the whole object. */
export function formatPath(segments: readonly PathSegment[]): string {
  let text = '';
  for (const segment of segments) {
    if (typeof segment === 'number') text += `[${segment}]`;
    else if (IDENTIFIER.test(segment)) text += text === '' ? segment : `.${segment}`;
    else text += `[${JSON.stringify(segment)}]`;
  }
  return text;
}

/** The inverse of {@link formatPath}; `undefined` for text that it would not write. */
export function parsePath(text: string): readonly PathSegment[] | undefined {
  const segments: PathSegment[] = [];
  for (let rest = text; rest !== ''; ) {
    const match = SEGMENT.exec(rest);
    if (match === null) return undefined;
    const [whole, name, index, quoted] = match;
    segments.push(name ?? (index === undefined ? String(JSON.parse(quoted ?? '""')) : Number(index)));
    rest = rest.slice(whole.length);
  }
  return formatPath(segments) === text ? segments : undefined;
}

/** Whether a path leads to a field or into it; both as {@link formatPath} writes them. Everything is within the empty one. */
export function isWithinField(path: string, field: string): boolean {
  return field === '' || (path.startsWith(field) && ['', '.', '['].includes(path.charAt(field.length)));
}
