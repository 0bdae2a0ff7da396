import { describe, expect, test } from 'vitest';
import { judgeManifests } from '../../src/app/report/judge-manifests.ts';
import type { Decision } from '../../src/core/decision.ts';
import type { GatePolicy } from '../../src/core/gate/types.ts';
import type { Fields } from '../../src/core/kube/reading.ts';
import { NEVER_IGNORED } from '../../src/core/never-ignored.ts';
import { RULES } from '../../src/core/rules/index.ts';
import { CLOSED, OPEN, SERVER } from '../cli/manifests.ts';
import { policyOf, testPolicy } from '../support/reviews.ts';
import { FIXTURE_KINDS, ruleCases } from '../support/rule-cases.ts';
import { parseYaml } from '../support/yaml.ts';

const DAY = '2026-11-27';
const GATEWAY = {
  namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'gateway' } },
  podSelector: { matchLabels: { app: 'envoy' } },
};
const ALL_RULES = new Set(RULES.map(({ id }) => id));

/** A policy that lets annotations set anything aside, as far as a document can. */
const allowing = (policy: GatePolicy): GatePolicy => ({
  ...policy,
  day: DAY,
  exceptionsFromAnnotations: { rules: ALL_RULES, longestDays: 90 },
});
const POLICY = allowing(policyOf({ gateways: [{ name: 'envoy', from: [GATEWAY] }] }));

type Manifest = { readonly metadata: Fields; readonly kind: string } & Fields;
const manifests = (...yaml: readonly string[]): readonly Manifest[] => yaml.flatMap(parseYaml) as readonly Manifest[];

const annotated = (manifest: Manifest, text: string): Manifest => {
  const annotations = { ...(manifest.metadata.annotations as Fields), 'chokepoint.dev/ignore': text };
  return { ...manifest, metadata: { ...manifest.metadata, annotations } };
};

/** The annotation on the object of this kind and name alone. */
const on = (kind: string, name: string, text: string, all: readonly Manifest[]): readonly Manifest[] =>
  all.map(one => (one.kind === kind && one.metadata.name === name ? annotated(one, text) : one));

const decisionsOn = (all: readonly Fields[], policy = POLICY): readonly Decision[] =>
  judgeManifests(all, policy).decisions;

const SERVICE = `apiVersion: v1
kind: Service
metadata: {name: orders, namespace: shop}
spec: {type: NodePort, selector: {app: orders}, ports: [{port: 80, nodePort: 30080}]}
`;
const TEXT = 'ingress-beyond-gateway T-1 until 2027-01-31';

