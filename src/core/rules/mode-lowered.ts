import { MODES } from '../gate/types.ts';
import { defineModeRule } from '../rule.ts';

/** A namespace's mode is lowered by someone who may not: off < audit < warn < enforce. */
export const modeLowered = defineModeRule({
  id: 'mode-lowered',
  since: 'v1',
  title: "A namespace's mode is lowered by someone who may not",
  why: 'Whoever may label a namespace could otherwise switch the gate off there, deploy, and switch it on again.',
  limits:
    'Who may lower a mode is configured by exact names under `modeChangers`; without that a lowered mode is a warning.',
  sources: [
    'https://kubernetes.io/docs/concepts/security/pod-security-admission/#pod-security-admission-labels-for-namespaces',
  ],
  levels: { baseline: 'deny', restricted: 'deny' },
  messages: { lowered: 'the mode of namespace {namespace} is lowered from {before} to {after}' },
  check({ namespace, before, after, mayLower }) {
    if (mayLower || MODES.indexOf(after) >= MODES.indexOf(before)) return [];
    return [
      {
        messageId: 'lowered',
        path: 'metadata.labels["chokepoint.dev/mode"]',
        data: { namespace, before, after },
        fix: { summary: 'ask one of those whom the GatePolicy names under modeChangers' },
      },
    ];
  },
});
