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
  severity: 7,
  messages: {
    lowered:
      'the mode of namespace {namespace} is lowered from {before} to {after}, by somebody who is not named under modeChangers',
    'nobody-named':
      'the mode of namespace {namespace} is lowered from {before} to {after}: whoever may label the namespace can do that, since the GatePolicy has no modeChangers',
  },
  check({ namespace, before, after, mayLower }) {
    if (mayLower === true || MODES.indexOf(after) >= MODES.indexOf(before)) return [];
    const report = { path: 'metadata.labels["chokepoint.dev/mode"]', data: { namespace, before, after } };
    if (mayLower === 'unknown') {
      const fix = { summary: 'name those who may lower a mode under modeChangers of the GatePolicy' };
      return [{ ...report, messageId: 'nobody-named', atMost: 'warn', fix }];
    }
    return [
      {
        ...report,
        messageId: 'lowered',
        fix: { summary: 'ask one of those whom the GatePolicy names under modeChangers' },
      },
    ];
  },
});