describe('an annotation that is allowed sets a finding aside', () => {
  const open = manifests(SERVER, CLOSED, OPEN);

  test('on the server', () => {
    const [decision] = decisionsOn(on('Deployment', 'orders', TEXT, open));
    expect(decision?.verdict).toBe('allow');
    expect(decision?.excepted.map(({ rule, exception }) => ({ rule, ...exception }))).toEqual([
      {
        rule: 'ingress-beyond-gateway',
        by: 'annotation',
        object: { kind: 'Deployment', namespace: 'shop', name: 'orders' },
        reason: 'T-1',
        expires: '2027-01-31',
      },
    ]);
  });

  test('on the object at fault', () => {
    const [decision] = decisionsOn(on('NetworkPolicy', 'open', TEXT, open));
    expect(decision?.verdict).toBe('allow');
    expect(decision?.excepted[0]?.exception.object.name).toBe('open');
  });

  test('and of an object that is not at fault nothing', () => {
    expect(decisionsOn(on('NetworkPolicy', 'orders', TEXT, open))[0]?.verdict).toBe('deny');
  });

  test('and of other rules nothing', () => {
    const [decision] = decisionsOn(on('Deployment', 'orders', TEXT, [...open, ...manifests(SERVICE)]));
    expect(decision?.verdict).toBe('deny');
    expect(decision?.findings.map(({ rule }) => rule)).toEqual(['service-exposed']);
  });

  test('on a pod template, as its Pods bear it', () => {
    const [server, ...others] = open;
    const { spec } = server as unknown as { spec: { template: Manifest } };
    const template = annotated(spec.template, TEXT);
    expect(decisionsOn([{ ...server, spec: { ...spec, template } }, ...others])[0]?.verdict).toBe('allow');
  });

  test('on the Deployment of a Pod', () => {
    const owner = (apiVersion: string, kind: string, name: string) => [{ apiVersion, kind, name, controller: true }];
    const [server] = on('Deployment', 'orders', TEXT, manifests(SERVER));
    const { spec } = server as unknown as { spec: { template: { metadata: Fields; spec: Fields } } };
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        ...spec.template.metadata,
        name: 'orders-1',
        namespace: 'shop',
        ownerReferences: owner('apps/v1', 'Deployment', 'orders'),
      },
      spec: spec.template.spec,
    };
    const others = manifests(CLOSED, OPEN);
    const [decision] = decisionsOn([{ ...server }, pod, ...others]);
    expect(decision?.verdict).toBe('allow');
    const other = {
      ...pod,
      spec: { containers: [{ name: 'server', image: 'other', ports: [{ containerPort: 8080 }] }] },
    };
    const verdicts = decisionsOn([{ ...server }, other, ...others]).map(({ subject, verdict }) => [
      subject.kind,
      verdict,
    ]);
    expect(verdicts).toEqual([
      ['Deployment', 'allow'],
      ['Pod', 'deny'],
    ]);
  });

  test('and on a policy that stands for a server alone', () => {
    const alone = OPEN.replace('name: open', 'name: mcp-orders').replace(
      'podSelector: {}',
      'podSelector: {matchLabels: {app: mcp-orders}}',
    );
    const text = 'ingress-beyond-gateway T until 2027-01-31';
    const [decision] = decisionsOn(on('NetworkPolicy', 'mcp-orders', text, manifests(alone)));
    expect(decision?.excepted.map(({ rule }) => rule)).toEqual(['ingress-beyond-gateway']);
  });

  test('but not in the place of one of the GatePolicy', () => {
    const listed = {
      namespace: 'shop',
      kind: 'Deployment',
      name: 'orders',
      rules: ['ingress-beyond-gateway'],
      reason: 'P',
      expires: '2026-12-01',
    };
    const [decision] = decisionsOn(on('Deployment', 'orders', TEXT, open), { ...POLICY, exceptions: [listed] });
    expect(decision?.excepted.map(({ exception }) => [exception.by, exception.reason])).toEqual([['policy', 'P']]);
  });
});

test('an annotation on a route of another namespace does not excuse what the route opens', () => {
  const route = `apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: bypass, namespace: evil}
spec:
  parentRefs: [{name: public, namespace: evil}]
  rules: [{backendRefs: [{kind: Service, name: orders, namespace: shop, port: 80}]}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: ReferenceGrant
metadata: {name: routes, namespace: shop}
spec:
  from: [{group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: evil}]
  to: [{group: "", kind: Service}]
`;
  const policy = { ...POLICY, routes: { ingressClasses: [], gateways: ['gateway/mcp'] } };
  const all = manifests(
    SERVER,
    CLOSED,
    SERVICE.replace('type: NodePort, ', '').replace(', nodePort: 30080', ''),
    route,
  );
  const text = 'route-bypasses-gateway T-1 until 2027-01-31';
  const [decision] = decisionsOn(on('HTTPRoute', 'bypass', text, all), policy);
  expect([decision?.verdict, decision?.findings.map(({ rule }) => rule)]).toEqual([
    'deny',
    ['gateway-unauthenticated', 'route-bypasses-gateway'],
  ]);
  expect(decision?.refusedExceptions.map(({ why }) => why)).toEqual(['it is in another namespace than the server']);
  expect(decisionsOn(on('Deployment', 'orders', text, all), policy)[0]?.verdict).toBe('allow');
});

