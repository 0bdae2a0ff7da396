import { approvalOf, repositoryOf } from '../mcp/approval.ts';
import { defineRule } from '../rule.ts';

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
    return approvalOf(subject, mcp, registry).unapproved.map(container => ({
      messageId: 'unregistered' as const,
      path: `${container.path}.image`,
      data: { image: repositoryOf(container.image) },
      fix: { summary: 'ask for the server to be approved, under `registry` of the GatePolicy' },
    }));
  },
});
