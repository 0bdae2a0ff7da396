import { describe, expect, it } from 'vitest';
import type { Sketch } from '../../support/workload.ts';
import { ids, judged } from './case.ts';

interface ServiceSketch {
  readonly name?: string;
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly selector?: Readonly<Record<string, string>> | undefined;
  readonly ports?: readonly object[];
}

function service({ name = 'weather', namespace = 'default', labels = {}, annotations = {}, ...spec }: ServiceSketch) {
  const { selector = { app: 'weather' }, ports = [{ name: 'http', port: 80 }] } = spec;
  const metadata = { name, namespace, labels, annotations };
  return { apiVersion: 'v1', kind: 'Service', metadata, spec: { selector, ports } };
}

const WEATHER: Sketch = { labels: { app: 'weather', tier: 'x' }, ports: ['http:8080', 'metrics:9464'] };
const speaking = (appProtocol: string) => service({ ports: [{ port: 80, appProtocol }] });

describe('Services in front of a workload', () => {
  it.each([
    ['agentgateway.dev/mcp', speaking('agentgateway.dev/mcp'), 'detected', 'service-app-protocol port-number'],
    ['agentgateway.dev/mcp-sse', speaking('agentgateway.dev/mcp-sse'), 'detected', 'service-app-protocol port-number'],
    ['kgateway.dev/mcp', speaking('kgateway.dev/mcp'), 'detected', 'service-app-protocol port-number'],
    ['kgateway.dev/mcp-sse', speaking('kgateway.dev/mcp-sse'), 'detected', 'service-app-protocol port-number'],
    ['MCP in capitals', speaking('MCP'), 'detected', 'service-app-protocol port-number'],
    ['another protocol', speaking('kubernetes.io/h2c'), 'no', ''],
    [
      "kagent's label",
      service({ labels: { 'kagent.dev/mcp-service': 'true' } }),
      'detected',
      'service-kagent port-number',
    ],
    ["kagent's label set to false", service({ labels: { 'kagent.dev/mcp-service': 'false' } }), 'no', ''],
    [
      'the path of agentgateway',
      service({ annotations: { 'agentgateway.dev/mcp-path': '/mcp' } }),
      'detected',
      'service-annotation-agentgateway port-number',
    ],
    [
      'the target of agentgateway',
      service({ annotations: { 'agentgateway.dev/mcp-target-name': 'x' } }),
      'detected',
      'service-annotation-agentgateway-target port-number',
    ],
    [
      'the path of kgateway',
      service({ annotations: { 'kgateway.dev/mcp-path': '/mcp' } }),
      'detected',
      'service-annotation-kgateway port-number',
    ],
    [
      'the path of kagent',
      service({ annotations: { 'kagent.dev/mcp-service-path': '/mcp' } }),
      'detected',
      'service-annotation-kagent-path port-number',
    ],
    [
      'the port of kagent',
      service({ annotations: { 'kagent.dev/mcp-service-port': '80' } }),
      'detected',
      'service-annotation-kagent-port port-number',
    ],
    [
      'the protocol of kagent',
      service({ annotations: { 'kagent.dev/mcp-service-protocol': 'SSE' } }),
      'detected',
      'service-annotation-kagent-protocol port-number',
    ],
    [
      'a port named for MCP',
      service({ ports: [{ name: 'mcp', port: 80 }] }),
      'suspected',
      'service-port-name port-number',
    ],
    [
      'a selector of other pods',
      service({ selector: { app: 'other' }, ports: [{ port: 80, appProtocol: 'mcp' }] }),
      'no',
      '',
    ],
    [
      'a selector of more than the pods have',
      service({ selector: { app: 'weather', a: 'b' }, ports: [{ port: 80, appProtocol: 'mcp' }] }),
      'no',
      '',
    ],
    ['no selector', service({ selector: {}, ports: [{ port: 80, appProtocol: 'mcp' }] }), 'no', ''],
    ['another namespace', service({ namespace: 'other', ports: [{ port: 80, appProtocol: 'mcp' }] }), 'no', ''],
  ])('with %s count', (_, manifest, standing, signals) => {
    const judgement = judged(WEATHER, [manifest]);
    expect([judgement.standing, ids(judgement)]).toEqual([standing, signals]);
  });

  it('are named in the evidence', () => {
    expect(judged(WEATHER, [speaking('mcp')]).evidence[0]).toEqual({
      signal: 'service-app-protocol',
      strength: 'strong',
      object: { kind: 'Service', namespace: 'default', name: 'weather' },
      path: 'spec.ports[0].appProtocol',
      says: 'a Service in front of it speaks MCP: mcp',
    });
  });

  it('do not make a server of a gateway that is known by its image', () => {
    expect(judged({ ...WEATHER, image: 'ghcr.io/kuadrant/mcp-gateway:1' }, [speaking('mcp')]).standing).toBe('no');
  });
});

