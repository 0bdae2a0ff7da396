import type { Registry, RegistryEntry, RegistryPackage } from '../../core/gate/types.ts';
import { repositoryOf } from '../../core/mcp/approval.ts';
import { type Program, programsOf } from '../../core/mcp/programs.ts';
import { normal } from '../../core/mcp/text.ts';
import type { ClientServer, Placed } from './client-server.ts';
import { withoutReferences } from './references.ts';

/** Something that is fetched from a registry of packages or images, and run. */
export interface Fetched {
  readonly kind: 'package' | 'image';
  /** Without version, tag and digest. */
  readonly name: string;
  /** As it is written; empty: none is. */
  readonly version: string;
  readonly path: string;
}

/** What a command starts. */
export interface Started {
  readonly fetched: readonly Fetched[];
  /** For people: the package, the image, or the program itself. Empty: nothing is started. */
  readonly says: string;
}

const containerOf = (words: readonly Placed[]) => ({
  ...{ name: '', image: '', args: [], env: [], variables: [], ports: [], probes: [] },
  ...{ command: words.map(({ text }) => withoutReferences(text, 'variable')), path: '', role: 'container' as const },
});

/** The word of a command that a program stands in. */
const wordOf = (words: readonly Placed[], { path }: Program): Placed | undefined =>
  words[Number(/\[(\d+)\]$/.exec(path)?.[1])];

/** What follows the name of a package in a word: `name@1.2`, `name==1.2`, `git+https://host/name@v1`. */
function versionIn(word: string, name: string): string {
  const text = normal(word);
  const at = text.lastIndexOf(name);
  const rest = at < 0 ? '' : word.slice(at + name.length).replace(/^(?:\.git)?(?:\[[^\]]*\])?/, '');
  return /^(?:@npm:.*@|@|==)([^\s'"#]+)/.exec(rest)?.[1] ?? /^((?:>=|<=|~=|[<>~^])[^\s'"#]+)/.exec(rest)?.[1] ?? '';
}

/** A path names a file of this machine, which nobody fetches. */
const isFile = (text: string): boolean =>
  /^(?:\.{0,2}[\\/]|~[\\/]|[A-Za-z]:[\\/])|node_modules|site-packages|\.(?:py|[cm]?[jt]s|sh|jar)$/.test(
    text.replace(/^--?[\w-]+=/, ''),
  );

function fetchedOf(program: Program, words: readonly Placed[]): readonly Fetched[] {
  const word = wordOf(words, program);
  if (word === undefined || isFile(word.text)) return [];
  const { path } = word;
  if (program.kind === 'package')
    return [{ kind: 'package', name: program.full, version: versionIn(word.text, program.full), path }];
  if (program.kind !== 'image') return [];
  const name = repositoryOf(program.full);
  return [{ kind: 'image', name, version: program.full.slice(name.length + 1), path }];
}

/** Options that name the package of a runner: the word after them is then a command of that package. */
const OF_PACKAGE = /^(?:--from|--package|-p|--spec)(?:=|$)/;
const WITH_PACKAGE = /^--with(?:=|$)/;
/** Runners of what a project has installed: what they run is fetched where an option says so alone. */
const OF_PROJECT = /(?:^|[\\/\s])(?:uv run|pnpm exec|yarn exec|poetry run|bun run)\s/;

/** Where the values of such an option stand. */
const valuesOf = (words: readonly Placed[], option: RegExp): ReadonlySet<string> =>
  new Set(
    words.flatMap(({ text, path }, index) => {
      if (!option.test(text)) return [];
      return text.includes('=') ? path : (words[index + 1]?.path ?? path);
    }),
  );

/** Without the command of a package that an option names, and without those of the project. */
function withoutCommands(fetched: readonly Fetched[], words: readonly Placed[]): readonly Fetched[] {
  const [named, added] = [valuesOf(words, OF_PACKAGE), valuesOf(words, WITH_PACKAGE)];
  const isOfProject = OF_PROJECT.test(words.map(({ text }) => text).join(' '));
  const isNamed = fetched.some(({ path }) => named.has(path));
  if (!isOfProject && !isNamed) return fetched;
  return fetched.filter(({ kind, path }) => kind === 'image' || named.has(path) || added.has(path));
}

/** What a server's command starts, found through shells, wrappers and runners as in a container. */
export function startedBy({ words }: Pick<ClientServer, 'words'>): Started {
  if (words.length === 0) return { fetched: [], says: '' };
  const { programs } = programsOf(containerOf(words));
  const fetched = withoutCommands(
    programs.flatMap(program => fetchedOf(program, words)),
    words,
  );
  const [first] = fetched;
  const [program] = programs;
  const says = first ? `${first.kind} ${first.name}` : program ? `program ${program.base}` : 'a program';
  return { fetched, says };
}

/** The entry by which something that is fetched is approved; what is deleted from the registry is not. */
export function approvedBy(
  { kind, name }: Fetched,
  registry: Registry | undefined,
): RegistryEntry | RegistryPackage | undefined {
  const entries: readonly (RegistryEntry | RegistryPackage)[] =
    kind === 'package'
      ? (registry?.packages ?? []).filter(one => normal(one.name) === name)
      : (registry?.servers ?? []).filter(({ image }) => image === name);
  return entries.find(({ status }) => status !== 'deleted');
}

/** A version that no publisher can change: one that is written out, a digest, a commit. */
export const isPinned = ({ kind, version }: Fetched): boolean =>
  kind === 'image'
    ? version !== '' && version !== 'latest'
    : /^v?\d+\.\d+(?:\.\d+)*(?:[-+.a-z][\w.+-]*)?$/i.test(version) || /^[0-9a-f]{40}$/.test(version);
