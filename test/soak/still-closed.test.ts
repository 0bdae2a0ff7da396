import { describe, expect, test } from 'vitest';
import { CLOSED, GATEWAY, LABELS, pod, policy } from '../e2e/servers.ts';
import { openings, type Stored } from './still-closed.ts';

/** The soak's own opinion must be able to say that something is open. */

const closed = policy('weather', CLOSED);
const stored = (more: Partial<Stored> = {}): Stored => ({
  namespace: 'team',
  pods: [{ ...pod('weather'), metadata: { namespace: 'team', name: 'weather', labels: LABELS } }],
  policies: [inTeam(closed)],
  services: [],
  ...more,
});
function inTeam(object: object): object {
  return { ...object, metadata: { ...Object(object).metadata, namespace: 'team' } };
}
const second = (spec: object): Partial<Stored> => ({
  policies: [closed, policy('second', { podSelector: {}, ...spec })].map(inTeam),
});
const server = (labels: object, spec: object = {}): Partial<Stored> => ({
  pods: [inTeam(pod('server-1', labels, spec))],
});
const service = (spec: object): Partial<Stored> => ({ services: [{ metadata: { name: 'open' }, spec }] });
const OTHER = { app: 'other', 'chokepoint.dev/mcp-server': 'true' };

describe('is closed', () => {
  test.each<[string, Partial<Stored>]>([
    ['behind its policy', {}],
    ['beside a policy that admits nobody else', second({ policyTypes: ['Ingress'], ingress: [{ from: [GATEWAY] }] })],
    ['while it is held', server(OTHER, { schedulingGates: [{ name: 'chokepoint.dev/network-policy' }] })],
    ['behind a Service of the cluster', service({ type: 'ClusterIP', selector: { app: 'weather' } })],
  ])('%s', (_what, more) => {
    expect(openings(stored(more))).toEqual([]);
  });
});

describe('is open', () => {
  test.each<[string, Partial<Stored>]>([
    ['without a policy', { policies: [] }],
    ['where another policy admits everybody', second({ ingress: [{}] })],
    ['on one odd port that a policy names', second({ ingress: [{ ports: [{ protocol: 'UDP', port: 4711 }] }] })],
    ['to one odd address', second({ ingress: [{ from: [{ ipBlock: { cidr: '203.0.113.9/32' } }] }] })],
    [
      'to Pods of its own namespace with labels of the gateway',
      second({ ingress: [{ from: [{ podSelector: GATEWAY.podSelector }] }] }),
    ],
    [
      'towards metadata',
      second({ policyTypes: ['Egress'], egress: [{ to: [{ ipBlock: { cidr: '169.254.0.0/16' } }] }] }),
    ],
    [
      'towards one address of the Services',
      second({ policyTypes: ['Egress'], egress: [{ to: [{ ipBlock: { cidr: '10.97.3.4/32' } }] }] }),
    ],
    ['where a Pod is outside its policy', server(OTHER)],
    ['where a Pod that was a server says nothing any more', server({ app: 'other' })],
    ['with the network of its node', server(LABELS, { hostNetwork: true })],
    ['published on nodes', service({ type: 'NodePort', selector: { app: 'weather' } })],
    ['published at an address', service({ externalIPs: ['198.51.100.1'], selector: { app: 'weather' } })],
  ])('%s', (_what, more) => {
    expect(openings(stored(more))).toHaveLength(1);
  });
});