const MCP_PORT = { port: 80, appProtocol: 'mcp' };

describe('the ports of a server', () => {
  it.each([
    ['are those named for MCP', { ports: ['http:8080', 'mcp:3000', 'mcp-sse:3001'] }, [], [3000, 3001]],
    [
      'are those named for MCP, whatever a Service says',
      { ports: ['http:8080', 'mcp:3000'] },
      [{ ...MCP_PORT, targetPort: 8080 }],
      [3000],
    ],
    [
      'are the targets of an MCP Service by number',
      { ports: ['http:8080', 'api:9000'] },
      [{ ...MCP_PORT, targetPort: 9000 }],
      [9000],
    ],
    [
      'are the targets of an MCP Service by name',
      { ports: ['http:8080', 'api:9000'] },
      [{ ...MCP_PORT, targetPort: 'api' }],
      [9000],
    ],
    ['are the number of an MCP Service without targetPort', { ports: ['http:8080'] }, [MCP_PORT], [80]],
    ['are targets even if they are not declared', {}, [{ ...MCP_PORT, targetPort: 7000 }], [7000]],
    [
      'are all but metrics and health otherwise',
      { ports: ['http:8080', '9000', 'metrics:9464', 'http-metrics:9465', 'health:8081'] },
      [],
      [8080, 9000],
    ],
    [
      'are all where a Service names an unknown port',
      { ports: ['http:8080'] },
      [{ ...MCP_PORT, targetPort: 'nowhere' }],
      [8080],
    ],
    ['are not those of another Service', { ports: ['http:8080'] }, [{ port: 81, targetPort: 8081 }], [8080]],
    ['are none over stdio', {}, [], []],
    ['are none where only metrics are served', { ports: ['metrics:9464'] }, [], []],
    [
      'leave init containers out',
      { containers: [{ ports: ['http:8080'] }], init: [{ name: 'i', ports: ['mcp:1'] }] },
      [],
      [8080],
    ],
    [
      'leave the ports of sidecars out unless they are named',
      {
        containers: [{ ports: ['http:8080'] }],
        init: [{ name: 'i', ports: ['admin:15000'], restartPolicy: 'Always' }],
      },
      [],
      [8080],
    ],
    [
      'take the named port of a sidecar',
      { containers: [{ ports: ['http:8080'] }], init: [{ name: 'i', ports: ['mcp:9000'], restartPolicy: 'Always' }] },
      [],
      [9000],
    ],
    [
      'are sorted and told once',
      { containers: [{ ports: ['b:9000', 'a:8000'] }, { name: 'two', ports: ['8000'] }] },
      [],
      [8000, 9000],
    ],
  ] as readonly [string, Sketch, readonly object[], readonly number[]][])('%s', (_, sketch, ports, expected) => {
    const labels = { app: 'weather', 'chokepoint.dev/mcp-server': 'true' };
    const services = ports.length > 0 ? [service({ ports })] : [];
    expect(judged({ ...sketch, labels }, services).ports).toEqual(
      expected.map(number => ({ protocol: 'TCP', number })),
    );
  });

  it('are not told of what is no server', () => {
    expect(judged({ ports: ['http:8080'] }).ports).toEqual([]);
  });
});
