import { type Approval, approvalOf, driftOf, entryText, repositoryOf } from '../mcp/approval.ts';
import { defineRule, type Report } from '../rule.ts';

type Told = 'unregistered' | 'deleted' | 'deprecated' | 'drift';

/** What is to be told of a server that the registry knows. */
function reportsOn(approved: Approval['approved'][number]): readonly Report<Told>[] {
  const { container, entry, runs } = approved;
  const [path, what] = [`${container.path}.image`, entryText(entry)];
  if (entry.status === 'deleted')
    return [{ messageId: 'deleted', path, data: { what }, fix: { summary: 'take it out of service' } }];
  const version = driftOf(approved);
  const replace = { summary: 'replace it by what the registry names in its place' };
  const deploy = { summary: `deploy ${version}, or have ${runs} approved` };
  return [
    ...(entry.status === 'deprecated'
      ? [{ messageId: 'deprecated', path, data: { what }, atMost: 'warn', fix: replace } as const]
      : []),
    ...(version === undefined
      ? []
      : [
          {
            messageId: 'drift',
            path,
            data: { what, version: runs, approved: version },
            atMost: 'warn',
            fix: deploy,
          } as const,
        ]),
  ];
}

/** OWASP MCP09:2025 (shadow MCP servers): an instance that is not registered should fail deployment. */
export const unregisteredServer = defineRule({
  id: 'unregistered-server',
  since: 'v1',
  title: 'The server is not among the approved ones',
  why: 'A server that nobody approved has no owner who answers for the tools that it offers to agents.',
  limits:
    'Judged only where the configuration has a registry. Images are compared without tag and digest, exactly; packages that npx, uvx and their like run, in images of their runtimes. Labels of images are not in the API, and what a Pod says of itself approves nothing.',
  sources: [
    'https://owasp.org/www-project-mcp-top-10/',
    'https://github.com/modelcontextprotocol/registry/blob/main/docs/reference/server-json/official-registry-requirements.md',
  ],
  levels: { baseline: 'deny', restricted: 'deny' },
  severity: 7,
  messages: {
    unregistered: 'image {image} is not in the registry of approved servers',
    deleted: '{what} was deleted from the registry of approved servers',
    deprecated: '{what} is deprecated in the registry of approved servers',
    drift: '{what} runs {version}, and {approved} is approved',
  },
  check({ subject, mcp, policy }) {
    const { registry } = policy;
    if (registry === undefined) return [];
    const { approved, unapproved } = approvalOf(subject, mcp, registry);
    return [
      ...unapproved.map(container => ({
        messageId: 'unregistered' as const,
        path: `${container.path}.image`,
        data: { image: repositoryOf(container.image) },
        fix: { summary: 'ask for the server to be approved, under `registry` of the GatePolicy' },
      })),
      ...approved.flatMap(reportsOn),
    ];
  },
});
