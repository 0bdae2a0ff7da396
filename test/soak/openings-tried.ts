import { LABEL_CHANGES } from '../e2e/bypasses/label-changes.ts';
import { PODS_AND_WORKLOADS } from '../e2e/bypasses/pods-and-workloads.ts';
import { POLICY_CHANGES } from '../e2e/bypasses/policy-changes.ts';
import { SECOND_POLICIES } from '../e2e/bypasses/second-policies.ts';
import { type Bypass, MODE, PODS, POLICIES } from '../e2e/scene.ts';
import type { Place } from './places.ts';

const WEATHER = `${POLICIES}/weather`;
const JSON_PATCH = 'application/json-patch+json';
const GONE = { apiVersion: 'v1', kind: 'ConfigMap', name: 'gone', uid: '7d9f6c1e-0000-4000-8000-000000000001' };

/** What nobody else tries who looks at one rule at a time. */
const FURTHER: readonly Bypass[] = [
  {
    title: 'the policy gets an owner that is gone',
    attempt: ({ patch }) => patch(WEATHER, { metadata: { ownerReferences: [GONE] } }),
    refusedFor: 'policy-removal',
  },
  {
    title: 'a running server says that it is none',
    attempt: ({ patch }) =>
      patch(`${PODS}/weather`, { metadata: { labels: { app: 'other', 'chokepoint.dev/mcp-server': 'false' } } }),
    refusedFor: 'server-opted-out',
  },
  {
    title: 'the rules of the policy are replaced by a patch of JSON',
    attempt: ({ patch }) => patch(WEATHER, [{ op: 'replace', path: '/spec/ingress/0', value: {} }], JSON_PATCH),
    refusedFor: 'ingress-beyond-gateway',
  },
  {
    title: 'the policy is applied anew by another manager, with another selector',
    attempt: ({ request, namespace }) =>
      request(
        'PATCH',
        `/apis/networking.k8s.io/v1/namespaces/${namespace}/networkpolicies/weather?fieldManager=other&force=true`,
        {
          apiVersion: 'networking.k8s.io/v1',
          kind: 'NetworkPolicy',
          metadata: { name: 'weather' },
          spec: { podSelector: { matchLabels: { app: 'weather', nobody: 'here' } } },
        },
        { contentType: 'application/apply-patch+yaml' },
      ),
    refusedFor: 'policy-removal',
  },
  {
    title: 'the mode of the namespace is lowered',
    attempt: ({ request, namespace }) =>
      request('PATCH', `/api/v1/namespaces/${namespace}`, { metadata: { labels: { [MODE]: 'audit' } } }),
    refusedFor: 'mode-lowered',
  },
  {
    title: 'the mode of the namespace is taken away through its status',
    attempt: ({ request, namespace }) =>
      request('PATCH', `/api/v1/namespaces/${namespace}/status`, { metadata: { labels: { [MODE]: null } } }),
    refusedFor: 'mode-lowered',
  },
];

/** What takes policies of other people with it. */
const OF_ALL = POLICY_CHANGES.filter(({ title }) => title.includes('all policies'));
const OF_ONE = [
  ...LABEL_CHANGES,
  ...POLICY_CHANGES.filter(bypass => !OF_ALL.includes(bypass)),
  ...SECOND_POLICIES,
  ...FURTHER,
];
/** Servers without a policy, which are refused where the namespace says so, and held where it does not. */
const UNPROTECTED = PODS_AND_WORKLOADS.filter(({ labels }) => labels === undefined);

/** Operations that would open a server of the place, unless a policy of the attacker's own closes it as well. */
export function openingsTried({ purpose }: Pick<Place, 'purpose'>, isAlone: boolean): readonly Bypass[] {
  if (purpose !== 'reject') return OF_ONE;
  return [...OF_ONE, ...UNPROTECTED, ...(isAlone ? OF_ALL : [])];
}
