import { expect, test } from 'vitest';
import type { Fields } from '../../../src/core/kube/reading.ts';
import {
  closingPolicy,
  deployment,
  gate,
  namespace,
  review,
  testPolicy,
  verdictText,
  worldOf,
} from '../../support/reviews.ts';

/** Exceptions of the GatePolicy from rules about changes. */

const MINUTE = 60_000;
const ENFORCE = { 'chokepoint.dev/mode': 'enforce' };
const ABSENT = ['egress-not-isolated', 'ingress-not-isolated'];
const labels = (mode: string): Fields => ({ metadata: { name: 'prod', labels: { 'chokepoint.dev/mode': mode } } });
const DELETED = { name: 'weather', object: null, oldObject: closingPolicy() };
const LOWERED = { object: { ...namespace(), ...labels('audit') }, oldObject: { ...namespace(), ...labels('enforce') } };

const { name: server } = deployment().metadata as { readonly name: string };

test.each<
  readonly [
    title: string,
    request: string,
    change: Fields,
    kind: string,
    name: string,
    rules: readonly string[],
    expected: string,
  ]
>([
  [
    'the removal of a policy is refused',
    'networkpolicy-delete',
    DELETED,
    'Deployment',
    'other',
    ['policy-removal', ...ABSENT],
    '403',
  ],
  [
    'also where only the removal is excused',
    'networkpolicy-delete',
    DELETED,
    'Deployment',
    server,
    ['policy-removal'],
    '403',
  ],
  [
    'and passes where what it opens is',
    'networkpolicy-delete',
    DELETED,
    'Deployment',
    server,
    ['policy-removal', ...ABSENT],
    '200',
  ],
  [
    'a lowered mode is refused',
    'namespace-update-mode-lowered',
    LOWERED,
    'Namespace',
    'other',
    ['mode-lowered'],
    '403',
  ],
  [
    'and passes where it is excused',
    'namespace-update-mode-lowered',
    LOWERED,
    'Namespace',
    'prod',
    ['mode-lowered'],
    '200',
  ],
])('%s', async (_title, request, change, kind, name, rules, expected) => {
  const exception = { namespace: 'prod', kind, name, rules, reason: 'TICKET-1', expires: '2999-12-31' };
  const policy = testPolicy({
    exceptions: [exception],
    modeChangers: { users: [], groups: [], serviceAccounts: [] },
  });
  const { validate } = gate(policy, worldOf(namespace(ENFORCE), deployment(), closingPolicy()));
  const response = await validate(review(request, change), MINUTE);
  expect(`${response.code}`, response.message || verdictText(response)).toBe(expected);
  if (expected === '200')
    expect(response.auditAnnotations.get('exceptions')).toContain('TICKET-1; until 2999-12-31, by the GatePolicy');
});

test('a server that is taken out by its label passes where that is excused', async () => {
  const template = (value: string): Fields => {
    const object = deployment() as { metadata: Fields; spec: { template: { metadata: { labels: Fields } } } };
    const { template: pods } = object.spec;
    const marked = { ...pods.metadata.labels, 'chokepoint.dev/mcp-server': value };
    return {
      ...object,
      spec: { ...object.spec, template: { ...pods, metadata: { ...pods.metadata, labels: marked } } },
    };
  };
  const take = async (rules: readonly string[]) => {
    const exception = {
      namespace: 'prod',
      kind: 'Deployment',
      name: server,
      rules,
      reason: 'T',
      expires: '2999-12-31',
    };
    const policy = testPolicy({
      exceptions: [exception],
      modeChangers: { users: [], groups: [], serviceAccounts: [] },
    });
    const { validate } = gate(policy, worldOf(namespace(ENFORCE), deployment(), closingPolicy()));
    const change = { operation: 'UPDATE', object: template('false'), oldObject: template('true') };
    return (await validate(review('deployment-create', change), MINUTE)).code;
  };
  expect([await take(['host-network']), await take(['server-opted-out'])]).toEqual([403, 200]);
});
