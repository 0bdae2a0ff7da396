import { describe, expect, test } from 'vitest';
import type { AdmissionResponse } from '../../../src/app/admission/review.ts';
import type { Fields } from '../../../src/core/kube/reading.ts';
import { ACCEPTS, clusterPolicy, DENIES, OPENING_POLICIES, other } from '../../support/other-policies.ts';
import { closingPolicy, deployment, gate, namespace, review, testPolicy, worldOf } from '../../support/reviews.ts';

const MINUTE = 60_000;

/** One write of an object of another API. */
interface Write {
  readonly before?: Fields;
  readonly after?: Fields;
  readonly user?: string;
}

function reviewOf({ before, after, user = 'alice@example.com' }: Write) {
  const object = after ?? before ?? {};
  const [group, version] = String(object.apiVersion).split('/');
  const { name, namespace: where = '' } = object.metadata as Fields;
  return review('networkpolicy-create', {
    kind: { group, version, kind: object.kind },
    operation: after === undefined ? 'DELETE' : before === undefined ? 'CREATE' : 'UPDATE',
    ...{ namespace: where, name, object: after, oldObject: before },
    userInfo: { username: user, groups: [] },
  });
}

/** Everything that an answer says. */
const said = ({ message, warnings, auditAnnotations }: AdmissionResponse): string =>
  [message, ...warnings, ...auditAnnotations.values()].join('\n');

/** Another namespace with a closed server of the same name. */
const elsewhere = (name: string, mode: string): readonly Fields[] => [
  { ...namespace({ 'chokepoint.dev/mode': mode }), metadata: { name, labels: { 'chokepoint.dev/mode': mode } } },
  ...[deployment(), closingPolicy()].map(object => ({
    ...object,
    metadata: { ...(object.metadata as Fields), namespace: name },
  })),
];

const CLOSED = [namespace(), deployment(), closingPolicy()];
/** Opens the server to every pod. */
const TO_ALL_PODS: Fields = {
  ...closingPolicy(),
  metadata: { name: 'to-all-pods', namespace: 'prod' },
  spec: {
    podSelector: {},
    policyTypes: ['Ingress'],
    ingress: [{ from: [{ namespaceSelector: {} }] }],
  },
};

const title = ({ apiVersion, kind }: Fields): string => `${kind}.${String(apiVersion).split('/')[0]}`;

describe('a policy of another API that opens a closed server', () => {
  test.each(OPENING_POLICIES.map(object => [title(object), object] as const))(
    '%s is refused where it enforces, and is let through where it is off',
    async (_title, object) => {
      const refused = await gate(testPolicy(), worldOf(...CLOSED)).validate(reviewOf({ after: object }), MINUTE);
      expect([refused.code, said(refused)]).toEqual([403, expect.stringContaining(String(object.kind))]);
      const off = await gate(testPolicy({ mode: 'off' }), worldOf(...CLOSED)).validate(
        reviewOf({ after: object }),
        MINUTE,
      );
      expect(off).toMatchObject({ allowed: true, warnings: [] });
    },
  );

  test('names itself and the rule, and no object of any namespace where it is of the whole cluster', async () => {
    const answer = await gate(testPolicy(), worldOf(...CLOSED)).validate(reviewOf({ after: ACCEPTS }), MINUTE);
    expect(answer.message).toContain(
      'ClusterNetworkPolicy.policy.networking.k8s.io accepts must not open Deployment in a namespace.',
    );
    expect(answer.message).toContain('ingress-beyond-gateway');
    expect(answer.message).toContain('spec.ingress[0]');
    expect(answer.message).toContain('"chokepoint check FILE --with-cluster" shows');
    expect(said(answer)).not.toMatch(/weather/);
  });

  test('passes where it selects no namespace that has a server', async () => {
    const idle = clusterPolicy('accepts', {
      subject: { namespaces: { matchLabels: { 'kubernetes.io/metadata.name': 'other' } } },
      ingress: [{ name: 'all', action: 'Accept', from: [{ namespaces: {} }] }],
    });
    const { validate, records } = gate(testPolicy(), worldOf(...CLOSED));
    expect(await validate(reviewOf({ after: idle }), MINUTE)).toMatchObject({ allowed: true, warnings: [] });
    expect(records.map(({ verdict }) => verdict)).toEqual(['none']);
  });
});

describe('a policy of the whole cluster goes by the namespaces that it may select', () => {
  const everywhere = clusterPolicy('accepts', {
    subject: { namespaces: {} },
    ingress: [{ name: 'all', action: 'Accept', from: [{ namespaces: {} }] }],
  });
  const ask = (...modes: readonly string[]) => {
    const world = worldOf(...modes.flatMap((mode, index) => elsewhere(`ns-${index}`, mode)));
    const tested = gate(testPolicy({ mode: 'audit' }), world);
    return tested.validate(reviewOf({ after: everywhere }), MINUTE).then(answer => ({ answer, tested }));
  };

  test.each([
    [['enforce'], 403],
    [['warn', 'enforce'], 403],
    [['off', 'enforce', 'audit'], 403],
    [['warn'], 200],
    [['audit', 'off'], 200],
    [['off'], 200],
  ])('of modes %j: %i', async (modes, code) => {
    const { answer } = await ask(...modes);
    expect(answer.code).toBe(code);
  });

  test('the servers of a namespace that warns are told, without a name', async () => {
    const { answer } = await ask('warn', 'off');
    expect(answer.warnings.join('\n')).toContain('ingress-beyond-gateway');
    expect(said(answer)).not.toMatch(/weather|ns-0/);
  });

  test('the strictest mode is on record', async () => {
    const { tested } = await ask('audit', 'warn', 'off');
    expect(tested.records.map(({ mode }) => mode)).toEqual(['warn']);
  });

  test('the namespaces of Kubernetes are never among them', async () => {
    const world = worldOf(...elsewhere('kube-system', 'enforce'));
    const { validate } = gate(testPolicy(), world);
    expect((await validate(reviewOf({ after: everywhere }), MINUTE)).allowed).toBe(true);
  });

  test('nothing of the whole cluster is read past the view', async () => {
    const asked: string[] = [];
    const read = async (name: string) => {
      asked.push(name);
      return [];
    };
    const { validate } = gate(testPolicy(), worldOf(...CLOSED), read, {
      confirmPods: read,
      liveNamespace: async () => undefined,
    });
    await validate(reviewOf({ after: ACCEPTS }), MINUTE);
    await validate(reviewOf({ before: DENIES }), MINUTE);
    expect(asked).toEqual([]);
  });
});

