/** One line of a stream: parsed, or text that is no JSON object. */
export type JsonLine =
  | { readonly kind: 'object'; readonly fields: Readonly<Record<string, unknown>> }
  | { readonly kind: 'malformed' };

/** UTF-16 units of one line. An object is at most 1.5 MiB in etcd and rarely three times that as JSON. */
const MAX_LINE_LENGTH = 64 * 1024 * 1024;

function parse(line: string): JsonLine {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      return { kind: 'object', fields: value as Readonly<Record<string, unknown>> };
    }
  } catch {
    // Told below: what stands in the line must not get into a log.
  }
  return { kind: 'malformed' };
}

/**
 * The lines of a byte stream. A last line without its end is dropped: the stream broke in the middle of it.
 * Empty lines are passed over.
 */
export async function* jsonLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<JsonLine> {
  const decoder = new TextDecoder();
  const parts: string[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    const [first = '', ...rest] = decoder.decode(chunk, { stream: true }).split('\n');
    parts.push(first);
    length += first.length;
    if (length > MAX_LINE_LENGTH) return yield { kind: 'malformed' };
    for (const next of rest) {
      const line = parts.join('');
      parts.length = 0;
      parts.push(next);
      length = next.length;
      if (line.trim() !== '') yield parse(line);
    }
  }
}
