import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { compareWebhooks, laterWebhooks, reachable, trustedAuthorities } from '../../../src/app/doctor/webhooks.ts';
import { MANIFESTS } from '../../support/shipped-objects.ts';
import { NOW, seen, told } from './seen.ts';

const SHIPPED = readFileSync(new URL('base/90-webhooks.yaml', MANIFESTS), 'utf8');
const [VALIDATING = '', MUTATING = ''] = SHIPPED.split('\n---\n');
const installed = (validating = VALIDATING, mutating = MUTATING) => ({
  validatingWebhooks: validating,
  mutatingWebhooks: mutating,
});

describe('the webhooks that are installed', () => {
  test('pass as they are shipped', () => {
    expect(told(compareWebhooks(seen({ reads: installed() })))).toEqual([
      'pass: the webhooks ask about all that the shipped ones do',
    ]);
  });

  test('are not told of where there are none', () => {
    expect(compareWebhooks(seen())).toEqual([]);
  });

  test.each([
    ['a webhook less', MUTATING, '', 'the webhook prepare.chokepoint.dev is missing'],
    ['a resource less', 'resources: [networkpolicies]', 'resources: [ingresses]', 'is not asked about'],
    [
      'an operation less',
      'operations: [CREATE, UPDATE, DELETE]',
      'operations: [CREATE, UPDATE]',
      'is not asked about DELETE networkpolicies.networking.k8s.io',
    ],
    [
      'a failure policy that lets pass',
      'failurePolicy: Fail',
      'failurePolicy: Ignore',
      'lets everything pass when the gate is down (failurePolicy Ignore)',
    ],
    [
      'a condition more',
      '  - name: binding-with-labels',
      '  - {name: mine, expression: \'request.userInfo.username != "mallory"\'}\n  - name: binding-with-labels',
      'is asked under a further condition: request.userInfo.username',
    ],
    [
      'another condition in place',
      "request.kind.kind != 'Binding'",
      "request.kind.kind != 'Pod'",
      'is asked under a further condition',
    ],
    [
      'a namespace that is left out',
      'kube-node-lease, chokepoint-system]',
      'kube-node-lease, chokepoint-system, evil]',
      'leaves namespaces out by kubernetes.io/metadata.name NotIn',
    ],
    [
      'a selector of objects',
      '  matchPolicy: Equivalent',
      '  objectSelector: {matchLabels: {a: b}}\n  matchPolicy: Equivalent',
      'leaves objects out by a In b',
    ],
    [
      'no second asking',
      'reinvocationPolicy: IfNeeded',
      'reinvocationPolicy: Never',
      'is not asked again when a later webhook changes a Pod',
    ],
  ])('fail with %s', (_, from, to, said) => {
    const text = SHIPPED.replace(from, () => to);
    const [validating = '', mutating = ''] = text.split('\n---\n');
    const answers = told(compareWebhooks(seen({ reads: installed(validating, mutating) })));
    expect(answers[0]).toMatch(/^fail: /);
    expect(answers.join('\n')).toContain(said);
  });

  test('may lie with the mode that the gate is limited to', () => {
    const reads = {
      ...installed(VALIDATING.replaceAll('failurePolicy: Fail', 'failurePolicy: Ignore')),
      gateDeployments: 'spec: {template: {spec: {containers: [{args: [serve, --mode-limit=audit]}]}}}',
    };
    expect(told(compareWebhooks(seen({ reads })))[0]).toMatch(/^pass/);
  });

  test('that ask about everything ask about what is shipped', () => {
    const wide = "  - {apiGroups: ['*'], apiVersions: ['*'], operations: ['*'], resources: ['*/*', '*'], scope: '*'}\n";
    const text = VALIDATING.replace('  rules: &objects\n', `  rules: &objects\n${wide}`);
    expect(told(compareWebhooks(seen({ reads: installed(text) })))[0]).toMatch(/^pass/);
  });
});

describe('webhooks that come after', () => {
  const other = (name: string) =>
    `${MUTATING}\n---\n{metadata: {name: ${name}}, webhooks: [{name: x, rules: [{apiGroups: [''], operations: [CREATE], resources: [pods]}]}]}`;
  test.each([
    ['none', MUTATING, 'pass: no mutating webhook changes Pods after'],
    ['one before', other('aaa'), 'pass: no mutating webhook changes Pods after'],
    [
      'one after',
      other('istio'),
      'pass: istio may change Pods after the gate has prepared them; it is asked again then',
    ],
    ['one after that is not asked again', other('istio').replace('IfNeeded', 'Never'), 'warn: istio may change Pods'],
  ])('%s', (_, mutating, said) => {
    expect(told(laterWebhooks(seen({ reads: installed(VALIDATING, mutating) })))[0]).toContain(said);
  });
});

describe('the Pods of the webhook', () => {
  const slice = (ready: readonly boolean[]) =>
    JSON.stringify({
      metadata: { labels: { 'kubernetes.io/service-name': 'chokepoint' } },
      endpoints: ready.map(one => ({ addresses: ['192.0.2.1'], conditions: { ready: one } })),
    });
  test.each([
    [[true, true], 'pass: 2 Pods of the webhook are ready'],
    [[true, false], 'warn: one Pod of the webhook is ready'],
    [[false, false], 'fail: no Pod of the webhook is ready'],
    [[], 'fail: no Pod of the webhook is ready'],
  ] as const)('ready %j', (ready, said) => {
    expect(told(reachable(seen({ reads: { ...installed(), gateEndpoints: slice(ready) } })))[0]).toContain(said);
  });

  test('are not looked for where no gate is installed', () => {
    expect(told(reachable(seen()))).toEqual(['warn: no gate is installed: nothing is judged at admission']);
  });
});

describe('the authority of the webhook', () => {
  const bundled = VALIDATING.replaceAll(
    'clientConfig: {',
    `clientConfig: {caBundle: ${Buffer.from('PEM').toString('base64')}, `,
  );
  const mutating = MUTATING.replaceAll(
    'clientConfig: {',
    `clientConfig: {caBundle: ${Buffer.from('PEM').toString('base64')}, `,
  );
  const DAY = 86_400_000;
  test.each([
    [
      'a year',
      [{ notBeforeMs: 0, notAfterMs: NOW + 365 * DAY }],
      'pass: the authority of the webhook holds until 2027-11-27',
    ],
    [
      'some days',
      [{ notBeforeMs: 0, notAfterMs: NOW + 3 * DAY }],
      'warn: the authority of the webhook ends on 2026-11-30',
    ],
    ['no more', [{ notBeforeMs: 0, notAfterMs: NOW - 1 }], 'fail: no certificate in the caBundle'],
    ['not yet', [{ notBeforeMs: NOW + 1, notAfterMs: NOW + DAY }], 'fail: no certificate in the caBundle'],
    ['nothing that can be read', undefined, 'holds no certificate'],
  ] as const)('holds for %s', (_, certificates, said) => {
    const answers = told(
      trustedAuthorities(seen({ reads: installed(bundled, mutating), certificates: () => certificates })),
    );
    expect(answers).toEqual([expect.stringContaining(said)]);
  });

  test('is missing', () => {
    expect(told(trustedAuthorities(seen({ reads: installed() })))).toEqual([
      expect.stringContaining('caBundle is empty'),
    ]);
  });
});