describe('a policy of another API that closes a server', () => {
  const WORLD = worldOf(...CLOSED, TO_ALL_PODS, DENIES);
  const ask = (write: Write) => gate(testPolicy(), WORLD).validate(reviewOf(write), MINUTE);
  const edited = (spec: Fields): Fields => ({ ...DENIES, spec: { ...(DENIES.spec as Fields), ...spec } });

  test('must not be deleted', async () => {
    const answer = await ask({ before: DENIES });
    expect(answer.code).toBe(403);
    expect(answer.message).toContain(
      'ClusterNetworkPolicy.policy.networking.k8s.io denies must not be deleted: it closes Deployment in a namespace.',
    );
    expect(answer.message).toContain('policy-removal');
    expect(said(answer)).not.toMatch(/weather|to-all-pods/);
  });

  test.each<readonly [string, Fields]>([
    ['made to pass on everything', { ingress: [{ name: 'all', action: 'Pass', from: [{ namespaces: {} }] }] }],
    [
      'turned to another namespace',
      { subject: { namespaces: { matchLabels: { 'kubernetes.io/metadata.name': 'x' } } } },
    ],
    ['emptied', { ingress: [] }],
  ])('must not be %s', async (_what, spec) => {
    const answer = await ask({ before: DENIES, after: edited(spec) });
    expect([answer.code, answer.message]).toEqual([403, expect.stringContaining('policy-removal')]);
  });

  test('must not be given an owner that may go before the server', async () => {
    const owned: Fields = {
      ...DENIES,
      metadata: {
        name: 'denies',
        ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: 'n', uid: 'u-1', controller: false }],
      },
    };
    const answer = await ask({ before: DENIES, after: owned });
    expect([answer.code, answer.message]).toEqual([403, expect.stringContaining('given an owner')]);
  });

  test('may go where a NetworkPolicy closes the server too', async () => {
    const { validate } = gate(testPolicy(), worldOf(...CLOSED, DENIES));
    expect((await validate(reviewOf({ before: DENIES }), MINUTE)).allowed).toBe(true);
  });

  test('may be edited where that opens nothing', async () => {
    expect((await ask({ before: DENIES, after: edited({ priority: 7 }) })).allowed).toBe(true);
  });
});

test('A policy that cannot be read and selects a server is refused for what it cannot be judged by, and passes where it selects none', async () => {
  const bad = (subject: Fields): Fields =>
    clusterPolicy('bad', { subject, ingress: [{ name: 'x', action: 'Perhaps' }] });
  const ask = (subject: Fields) =>
    gate(testPolicy(), worldOf(...CLOSED)).validate(reviewOf({ after: bad(subject) }), MINUTE);
  const answer = await ask({ namespaces: {} });
  expect([answer.code, answer.message]).toEqual([403, expect.stringContaining('cannot be judged')]);
  expect(answer.message).toContain('spec.ingress[0].action: ');
  const idle = { namespaces: { matchLabels: { 'kubernetes.io/metadata.name': 'other' } } };
  expect((await ask(idle)).allowed).toBe(true);
});

test("Calico's object is one, though it is served under two groups", async () => {
  const spec = { order: 1, selector: 'all()', types: ['Ingress'], ingress: [{ action: 'Allow' }] };
  const shown = other('projectcalico.org/v3', 'NetworkPolicy', 'opens', spec, 'prod');
  const stored = other('crd.projectcalico.org/v1', 'NetworkPolicy', 'default.opens', spec, 'prod');
  // Without it the server is judged as before: nothing of it is left by the other group.
  const { validate, records } = gate(testPolicy(), worldOf(...CLOSED, shown, stored));
  expect((await validate(reviewOf({ before: stored }), MINUTE)).allowed).toBe(true);
  expect(records.map(({ verdict }) => verdict)).toEqual(['allow']);
});

test("A policy of Calico is not taken for one of our own controller's", async () => {
  const object = other(
    'projectcalico.org/v3',
    'NetworkPolicy',
    'opens',
    { selector: 'all()', ingress: [{ action: 'Allow' }] },
    'prod',
  );
  const user = 'system:serviceaccount:chokepoint-system:chokepoint-controller';
  const { validate } = gate(testPolicy(), worldOf(...CLOSED), undefined, { controllerUser: user });
  expect((await validate(reviewOf({ after: object, user }), MINUTE)).code).toBe(403);
});