describe('what does not count is told, and the finding stays', () => {
  const issuesOf = (text: string, policy = POLICY): readonly string[] =>
    judgeManifests(on('Deployment', 'orders', text, manifests(SERVER, CLOSED, OPEN)), policy).issues.map(
      ({ severity, code, path, message }) => `${severity} ${code} ${path}: ${message}`,
    );
  const PATH = 'metadata.annotations["chokepoint.dev/ignore"]';

  test.each<readonly [title: string, text: string, issue: string]>([
    [
      'a rule that is not there',
      'x T until 2027-01-31',
      `warning refused-exception ${PATH}: "x T until 2027-01-31" sets nothing aside: there is no rule "x"`,
    ],
    [
      'one that has ended',
      TEXT.replace('2027', '2026'),
      `warning expired-exception ${PATH}: "ingress-beyond-gateway T-1 until 2026-01-31" sets nothing aside: it ended on 2026-01-31`,
    ],
    [
      'one without need',
      'service-exposed T until 2027-01-31',
      `warning unused-exception ${PATH}: the exception from service-exposed until 2027-01-31 sets nothing aside: remove it`,
    ],
  ])('%s', (_title, text, issue) => {
    expect(issuesOf(text)).toEqual([issue]);
  });

  test('none that counts', () => expect(issuesOf(TEXT)).toEqual([]));

  test('any by default', () => {
    const issues = issuesOf(TEXT, { ...testPolicy(), day: DAY });
    expect(issues).toEqual([
      `warning refused-exception ${PATH}: "${TEXT}" sets nothing aside: the GatePolicy lets no annotation set anything aside (exceptionsFromAnnotations)`,
    ]);
  });

  test('on what is no server at all', () => {
    const bare =
      '{apiVersion: v1, kind: Service, metadata: {name: a, namespace: b, annotations: {chokepoint.dev/ignore: whatever}}}';
    const { issues } = judgeManifests(manifests(bare), POLICY);
    expect(issues.map(({ code }) => code)).toEqual(['refused-exception']);
  });

  test('with the decision on the server, for whoever judges one by one', () => {
    const [decision] = decisionsOn(on('Deployment', 'orders', 'x T until 2027-01-31', manifests(SERVER, CLOSED, OPEN)));
    expect(decision?.refusedExceptions).toEqual([
      {
        object: { kind: 'Deployment', namespace: 'shop', name: 'orders' },
        text: 'x T until 2027-01-31',
        why: 'there is no rule "x"',
      },
    ]);
  });
});

describe('whatever objects say of themselves, a rule that guards metadata is never lowered', () => {
  const text = RULES.map(({ id }) => `${id} T until 2027-01-31`).join('; ');
  const cases = RULES.filter(({ judges }) => judges === 'server').flatMap(({ id }) =>
    FIXTURE_KINDS.flatMap(kind => ruleCases(id, kind).map(one => [`${id} ${kind}: ${one.name}`, one.world] as const)),
  );
  const guarded = (decisions: readonly Decision[]) =>
    decisions.map(({ subject, findings }) => [subject, findings.filter(({ rule }) => NEVER_IGNORED.has(rule))]);

  test.each(cases)('%s', (_title, world) => {
    const plain = manifests(world);
    const policies = [POLICY, allowing(testPolicy())];
    for (const policy of policies) {
      const [before, after] = [
        decisionsOn(plain, policy),
        decisionsOn(
          plain.map(one => annotated(one, text)),
          policy,
        ),
      ];
      expect(guarded(after)).toEqual(guarded(before));
      expect(after.flatMap(({ excepted }) => excepted.filter(({ rule }) => NEVER_IGNORED.has(rule)))).toEqual([]);
      expect(
        decisionsOn(
          plain.map(one => annotated(one, text)),
          { ...policy, exceptionsFromAnnotations: undefined },
        ).map(({ findings }) => findings),
      ).toEqual(before.map(({ findings }) => findings));
    }
  });
});
