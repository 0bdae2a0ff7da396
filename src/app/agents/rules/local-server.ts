import type { Registry } from '../../../core/gate/types.ts';
import { plainVersion } from '../../../core/mcp/approval.ts';
import { defineClientRule, SOURCES } from '../rule.ts';
import { approvedBy, type Started, startedBy } from '../started.ts';

/** Everything that is fetched is approved, in the version that is, and there is something. */
function isApproved({ fetched }: Started, registry: Registry | undefined): boolean {
  return (
    fetched.length > 0 &&
    fetched.every(one => {
      const entry = approvedBy(one, registry);
      return entry !== undefined && (entry.version === '' || plainVersion(entry.version) === plainVersion(one.version));
    })
  );
}

export const localServer = defineClientRule<'started' | 'approved'>({
  id: 'client-local-server',
  since: 'v1',
  title: 'A client starts a server on its own machine',
  why: "Such a server acts with the user's own rights, and what is asked of it passes no gateway: nobody authorizes or logs it.",
  limits:
    'What a program does is not looked at. A program that brings a server elsewhere to a client (mcp-remote and its like) is judged by where that is.',
  sources: [SOURCES.shadow, SOURCES.practices],
  levels: { baseline: 'deny', restricted: 'deny' },
  severity: 7,
  messages: {
    started: '{program} is started on this machine, past the gateway',
    approved: '{program} is approved, and is started on this machine, past the gateway',
  },
  check(server, { registry }) {
    const { words, isBridge, isEnabled, container } = server;
    const [first] = words;
    if (first === undefined || isBridge || !isEnabled || container !== undefined) return [];
    const started = startedBy(server);
    const isKnown = isApproved(started, registry);
    return [
      {
        messageId: isKnown ? 'approved' : 'started',
        path: first.path,
        data: { program: started.says },
        ...(isKnown && { atMost: 'warn' }),
        fix: { summary: 'run it in the cluster, behind the gateway, or take it out' },
      },
    ];
  },
});
