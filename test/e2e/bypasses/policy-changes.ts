import { type Bypass, POLICIES } from '../scene.ts';
import { DEBUG, SELECTS_SERVER } from './second-policies.ts';

const WEATHER = `${POLICIES}/weather`;

/** Policies that are taken away, or changed. */
export const POLICY_CHANGES: readonly Bypass[] = [
  {
    title: 'a policy is deleted',
    attempt: ({ remove }) => remove(WEATHER),
    refusedFor: 'policy-removal',
  },
  {
    title: 'all policies are deleted at once (deletecollection)',
    attempt: ({ remove }) => remove(POLICIES),
    refusedFor: 'policy-removal',
  },
  {
    title: 'a policy is loosened',
    attempt: ({ patch }) => patch(WEATHER, { spec: { ingress: [{}] } }),
    refusedFor: 'ingress-beyond-gateway',
  },
  {
    title: 'a policy is edited in two steps: made to select nothing, then opened',
    attempt: async ({ patch }) => {
      const first = await patch(WEATHER, { spec: { podSelector: { matchLabels: { app: 'nobody' } } } });
      return first.status >= 400 ? first : patch(WEATHER, { spec: { ...SELECTS_SERVER, ingress: [{}] } });
    },
    refusedFor: 'policy-removal',
  },
  {
    title: 'a permissive policy that selects nothing is turned to the server',
    prepare: async ({ post }) => [await post(POLICIES, DEBUG)],
    attempt: ({ patch }) =>
      patch(`${POLICIES}/debug`, { spec: { podSelector: { matchLabels: { debug: null, app: 'weather' } } } }),
    refusedFor: 'ingress-beyond-gateway',
  },
  {
    title: 'a policy no longer isolates egress',
    attempt: ({ patch }) => patch(WEATHER, { spec: { policyTypes: ['Ingress'] } }),
    refusedFor: 'egress-not-isolated',
  },
  {
    title: 'a policy that lists ingress rules isolates egress alone',
    attempt: ({ patch }) => patch(WEATHER, { spec: { policyTypes: ['Egress'] } }),
    refusedFor: 'ingress-not-isolated',
  },
];
