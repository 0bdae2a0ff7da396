import type { McpJudgement } from '../decision.ts';
import type { Registry, RegistryEntry, RegistryPackage, RegistryRemote } from '../gate/types.ts';
import type { Container, Workload } from '../kube/types.ts';
import { imageRepository } from './image.ts';
import { commandLineOf, programsOf } from './programs.ts';
import { normal } from './text.ts';

/** The image without tag and digest: `registry:5000/team/server:1.0@sha256:…` is `registry:5000/team/server`. */
export function repositoryOf(image: string): string {
  const [withoutDigest = ''] = image.split('@');
  const slash = withoutDigest.lastIndexOf('/');
  const colon = withoutDigest.indexOf(':', slash + 1);
  return colon < 0 ? withoutDigest : withoutDigest.slice(0, colon);
}

const digestOf = (image: string): string => image.split('@')[1] ?? '';

/** The tag of an image; empty where none is written. */
export const tagOf = (image: string): string => (image.split('@')[0] ?? '').slice(repositoryOf(image).length + 1);

/** An approved server that a container runs. */
interface Approved {
  readonly container: Container;
  readonly entry: RegistryEntry | RegistryPackage;
  /** The version that runs: a tag, a digest, or the version of a package; empty: it is not written. */
  readonly runs: string;
}

/** What a registry says of one server. */
export interface Approval {
  readonly approved: readonly Approved[];
  /** Containers that make it a server and are not approved; empty: it is registered. */
  readonly unapproved: readonly Container[];
}

/** Images of runtimes and package runners as their makers publish them: what runs in one is what its command fetches. */
const RUNTIMES: ReadonlySet<string> = new Set([
  'docker.io/library/node',
  'docker.io/library/python',
  'docker.io/oven/bun',
  'docker.io/denoland/deno',
  'docker.io/astral/uv',
  'ghcr.io/astral-sh/uv',
]);

/** The version behind the name of a package on a command line: `name@1.2.3`, `name==1.2.3`; empty where none is written. */
function packageVersion(container: Container, name: string): string {
  for (const { text } of commandLineOf(container)) {
    for (const mark of ['@', '==']) {
      const at = text.indexOf(`${name}${mark}`);
      if (at >= 0) return /^[\w.+-]+/.exec(text.slice(at + name.length + mark.length))?.[0] ?? '';
    }
  }
  return '';
}

function byImage(container: Container, servers: readonly RegistryEntry[]): Approved | undefined {
  const { image } = container;
  const [repository, digest] = [repositoryOf(image), digestOf(image)];
  const entry =
    servers.find(one => one.digest !== '' && one.digest === digest) ?? servers.find(one => one.image === repository);
  return entry && { container, entry, runs: entry.digest === '' ? tagOf(image) : digest };
}

/** What a container fetches and runs, in an image that does nothing by itself: a name on a command line proves nothing of another image. */
function byPackage(container: Container, { servers, packages }: Registry): Approved | undefined {
  const isRuntime =
    RUNTIMES.has(imageRepository(container.image)) ||
    servers.some(({ image }) => image === repositoryOf(container.image));
  if (packages.length === 0 || !isRuntime) return undefined;
  const fetched = programsOf(container).programs.filter(({ kind }) => kind === 'package');
  const [program, ...others] = fetched;
  if (program === undefined || others.length > 0) return undefined;
  const entry = packages.find(({ name }) => normal(name) === program.full);
  return entry && { container, entry, runs: packageVersion(container, entry.name) };
}

/**
 * Looks the containers up that the evidence is in. Without evidence in a container (a label alone declares the server) one approved image is enough:
 * sidecars need none. An entry that is deleted approves nothing.
 */
export function approvalOf(
  { containers }: Pick<Workload, 'containers'>,
  { evidence }: Pick<McpJudgement, 'evidence'>,
  registry: Registry,
): Approval {
  const serving = containers.filter(({ role }) => role === 'container' || role === 'sidecar');
  const isEvident = (container: Container): boolean =>
    evidence.some(({ path, strength }) => strength !== 'against' && path.startsWith(container.path));
  const approvedOf = (container: Container): Approved | undefined =>
    byPackage(container, registry) ?? byImage(container, registry.servers);
  const evident = serving.filter(isEvident);
  const approved = (evident.length > 0 ? evident : serving).flatMap(one => approvedOf(one) ?? []);
  if (evident.length === 0 && approved.length > 0) return { approved, unapproved: [] };
  const judged = evident.length > 0 ? evident : serving.filter(({ role }) => role === 'container').slice(0, 1);
  return { approved, unapproved: judged.filter(container => approvedOf(container) === undefined) };
}

/** What an entry is of, for people: the image or the package. */
export const entryText = (entry: RegistryEntry | RegistryPackage): string =>
  'image' in entry ? `image ${entry.image}` : `package ${entry.name}`;

/** What is approved of an entry: its digest, else its version; empty: any. */
const approvedVersion = (entry: RegistryEntry | RegistryPackage): string =>
  'digest' in entry && entry.digest !== '' ? entry.digest : entry.version;

/** Versions that stand for the one that is written with a `v`, or without. */
export const plainVersion = (version: string): string => version.replace(/^v(?=\d)/, '');

/** The version that is approved, where another one runs; `undefined`: it is the one, or none is named on either side. */
export function driftOf({ entry, runs }: Approved): string | undefined {
  const version = approvedVersion(entry);
  return version === '' || runs === '' || plainVersion(version) === plainVersion(runs) ? undefined : version;
}

/** Whether a server that runs elsewhere is approved. `host`: in small letters, without brackets. */
export const isApprovedRemote = (remotes: readonly RegistryRemote[], host: string, port: number): boolean =>
  remotes.some(one => one.host === host && one.port === port);
