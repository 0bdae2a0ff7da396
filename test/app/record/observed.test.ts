import { describe, expect, test } from 'vitest';
import type { Review } from '../../../src/app/admission/review.ts';
import type { ReviewLine } from '../../../src/app/record/line.ts';
import { fieldsAt } from '../../../src/core/kube/reading.ts';
import type { World } from '../../../src/core/world/world.ts';
import { closingPolicy, deployment, gate, namespace, review, testPolicy, worldOf } from '../../support/reviews.ts';
import { keepingRecorder } from './recorded.ts';

/** What `/record` puts on record: nobody judges it. */

const SERVICE = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'weather', namespace: 'prod', uid: 's-1' },
  spec: { selector: { app: 'weather' }, ports: [{ port: 80, targetPort: 8080 }] },
};
const CLOSED = worldOf(namespace(), deployment(), closingPolicy());
const OFF = worldOf(namespace({ 'chokepoint.dev/mode': 'off' }), deployment(), closingPolicy());
const SERVER = [{ kind: 'Deployment', namespace: 'prod', name: 'weather' }];

async function observed(asked: Review, world: World = CLOSED): Promise<ReviewLine & { readonly answered: boolean }> {
  const { lines, recorder } = keepingRecorder({ world: () => ({ kind: 'ready', world }) });
  const { allowed } = await gate(testPolicy(), world, undefined, { recorder }).observe(asked, 1000);
  const [line, ...more] = lines;
  if (line === undefined || more.length > 0) throw new Error(`${lines.length} lines`);
  return { ...line, answered: allowed };
}

const asked = review('deployment-create');
const deleted = (object: Record<string, unknown>, kind: Review['kind'], resource: string): Review => ({
  ...asked,
  operation: 'DELETE',
  kind,
  resource,
  name: String(fieldsAt(object, 'metadata').name),
  object: undefined,
  oldObject: object,
});
const DEPLOYMENT = deleted(deployment(), asked.kind, 'deployments');
const POLICY = review('networkpolicy-delete');
const SERVICES = deleted(SERVICE, { group: '', version: 'v1', kind: 'Service' }, 'services');
const NAMESPACE = {
  ...deleted(namespace(), { group: '', version: 'v1', kind: 'Namespace' }, 'namespaces'),
  namespace: '',
};
const scale = review('deployment-scale');
const EVICTION: Review = {
  ...asked,
  kind: { group: 'policy', version: 'v1', kind: 'Eviction' },
  resource: 'deployments',
  subResource: 'eviction',
  name: 'weather',
  object: { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'weather', namespace: 'prod' } },
};
const RESTARTED = { 'kubectl.kubernetes.io/restartedAt': '2026-01-02T03:04:05Z' };
const restarted = (): Review => {
  const before = deployment();
  const after = structuredClone(before) as Record<string, never>;
  const template = fieldsAt(fieldsAt(after, 'spec'), 'template') as { metadata: { annotations?: object } };
  template.metadata.annotations = RESTARTED;
  return { ...asked, operation: 'UPDATE', object: after, oldObject: before };
};

const CASES: readonly (readonly [
  what: string,
  asked: Review,
  change: readonly string[],
  servers: readonly object[],
])[] = [
  ['the deletion of a server', DEPLOYMENT, ['delete'], SERVER],
  ['a server that is scaled by its subresource', { ...scale, name: 'weather' }, ['scale'], SERVER],
  ['the eviction of a Pod, by the name that it has', EVICTION, ['delete'], SERVER],
  ['the deletion of a policy that closes a server', POLICY, ['delete', 'policy'], SERVER],
  ['the deletion of a Service of a server', SERVICES, ['delete', 'service'], SERVER],
  ['the deletion of a namespace with a server in it', NAMESPACE, ['delete'], SERVER],
  ['a server that is restarted', restarted(), ['restart'], SERVER],
  ['a creation', asked, ['create'], SERVER],
  ['what concerns no server', review('deployment-create-harmless'), ['create'], []],
];

describe.each([
  ['a namespace that is off', OFF, 'off'],
  ['one that is judged', CLOSED, 'enforce'],
])('In %s', (_where, world, mode) => {
  test.each(CASES)('%s is observed, with its servers, and allowed', async (_what, one, change, servers) => {
    const line = await observed(one, world);
    const { type, decision, allowed, answered, note } = line;
    expect({ type, decision, allowed, answered, note, mode: line.mode }).toMatchObject({
      ...{ type: 'observed', decision: 'allow', allowed: true, answered: true, note: 'observed' },
      mode: one.kind.kind === 'Namespace' ? expect.any(String) : mode,
    });
    expect([line.change, line.servers]).toEqual([change, servers]);
    expect(line.snapshot === undefined).toBe(servers.length === 0);
  });
});

test('A server that is deleted loses every way to it', async () => {
  const { reach } = await observed(DEPLOYMENT);
  expect([reach.gained.length, reach.lost.length > 0]).toEqual([0, true]);
});

test('What cannot be put on record is allowed, also where a record is required', async () => {
  const { recorder } = keepingRecorder({
    world: () => ({ kind: 'ready', world: CLOSED }),
    appender: { append: async () => false, lose: () => undefined },
    isRequired: true,
  });
  const { allowed } = await gate(testPolicy(), CLOSED, undefined, { recorder }).observe(DEPLOYMENT, 1000);
  expect(allowed).toBe(true);
});

test('Without a record everything is allowed', async () => {
  expect((await gate(testPolicy(), CLOSED).observe(DEPLOYMENT, 1000)).allowed).toBe(true);
});
