/** A part before the first `/` is a registry if it could be a host name (distribution/reference: `.`, `:`, or localhost). */
function isRegistry(part: string): boolean {
  return part.includes('.') || part.includes(':') || part === 'localhost';
}

function withoutVersion(image: string): string {
  const digest = image.indexOf('@');
  const named = digest < 0 ? image : image.slice(0, digest);
  const colon = named.lastIndexOf(':');
  return colon > named.lastIndexOf('/') ? named.slice(0, colon) : named;
}

/**
 * The repository that an image names, without tag and digest, with its registry: `mcp/fetch:1` is `docker.io/mcp/fetch`,
 * `redis` is `docker.io/library/redis`. Text that is no image reference is cut and completed in the same way; empty stays empty.
 */
export function imageRepository(image: string): string {
  const path = withoutVersion(image);
  if (path === '') return '';
  const slash = path.indexOf('/');
  if (slash < 0) return `docker.io/library/${path}`;
  const first = path.slice(0, slash);
  if (!isRegistry(first)) return `docker.io/${path}`;
  const rest = path.slice(slash + 1);
  if (first !== 'docker.io' && first !== 'index.docker.io') return path;
  return rest.includes('/') ? `docker.io/${rest}` : `docker.io/library/${rest}`;
}

/** The last part of a repository: `fetch` of `docker.io/mcp/fetch`. */
export function lastPart(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** Words in hosts and folders of registries that copy others, or fetch from them when asked. */
const MIRROR_WORDS: ReadonlySet<string> = new Set([
  ...['mirror', 'mirrors', 'proxy', 'cache', 'cached', 'remote', 'pullthrough', 'upstream'],
  ...['docker', 'dockerhub', 'hub', 'ghcr', 'quay', 'gcr', 'mcr'],
]);
/** Registries that hold what their owners put there. */
const ORIGINS: ReadonlySet<string> = new Set(['docker.io', 'ghcr.io', 'quay.io', 'gcr.io', 'mcr.microsoft.com']);

const withoutRegistry = (repository: string): string => repository.slice(repository.indexOf('/') + 1);

/** Whether a repository's host or a folder is named as those of mirrors and pull-through caches are. */
function isInMirror(repository: string): boolean {
  const [host = '', ...folders] = repository.split('/').slice(0, -1);
  const places = ORIGINS.has(host) ? folders : [host, ...folders];
  return places.some(place => place.split(/[-.:_]/).some(word => MIRROR_WORDS.has(word)));
}

/**
 * Whether an image's repository is `published`, or a copy of it: its last parts are those of `published` without the registry, whatever stands before
 * them (`harbor.example:5000/proxy-ghcr/github/github-mcp-server`). Where `inMirror`, what stands before them must be named as a mirror is.
 * Both normal.
 */
export function isCopyOf(repository: string, published: string, inMirror: boolean): boolean {
  if (repository === published) return true;
  return repository.endsWith(`/${withoutRegistry(published)}`) && (!inMirror || isInMirror(repository));
}

/** Whether a repository lies in the published folder (`docker.io/mcp/`), or in a copy of it that is named as a mirror is. Both normal. */
export function isInCopyOf(repository: string, folder: string): boolean {
  if (repository.startsWith(folder)) return true;
  const parent = repository.slice(0, repository.lastIndexOf('/') + 1);
  return parent.endsWith(`/${withoutRegistry(folder)}`) && isInMirror(repository);
}
