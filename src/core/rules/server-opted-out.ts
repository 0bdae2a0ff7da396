import { defineChangeRule } from '../rule.ts';

/** A workload that runs as an MCP server is relabelled so that it is none any more, and nothing of it is judged from then on. */
export const serverOptedOut = defineChangeRule({
  id: 'server-opted-out',
  since: 'v1',
  title: 'A running MCP server is relabelled to be none',
  why: 'The label takes a workload out of every judgement. Whoever may set it on a server that runs could then open its policy without a word.',
  limits:
    'A workload that is created with the label is believed, and told. Of a server that is only suspected the change is a warning: it may be what the label is for.',
  sources: ['https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/'],
  levels: { baseline: 'deny', restricted: 'deny' },
  severity: 5,
  messages: {
    opted_out: '{server} runs as an MCP server ({standing}), and its label would take it out of every judgement',
    undeclared: '{server} runs as an MCP server by its label alone, and the change takes the label away',
  },
  check({ before, after }) {
    if (before === undefined || before.mcp.standing === 'no' || after.mcp.standing !== 'no') return [];
    const { kind, namespace, name } = after.subject;
    const label = after.mcp.evidence.find(({ signal }) => signal === 'opt-out');
    const taken = before.mcp.evidence.find(({ signal }) => signal === 'declared');
    const place = label ?? taken;
    if (place === undefined) return [];
    return [
      {
        messageId: label === undefined ? 'undeclared' : 'opted_out',
        ...(place.object && { object: place.object }),
        path: place.path,
        data: { server: `${kind} ${namespace}/${name}`, standing: before.mcp.standing },
        fix: { summary: 'leave the label as it is; if this is no server, delete it and create it anew with the label' },
        ...(before.mcp.standing === 'suspected' && { atMost: 'warn' as const }),
      },
    ];
  },
});
