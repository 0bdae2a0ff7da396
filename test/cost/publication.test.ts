import { describe, expect, test } from 'vitest';
import type { Fields } from '../../src/core/kube/reading.ts';
import { createStepCounter } from '../support/count-steps.ts';
import { policyWith } from '../support/large-objects.ts';

const steps = createStepCounter();
const { builtinGatePolicy } = await import('../../src/adapters/config/load.ts');
const { judgeChange } = await import('../../src/core/change.ts');
const { createJudge } = await import('../../src/core/evaluate.ts');
const { buildWorld } = await import('../../src/core/world/build.ts');
const { decodeAll } = await import('../support/reviews.ts');

const judge = createJudge(builtinGatePolicy());
const LABELS = { app: 'weather', 'chokepoint.dev/mcp-server': 'true' };
const object = (kind: string, namespace: string, name: string, fields: Fields, labels?: Fields): Fields => ({
  apiVersion: { Ingress: 'networking.k8s.io/v1', EndpointSlice: 'discovery.k8s.io/v1' }[kind] ?? 'v1',
  kind,
  metadata: { name, namespace, ...(labels && { labels }) },
  ...fields,
});
const pod = (index: number): Fields => {
  const ip = `10.244.${index >> 8}.${index & 255}`;
  const containers = [{ name: 'server', image: 'a' }];
  return object('Pod', 'prod', `weather-${index}`, { spec: { containers }, status: { podIPs: [{ ip }] } }, LABELS);
};
const alias = (name: string, host: string): Fields =>
  object('Service', 'edge', name, { spec: { type: 'ExternalName', externalName: host } });
const ingress = (name: string): Fields =>
  object('Ingress', 'edge', name, { spec: { defaultBackend: { service: { name, port: { number: 80 } } } } });
const service = object('Service', 'prod', 'weather', { spec: { selector: { app: 'weather' } } });
const closed = policyWith({ ingress: [], egress: [] });
const many = (count: number, make: (index: number) => Fields): Fields[] =>
  Array.from({ length: count }, (_, i) => make(i));
const slice = (addresses: readonly string[]): Fields =>
  object(
    'EndpointSlice',
    'edge',
    'by-hand-1',
    { endpoints: addresses.map(address => ({ addresses: [address] })) },
    { 'kubernetes.io/service-name': 'by-hand' },
  );

/** What is changed, and what stands beside it. */
type Shape = (count: number) => readonly [changed: Fields, beside: readonly Fields[]];

const SHAPES: Readonly<Record<string, Shape>> = {
  'aliases, each with a route': count => [
    ingress('alias-0'),
    [
      pod(0),
      service,
      ...many(count, index => alias(`alias-${index}`, 'weather.prod.svc')),
      ...many(count, index => ingress(`alias-${index}`)),
    ],
  ],
  'aliases in a row': count => [
    ingress('alias-0'),
    [
      pod(0),
      service,
      ...many(count, index =>
        alias(`alias-${index}`, index === 0 ? 'weather.prod.svc' : `alias-${index - 1}.edge.svc`),
      ),
    ],
  ],
  'endpoints at nobody': count => [
    slice(many(count, index => pod(index)).map((_, i) => `10.245.${i >> 8}.${i & 255}`)),
    [pod(0)],
  ],
  'endpoints of as many Services': count => [
    ingress('by-hand'),
    [
      pod(0),
      ...many(count, index => ({
        ...slice(['10.244.0.0']),
        metadata: { name: `s-${index}`, namespace: 'edge', labels: { 'kubernetes.io/service-name': `s-${index}` } },
      })),
    ],
  ],
};

describe('the work of a review grows with what leads to a server, not with its square', () => {
  test.each(Object.entries(SHAPES))('%s', (_name, shape) => {
    const [small = 1, large = 0] = [200, 400].map(count => {
      const [changed, beside] = shape(count);
      const [after, ...others] = decodeAll([changed, ...beside, closed]);
      if (after === undefined) return expect.fail('no object');
      return steps.count(() => judgeChange(judge, buildWorld(others), { after }));
    });
    expect(large / small).toBeLessThan(2.5);
  });
});
