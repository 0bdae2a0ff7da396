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
