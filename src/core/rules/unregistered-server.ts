import type { Container } from '../kube/types.ts';
import { defineRule } from '../rule.ts';

/** The image without tag and digest: `registry:5000/team/server:1.0@sha256:…` is `registry:5000/team/server`. */
function repositoryOf(image: string): string {
  const [withoutDigest = ''] = image.split('@');
  const slash = withoutDigest.lastIndexOf('/');
  const colon = withoutDigest.indexOf(':', slash + 1);
  return colon < 0 ? withoutDigest : withoutDigest.slice(0, colon);
}

/** OWASP MCP09:2025 (shadow MCP servers): an instance that is not registered should fail deployment. */
export const unregisteredServer = defineRule({
  id: 'unregistered-server',
  since: 'v1',
  title: 'The server is not among the approved ones',
  why: 'A server that nobody approved has no owner who answers for the tools that it offers to agents.',
  limits: 'Judged only where the configuration has a registry. Images are compared without tag and digest, exactly.',
  sources: ['https://owasp.org/www-project-mcp-top-10/'],
  levels: { baseline: 'deny', restricted: 'deny' },
  severity: 7,
  messages: { unregistered: 'image {image} is not in the registry of approved servers' },
  check({ subject, mcp, policy }) {
    const { registry } = policy;
    if (registry === undefined) return [];
    const approved = new Set(registry.map(entry => entry.image));
    const serving = subject.containers.filter(({ role }) => role === 'container' || role === 'sidecar');
    const isEvident = (container: Container): boolean =>
      mcp.evidence.some(({ path, strength }) => strength !== 'against' && path.startsWith(container.path));
    const evident = serving.filter(isEvident);
    // Without evidence in a container (a label alone declares the server) one approved image is enough: sidecars need none.
    const isApproved = (container: Container): boolean => approved.has(repositoryOf(container.image));
    if (evident.length === 0 && serving.some(isApproved)) return [];
    return (evident.length === 0 ? serving.filter(({ role }) => role === 'container').slice(0, 1) : evident)
      .filter(container => !isApproved(container))
      .map(container => ({
        messageId: 'unregistered' as const,
        path: `${container.path}.image`,
        data: { image: repositoryOf(container.image) },
        fix: { summary: 'ask for the server to be approved, under `registry` of the GatePolicy' },
      }));
  },
});
