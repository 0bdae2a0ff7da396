import { describe, expect, test } from 'vitest';
import type { Signal } from '../../../src/core/gate/types.ts';
import type { Sketch } from '../../support/workload.ts';
import { workloadManifest } from '../../support/workload.ts';
import { ids, judged } from './case.ts';

const DECLARED = { 'chokepoint.dev/mcp-server': 'true' };
const ports = (sketch: Sketch, others: readonly Record<string, unknown>[] = []): readonly string[] =>
  judged({ ownLabels: DECLARED, labels: { app: 'a' }, ...sketch }, others).ports.map(
    ({ protocol, number }) => `${protocol} ${number}`,
  );
const service = (...list: readonly object[]): Record<string, unknown> => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'a', namespace: 'default' },
  spec: { selector: { app: 'a' }, ports: list },
});
const MCP = { name: 'mcp', port: 80 };

describe('A server serves on', () => {
  // biome-ignore format: one line a case
  test.each<[what: string, sketch: Sketch, ports: readonly string[]]>([
    ['nothing that is known', {}, []],
    ['what it declares', { ports: ['8080'] }, ['TCP 8080']],
    ['all that it declares, sorted, each once', { ports: ['web:9000', '8080', 'other:9000'] }, ['TCP 8080', 'TCP 9000']],
    ['what is named for MCP alone', { ports: ['web:9000', 'mcp:8080'] }, ['TCP 8080']],
    ['nothing that is for other uses', { ports: ['web:9000', 'metrics:9090', 'http-metrics:9091', 'healthz:8081', 'pprof:6060', 'Debug:6061'] }, ['TCP 9000']],
    ['what only sounds like another use', { ports: ['promo:9000', 'unhealthy:9001'] }, ['TCP 9000', 'TCP 9001']],
    ['no port that is none', { ports: ['web:0', 'mcp:0', '8080'] }, ['TCP 8080']],
    ['nothing of a sidecar', { containers: [{ name: 'a', ports: ['8080'] }], init: [{ name: 's', restartPolicy: 'Always', ports: ['9000'] }] }, ['TCP 8080']],
    ['what a sidecar names for MCP', { containers: [{ name: 'a', ports: ['8080'] }], init: [{ name: 's', restartPolicy: 'Always', ports: ['mcp:9000'] }] }, ['TCP 9000']],
  ])('%s', (_, sketch, expected) => {
    expect(ports(sketch)).toEqual(expected);
  });

  // biome-ignore format: one line a case
  test.each<[what: string, service: readonly object[], sketch: Sketch, ports: readonly string[]]>([
    ['its own port', [MCP], { ports: ['8080'] }, ['TCP 80']],
    ['its target', [{ ...MCP, targetPort: 9000 }], { ports: ['8080'] }, ['TCP 9000']],
    ['its target by name', [{ ...MCP, targetPort: 'web' }], { ports: ['web:9000', 'other:8080'] }, ['TCP 9000']],
    ['no target of another protocol', [{ ...MCP, targetPort: 'web', protocol: 'UDP' }], { ports: ['web:9000'] }, ['TCP 9000']],
    ['no target that nobody declares', [{ ...MCP, targetPort: 'none' }], { ports: ['web:9000'] }, ['TCP 9000']],
    ['what speaks MCP', [{ name: 'web', port: 80, appProtocol: 'mcp' }, { name: 'other', port: 81 }], { ports: ['9000'] }, ['TCP 80']],
    ['nothing of ports that are for something else', [{ name: 'web', port: 80 }], { ports: ['9000'] }, ['TCP 9000']],
    ['what is named for MCP before all', [{ ...MCP, targetPort: 9000 }], { ports: ['mcp:7000'] }, ['TCP 7000']],
  ])('what a Service leads to: %s', (_, list, sketch, expected) => {
    expect(ports(sketch, [service(...list)])).toEqual(expected);
  });

  test('nothing that a Service of other pods leads to', () => {
    expect(ports({ labels: { app: 'b' }, ports: ['9000'] }, [service({ ...MCP, targetPort: 7000 })])).toEqual([
      'TCP 9000',
    ]);
  });
});

