import { isApprovedRemote } from '../../../core/mcp/approval.ts';
import { destinationOf } from '../destination.ts';
import { defineClientRule, SOURCES } from '../rule.ts';

export const unknownHost = defineClientRule<'unknown'>({
  id: 'client-unknown-host',
  since: 'v1',
  title: 'A client reaches a server on a host that nobody knows',
  why: 'Whoever runs the host sees what the agent tells it, and what it answers the agent obeys.',
  limits:
    'Known are the gateway, spec.registry.remotes, spec.perimeter.mcpHosts, your own networks, the public services that this program lists, and the hosts of a registry that is given.',
  sources: [SOURCES.shadow, SOURCES.practices],
  levels: { baseline: 'deny', restricted: 'deny' },
  severity: 8,
  messages: { unknown: '{host} is neither the gateway nor any host that is known' },
  check({ urls, isEnabled }, facts) {
    if (!isEnabled) return [];
    return urls.flatMap(({ text, path }) => {
      const destination = destinationOf(text, facts);
      if (destination.kind !== 'host' || destination.standing !== 'unknown') return [];
      if (isApprovedRemote(facts.remotes, destination.host, destination.port)) return [];
      return {
        messageId: 'unknown' as const,
        path,
        data: { host: destination.host },
        ...(facts.perimeter === undefined && ({ atMost: 'warn' } as const)),
        fix: { summary: 'find out whose it is; have it approved and reached through the gateway, or take it out' },
      };
    });
  },
});
