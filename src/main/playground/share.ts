/** What is shared: both texts. */
export interface Shared {
  readonly manifests: string;
  readonly configuration: string;
}

/** Characters of a shared text, inclusive: a link that holds more is not opened. */
const LONGEST = 500_000;

const PREFIX = '#v1=';

function base64Url(bytes: Uint8Array): string {
  const text = Array.from(bytes, byte => String.fromCharCode(byte)).join('');
  return btoa(text).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

const bytesOf = (text: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), character => character.charCodeAt(0));

/** All that a stream gives; rejects once it is more than is opened. */
async function textOf(stream: ReadableStream<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for (const reader = stream.getReader(); ; ) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    text += decoder.decode(value, { stream: true });
    if (text.length > LONGEST) throw new Error('the link holds too much');
  }
}

/** The fragment that holds the texts: no server is ever sent a fragment (RFC 9110, 4.2.3). */
export async function fragmentOf({ manifests, configuration }: Shared): Promise<string> {
  const stream = new Blob([JSON.stringify([manifests, configuration])]).stream();
  const packed = await new Response(stream.pipeThrough(new CompressionStream('deflate-raw'))).arrayBuffer();
  return `${PREFIX}${base64Url(new Uint8Array(packed))}`;
}

/** The texts in a fragment; `undefined`: it holds none. */
export async function sharedIn(fragment: string): Promise<Shared | undefined> {
  if (!fragment.startsWith(PREFIX)) return undefined;
  try {
    const packed = new Blob([bytesOf(fragment.slice(PREFIX.length))]).stream();
    const value: unknown = JSON.parse(await textOf(packed.pipeThrough(new DecompressionStream('deflate-raw'))));
    const [manifests, configuration] = Array.isArray(value) ? value : [];
    return typeof manifests === 'string' && typeof configuration === 'string'
      ? { manifests, configuration }
      : undefined;
  } catch {
    return undefined;
  }
}
