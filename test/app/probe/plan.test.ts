import { expect, test } from 'vitest';
import { chooseNodes, MOST_NODES } from '../../../src/app/probe/plan.ts';

interface Given {
  readonly labels?: Readonly<Record<string, string>>;
  readonly ready?: string;
  readonly unschedulable?: boolean;
}

const node = (name: string, { labels = {}, ready = 'True', unschedulable }: Given = {}) => ({
  metadata: { name, labels },
  spec: { ...(unschedulable && { unschedulable }) },
  status: { conditions: [{ type: 'Ready', status: ready }] },
});
const gke = (pool: string) => ({ labels: { 'cloud.google.com/gke-nodepool': pool } });

const CLUSTER = [
  node('c', gke('spot')),
  node('a', gke('spot')),
  node('b', gke('main')),
  node('alone'),
  node('also-alone'),
  node('away', { ready: 'Unknown' }),
  node('cordoned', { unschedulable: true }),
  node('windows', { labels: { 'kubernetes.io/os': 'windows' } }),
  node('virtual', { labels: { type: 'virtual-kubelet' } }),
];

test('one node of each pool is chosen, and each that is in none', () => {
  const { nodes, leftOut } = chooseNodes(CLUSTER, 'pools');
  expect(nodes.map(({ name, pool }) => `${name} ${pool}`)).toEqual(['a spot', 'alone ', 'also-alone ', 'b main']);
  expect(leftOut).toEqual(['away', 'cordoned', 'virtual', 'windows']);
});

test('all nodes that take Pods are chosen where that is asked for', () => {
  expect(chooseNodes(CLUSTER, 'all').nodes.map(({ name }) => name)).toEqual(['a', 'alone', 'also-alone', 'b', 'c']);
});

test('no more are chosen than one probe measures, and how many more there are is told', () => {
  const many = Array.from({ length: MOST_NODES + 3 }, (_, index) => node(`n-${index}`));
  const { nodes, beyond } = chooseNodes(many, 'all');
  expect([nodes.length, beyond]).toEqual([MOST_NODES, 3]);
});

test('what is no Node is passed over', () => {
  expect(chooseNodes([{}, { metadata: 1, spec: [], status: { conditions: {} } }], 'all').nodes).toEqual([]);
});
