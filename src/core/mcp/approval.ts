import type { McpJudgement } from '../decision.ts';
import type { RegistryEntry } from '../gate/types.ts';
import type { Container, Workload } from '../kube/types.ts';

/** The image without tag and digest: `registry:5000/team/server:1.0@sha256:…` is `registry:5000/team/server`. */
export function repositoryOf(image: string): string {
  const [withoutDigest = ''] = image.split('@');
  const slash = withoutDigest.lastIndexOf('/');
  const colon = withoutDigest.indexOf(':', slash + 1);
  return colon < 0 ? withoutDigest : withoutDigest.slice(0, colon);
}

/** What a registry says of one server. */
export interface Approval {
  /** Entries of its containers that are approved, each once. */
  readonly entries: readonly RegistryEntry[];
  /** Containers that make it a server and are not approved; empty: it is registered. */
  readonly unapproved: readonly Container[];
}

/**
 * Looks the containers up that the evidence is in. Without evidence in a container (a label alone declares the server) one approved image is enough:
 * sidecars need none.
 */
export function approvalOf(
  { containers }: Pick<Workload, 'containers'>,
  { evidence }: Pick<McpJudgement, 'evidence'>,
  registry: readonly RegistryEntry[],
): Approval {
  const approved = new Map(registry.map(entry => [entry.image, entry]));
  const serving = containers.filter(({ role }) => role === 'container' || role === 'sidecar');
  const isEvident = (container: Container): boolean =>
    evidence.some(({ path, strength }) => strength !== 'against' && path.startsWith(container.path));
  const entryOf = ({ image }: Container): RegistryEntry | undefined => approved.get(repositoryOf(image));
  const evident = serving.filter(isEvident);
  const entries = [...new Set((evident.length > 0 ? evident : serving).flatMap(one => entryOf(one) ?? []))];
  if (evident.length === 0 && entries.length > 0) return { entries, unapproved: [] };
  const judged = evident.length > 0 ? evident : serving.filter(({ role }) => role === 'container').slice(0, 1);
  return { entries, unapproved: judged.filter(container => entryOf(container) === undefined) };
}
