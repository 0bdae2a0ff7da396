import { describe, expect, it } from 'vitest';
import type { McpStanding } from '../../../src/core/decision.ts';
import { type Sketch, workloadManifest } from '../../support/workload.ts';
import { judged } from './case.ts';

const app = (value: string): Readonly<Record<string, string>> => ({ app: value });

describe('kinds of workloads that were taken for something else', () => {
  // biome-ignore format: one line a case
  it.each<readonly [title: string, sketch: Sketch, standing: McpStanding]>([
    ['a server that calls another one', { called: 'rates-mcp', labels: app('rates-mcp'), image: 'acme/rates', env: ['MCP_PORT', 'NEWS_MCP_URL'], ports: ['mcp:9000'] }, 'suspected'],
    ['a server that is named like agents', { called: 'mcp-agents', image: 'acme/mcp-agents', env: ['MCP_PORT'], ports: ['http:9000'], probe: '/api/mcp' }, 'suspected'],
    ['a server of which the name is all that is known', { called: 'drawing-mcp', labels: app('drawing-mcp'), image: '$' + '{IMAGE}', ports: ['http:3200'] }, 'suspected'],
    ['a bridge by its image', { called: 'clock', image: 'ghcr.io/open-webui/mcpo:1', args: ['--port', '9000', '--', 'uvx', 'mcp-server-time'], ports: ['9000'] }, 'detected'],
    ['a login service with the label of a stack', { called: 'login', labels: app('mcp-server-orders'), image: 'quay.io/keycloak/keycloak:26', ports: ['8080'] }, 'no'],
    ['dashboards that are named for MCP', { called: 'mcp-shop-dashboards', containers: [{ name: 'mcp-shop-dashboards', image: 'grafana/grafana:12', ports: ['3000'] }] }, 'no'],
    ['a worker of the same image', { called: 'queue', image: 'acme/orders-mcp:1', command: ['celery', '-A', 'orders.jobs', 'worker'] }, 'no'],
    ['a CronJob of the same image', { kind: 'CronJob', called: 'nightly', image: 'acme/orders-mcp-server:1', command: ['python', '-m', 'orders.reindex'] }, 'no'],
    ['an agent of the same image', { called: 'agent', image: 'acme/orders-mcp-server:1', command: ['uvicorn', 'agent_api:app'], env: ['MCP_SERVER_URL'], ports: ['8080'] }, 'no'],
  ])('%s', (_, sketch, standing) => expect(judged(sketch).standing).toBe(standing));
});

describe('what unlike workloads of a namespace share', () => {
  const PART: Sketch = { called: 'store', labels: app('ledger-mcp'), image: 'acme/store:1', ports: ['http:8080'] };
  const NAMED: Sketch = { called: 'ledger-mcp-store', image: 'acme/store:1', ports: ['http:8080'] };
  const other = (more: Sketch) => workloadManifest({ called: 'front', image: 'acme/front:1', ...more });
  const STACK = [other({ labels: app('ledger-mcp') })];

  // biome-ignore format: one line a case
  it.each<readonly [title: string, sketch: Sketch, others: readonly Record<string, unknown>[], standing: McpStanding]>([
    ['a label that no other bears counts', PART, [], 'suspected'],
    ['a label that another image bears does not', PART, STACK, 'no'],
    ['a label that the same image bears counts', PART, [other({ labels: app('ledger-mcp'), image: 'mirror.example.com/acme/store:2' })], 'suspected'],
    ['a label that the same image with another command bears does not', PART, [other({ labels: app('ledger-mcp'), image: 'acme/store:1', command: ['worker'] })], 'no'],
    ['a label of another namespace counts', PART, [other({ labels: app('ledger-mcp'), namespace: 'far' })], 'suspected'],
    ['a label that only a Job bears counts', PART, [other({ kind: 'Job', labels: app('ledger-mcp') })], 'suspected'],
    ['a label that only Pods of a controller bear counts', PART, [other({ kind: 'Pod', labels: app('ledger-mcp'), owners: ['apps/v1 ReplicaSet x'] })], 'suspected'],
    ['a label counts beside a name of its own', { ...PART, called: 'ledger-mcp' }, STACK, 'suspected'],
    ['a label counts beside a variable of its own', { ...PART, env: ['MCP_PORT'] }, STACK, 'suspected'],
    ['a label counts beside an image of its own', { ...PART, image: 'acme/mcp-store-v2' }, STACK, 'suspected'],
    ['a strong label counts, since operators write the same on all', { ...PART, labels: { toolhive: 'true' } }, [other({ labels: { toolhive: 'true' } })], 'detected'],
    ['a label of a role counts, since it says of each what it is', { ...PART, labels: { component: 'mcp-server' } }, [other({ labels: { component: 'mcp-server' } })], 'suspected'],
    ['a name that goes on after that of another does not', NAMED, [other({ called: 'ledger-mcp' })], 'no'],
    ['a name that goes on as that of another does', NAMED, [other({ called: 'ledger-mcp-front' })], 'no'],
    ['a name that no other begins like counts', NAMED, [other({ called: 'books-mcp-front' })], 'suspected'],
    ['a name that others go on after counts', { ...NAMED, called: 'ledger-mcp' }, [other({ called: 'ledger-mcp-front' })], 'suspected'],
    ['a name that ends as those of servers do counts', { ...NAMED, called: 'ledger-mcp-server' }, [other({ called: 'ledger-mcp-front' })], 'suspected'],
    ['a name that goes on with MCP counts', { ...NAMED, called: 'ledger-mcp-store-mcp' }, [other({ called: 'ledger-mcp-front' })], 'suspected'],
    ['a name that goes on as servers do counts, whatever stands between', { ...NAMED, called: 'ledger-mcp-store-servers' }, [other({ called: 'ledger-mcp-front' })], 'suspected'],
    ['names that have MCP alone in common count', { ...NAMED, called: 'mcp-store' }, [other({ called: 'mcp-front' })], 'suspected'],
    ['a Pod whose controller is not known counts', { ...NAMED, kind: 'Pod', called: 'ledger-mcp-7d9f', owners: ['apps/v1 ReplicaSet gone'] }, [other({ called: 'ledger-mcp-front' })], 'suspected'],
    ['a Pod is what its Deployment is called', { ...NAMED, kind: 'Pod', called: 'x-1', owners: ['apps/v1 Deployment ledger-mcp-store'] }, [workloadManifest(NAMED), other({ called: 'ledger-mcp-front' })], 'no'],
  ])('%s', (_, sketch, others, standing) => expect(judged(sketch, others).standing).toBe(standing));

  it('is told with the workload that shares it', () => {
    const { setAside } = judged(PART, STACK);
    expect(setAside).toMatchObject([
      {
        signal: 'called-mcp',
        path: 'spec.template.metadata.labels.app',
        by: {
          signal: 'not-own-name',
          object: { kind: 'Deployment', namespace: 'default', name: 'front' },
          path: 'spec.template.metadata.labels.app',
        },
      },
    ]);
  });

  it('counts where the configuration switches the sign off', () => {
    expect(judged(PART, STACK, { disabled: new Set(['not-own-name']) }).standing).toBe('suspected');
  });
});
