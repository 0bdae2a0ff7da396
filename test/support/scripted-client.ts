import type { ApiAnswer, ApiRequest, Client, Stream } from '../../src/adapters/kubernetes/client/client.ts';

/** A client whose requests are answered by a test, and what was asked of it. */
export interface ScriptedClient extends Client {
  readonly requests: readonly ApiRequest[];
}

export const answerOf = (body: unknown, status = 200): ApiAnswer => ({ status, retryAfterMs: undefined, body });

/** A stream of these lines that then ends, or goes on until the signal of its request aborts. */
export function streamOf(lines: readonly string[], { signal }: ApiRequest, isOpen = false): Stream {
  async function* chunks(): AsyncGenerator<Buffer> {
    for (const line of lines) yield Buffer.from(`${line}\n`);
    if (isOpen) await new Promise(resolve => signal?.addEventListener('abort', resolve));
  }
  return { ok: true, chunks: chunks() };
}

/** Without `stream` every watch is refused with 500. */
export function scriptedClient(
  request: (request: ApiRequest) => Promise<ApiAnswer> | ApiAnswer,
  stream: (request: ApiRequest) => Promise<Stream> | Stream = () => ({ ok: false, answer: answerOf(undefined, 500) }),
): ScriptedClient {
  const requests: ApiRequest[] = [];
  const noted =
    <Value>(work: (asked: ApiRequest) => Promise<Value> | Value) =>
    async (asked: ApiRequest): Promise<Value> => {
      requests.push(asked);
      return work(asked);
    };
  return { requests, request: noted(request), stream: noted(stream), close: () => undefined };
}
