import { describe, expect, it } from 'vitest';
import { mcpSignalsOfPolicy } from '../../../src/core/mcp/policy-signals.ts';
import { decoded } from '../../support/workload.ts';
import { detection } from './case.ts';

function signals(name: string, podSelector: object): string {
  const manifest = {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name },
    spec: { podSelector },
  };
  const policy = decoded(manifest);
  if (policy.kind !== 'NetworkPolicy' || !('ingress' in policy)) throw new Error(policy.kind);
  return mcpSignalsOfPolicy(policy, detection())
    .map(({ signal, path }) => `${signal} ${path}`)
    .join(', ');
}

const labels = (matchLabels: Readonly<Record<string, string>>): object => ({ matchLabels });
const expression = (key: string, operator: string, values?: readonly string[]): object => ({
  matchExpressions: [{ key, operator, ...(values && { values }) }],
});

describe('a NetworkPolicy', () => {
  it.each([
    ['codemie-mcp-connect-service', labels({ 'app.kubernetes.io/instance': 'x' }), 'called-mcp metadata.name'],
    [
      'allow',
      labels({ 'app.kubernetes.io/name': 'codemie-mcp-connect-service' }),
      'label-codemie spec.podSelector, called-mcp spec.podSelector',
    ],
    ['allow', labels({ app: 'weather-mcp' }), 'called-mcp spec.podSelector'],
    ['allow', labels({ 'chokepoint.dev/mcp-server': 'true' }), 'declared spec.podSelector'],
    ['allow', labels({ 'chokepoint.dev/mcp-server': 'false' }), ''],
    ['allow', expression('toolhive', 'In', ['false', 'true']), 'label-toolhive spec.podSelector'],
    ['allow', expression('mcp-server', 'Exists'), 'label-mcp-lifecycle spec.podSelector'],
    ['allow', expression('mcp-server', 'DoesNotExist'), ''],
    ['allow', expression('app', 'NotIn', ['weather-mcp']), ''],
    ['mcp-default-deny', {}, 'called-mcp metadata.name'],
    ['allow-from-mcp-gateway', labels({ app: 'redis' }), ''],
    ['mcp-gateway', labels({ 'app.kubernetes.io/name': 'mcp-gateway' }), ''],
    ['default-deny', {}, ''],
    ['constructor', labels({ constructor: '__proto__' }), ''],
  ])('called %s that selects %j says "%s"', (name, selector, expected) => {
    expect(signals(name, selector)).toBe(expected);
  });
});