describe('A sign is looked for', () => {
  const one = (field: Signal['field'], value: string, match: Signal['match'] = 'equals', key = ''): Signal => ({
    id: 'sign',
    strength: 'strong',
    field,
    key,
    match,
    values: [value],
    says: 'sign',
  });
  const at = (signal: Signal, sketch: Sketch, others: readonly Record<string, unknown>[] = []): string => {
    const { evidence } = judged(sketch, others, { signals: [signal], notServers: [] });
    return evidence.map(({ object, path }) => `${object ? `${object.kind} ${object.name} ` : ''}${path}`).join();
  };
  const C = 'spec.template.spec.containers[0]';

  // biome-ignore format: one line a case
  test.each<[what: string, signal: Signal, sketch: Sketch, path: string]>([
    ['the path of a probe', one('probe-path', '/mcp'), { probe: '/mcp' }, `${C}.livenessProbe.httpGet.path`],
    ['the path of a probe, with a slash at its end', one('probe-path', '/mcp'), { probe: '/mcp/' }, `${C}.livenessProbe.httpGet.path`],
    ['the path of a probe, with a query', one('probe-path', '/mcp'), { probe: '/mcp?x=/y' }, `${C}.livenessProbe.httpGet.path`],
    ['no path that is a query alone', one('probe-path', '?mcp'), { probe: '?mcp' }, ''],
    ['the name of a variable', one('env', 'mcp-port'), { env: ['A', 'MCP_PORT'] }, `${C}.env[1].name`],
    ['the name of a port', one('port-name', 'mcp'), { ports: ['80', 'mcp:81'] }, `${C}.ports[1].name`],
    ['the number of a port', one('port-number', '81'), { ports: ['80', 'x:81'] }, `${C}.ports[1].containerPort`],
    ['an argument with its value', one('argument', '--transport=sse'), { command: ['x'], args: ['--transport', 'sse'] }, `${C}.args[0]`],
    ['the name of the workload', one('called', 'mcp', 'word'), { called: 'a-mcp' }, 'metadata.name'],
    ['the name of a container', one('called', 'mcp', 'word'), { containers: [{ name: 'a-mcp' }] }, `${C}.name`],
    ['a label that names it', one('called', 'mcp', 'word'), { labels: { 'k8s-app': 'a-mcp' } }, 'spec.template.metadata.labels.k8s-app'],
    ['no label that does not', one('called', 'mcp', 'word'), { labels: { other: 'a-mcp' } }, ''],
    ['a label by its key', one('label', 'x', 'equals', 'k'), { labels: { k: 'X' } }, 'spec.template.metadata.labels.k'],
    ['an annotation of the workload', one('annotation', 'x', 'equals', 'k'), { annotations: { k: 'x' } }, 'metadata.annotations.k'],
    ['an owner by kind', { ...one('owner', '', 'equals', 'Agent'), values: [] }, { owners: ['x.example/v1 Agent a'] }, 'metadata.ownerReferences[0]'],
    ['an owner by group and kind', { ...one('owner', '', 'equals', 'x.example/Agent'), values: [] }, { owners: ['v1 Agent b', 'x.example/v1 Agent a'] }, 'metadata.ownerReferences[1]'],
    ['no owner of another group', { ...one('owner', '', 'equals', 'x.example/Agent'), values: [] }, { owners: ['y.example/v1 Agent a'] }, ''],
    ['nothing of an init container', one('env', 'mcp-port'), { init: [{ name: 'i', env: ['MCP_PORT'] }] }, ''],
  ])('in %s', (_, signal, sketch, path) => {
    expect(at(signal, sketch)).toBe(path);
  });

  // biome-ignore format: one line a case
  test.each<[what: string, signal: Signal, path: string]>([
    ['name', one('service-name', 'mcp-x'), 'Service mcp-x metadata.name'],
    ['label', one('service-label', 'x', 'equals', 'k'), 'Service mcp-x metadata.labels.k'],
    ['annotation', one('service-annotation', 'x', 'equals', 'k'), 'Service mcp-x metadata.annotations.k'],
    ['protocol', one('service-app-protocol', 'mcp'), 'Service mcp-x spec.ports[1].appProtocol'],
    ['port', one('service-port-name', 'mcp'), 'Service mcp-x spec.ports[1].name'],
  ])('in the %s of a Service in front of it', (_, signal, path) => {
    const front = { ...service({ port: 80 }, { name: 'mcp', port: 81, appProtocol: 'mcp' }), metadata: { name: 'mcp-x', namespace: 'default', labels: { k: 'x' }, annotations: { k: 'x' } } };
    expect(at(signal, { labels: { app: 'a' } }, [front])).toBe(path);
    expect(at(signal, { labels: { app: 'b' } }, [front])).toBe('');
  });

  test('in the controllers that made it', () => {
    const makers = [
      workloadManifest({ kind: 'ReplicaSet', called: 'r', owners: ['apps/v1 Deployment a-mcp'] }),
      workloadManifest({ called: 'a-mcp' }),
    ];
    expect(
      at(one('called', 'mcp', 'word'), { kind: 'Pod', called: 'p', owners: ['apps/v1 ReplicaSet r'] }, makers),
    ).toBe('Deployment a-mcp metadata.name');
    expect(
      ids(
        judged({ kind: 'Pod', called: 'p', owners: ['apps/v1 ReplicaSet r'] }, [makers[0] ?? {}], {
          signals: [one('called', 'mcp', 'word')],
        }),
      ),
    ).toBe('');
  });
});
