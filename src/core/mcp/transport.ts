import type { Container, Workload } from '../kube/types.ts';
import { optionsOf, type Token } from './command-options.ts';
import { commandLineOf } from './programs.ts';

/** How a server is spoken to (MCP specification, transports). `http`: over a port, by which of the two is not known. */
export type Transport = 'streamable-http' | 'sse' | 'http' | 'stdio' | 'unknown';

/** By the value of an option, without its dashes and in small letters. */
const VALUES: ReadonlyMap<string, Transport> = new Map<string, Transport>([
  ['stdio', 'stdio'],
  ['sse', 'sse'],
  ['http', 'streamable-http'],
  ['httpstream', 'streamable-http'],
  ['streamable', 'streamable-http'],
  ['streamablehttp', 'streamable-http'],
]);

/** By the beginning of a probe's path. */
const PATHS: readonly (readonly [beginning: string, transport: Transport])[] = [
  ['/sse', 'sse'],
  ['/messages', 'sse'],
  ['/mcp', 'streamable-http'],
];

const bare = (text: string): string => text.toLowerCase().replaceAll(/[-_"']/g, '');

/** The words of a command line, those of a shell's script apart. */
const wordsOf = (container: Container): readonly Token[] =>
  commandLineOf(container).flatMap(({ text, path }) =>
    text
      .split(/\s+/)
      .filter(word => word !== '')
      .map(word => ({ text: word, path })),
  );

/** An option whose name ends in `transport`, however it is written, else a word that is nothing but the name of one. */
function toldBy(container: Container): Transport | undefined {
  const words = wordsOf(container);
  for (const { text } of optionsOf(words)) {
    const [name = '', value = ''] = text.split('=');
    const known = bare(name).endsWith('transport') ? VALUES.get(bare(value)) : undefined;
    if (known !== undefined) return known;
  }
  const alone = words.find(({ text }) => !text.startsWith('-') && text !== 'http' && VALUES.has(bare(text)));
  return alone && VALUES.get(bare(alone.text));
}

function probedBy({ probes }: Container): Transport | undefined {
  return PATHS.find(([beginning]) => probes.some(({ path }) => path.startsWith(beginning)))?.[1];
}

/** What the containers' command lines and probes tell of it. `servesPorts`: it serves at ports that are known. A proxy in front of a stdio program tells its own. */
export function transportOf({ containers }: Pick<Workload, 'containers'>, servesPorts: boolean): Transport {
  const told = containers.flatMap(container => toldBy(container) ?? probedBy(container) ?? []);
  return told.find(one => one !== 'stdio' || !servesPorts) ?? (servesPorts ? 'http' : (told[0] ?? 'unknown'));
}
