import { type Bypass, PODS, POLICIES } from '../scene.ts';
import { DEBUG } from './second-policies.ts';

const elsewhere = { metadata: { labels: { app: 'elsewhere' } } };
const binding = (name: string, labels: object): object => ({
  apiVersion: 'v1',
  kind: 'Binding',
  metadata: { name, labels },
  target: { apiVersion: 'v1', kind: 'Node', name: 'node-1' },
});

/** Pods that are relabelled away from what closes them, or under what opens them. */
export const LABEL_CHANGES: readonly Bypass[] = [
  {
    title: 'a Pod is relabelled away from its policy',
    attempt: ({ patch }) => patch(`${PODS}/weather`, elsewhere),
    refusedFor: 'ingress-not-isolated',
  },
  {
    title: 'a Pod is relabelled away from its policy through pods/status',
    attempt: ({ patch }) => patch(`${PODS}/weather/status`, elsewhere),
    refusedFor: 'ingress-not-isolated',
  },
  {
    title: 'a Pod is relabelled under a permissive policy',
    prepare: async ({ post }) => [await post(POLICIES, DEBUG)],
    attempt: ({ patch }) => patch(`${PODS}/weather`, { metadata: { labels: { debug: 'yes' } } }),
    refusedFor: 'ingress-beyond-gateway',
  },
  {
    title: 'a Binding relabels its Pod away from its policy',
    attempt: ({ post }) => post(`${PODS}/weather/binding`, binding('weather', { app: 'elsewhere' })),
    refusedFor: 'ingress-not-isolated',
  },
  {
    title: 'a Binding of the collection `bindings` relabels its Pod under a permissive policy',
    prepare: async ({ post }) => [await post(POLICIES, DEBUG)],
    attempt: ({ post }) => post('api/v1/bindings', binding('weather', { debug: 'yes' })),
    refusedFor: 'ingress-beyond-gateway',
  },
];
