import { bypassRights } from './bypass-rights.ts';
import type { Check } from './check.ts';
import { clock, dnsLabels, gateways, policyApis, ranges, versions } from './cluster-facts.ts';
import { measuredEnforcement } from './measured-enforcement.ts';
import { enforcement } from './network-plugins.ts';
import { otherEngines } from './other-engines.ts';
import { policyEndpoints } from './policy-endpoints.ts';
import { unwitnessed } from './unwitnessed.ts';
import { compareWebhooks, laterWebhooks, reachable, trustedAuthorities } from './webhooks.ts';

const WEBHOOKS = ['validatingWebhooks', 'mutatingWebhooks'] as const;
const POLICIES = 'networkpolicies.networking.k8s.io';

/** All checks, in the order in which they are told: first the cluster, then the gate. */
export const CHECKLIST: readonly Check[] = [
  {
    id: 'enforcement',
    title: 'Something enforces NetworkPolicies',
    reads: ['daemonSets', 'nodes', 'ciliumConfig', 'vpcCniConfig'],
    judged: [],
    judge: enforcement,
  },
  {
    id: 'policy-endpoints',
    title: 'Policies have reached what enforces them',
    reads: ['policyEndpoints', 'daemonSets'],
    judged: [POLICIES, 'pods'],
    judge: policyEndpoints,
  },
  {
    id: 'enforcement-measured',
    title: 'Policies are enforced, as packets showed',
    reads: [],
    judged: [],
    judge: measuredEnforcement,
  },
  {
    id: 'policy-apis',
    title: 'Policy APIs that are served',
    reads: [],
    judged: [POLICIES],
    judge: policyApis,
  },
  { id: 'dns-labels', title: 'Labels of cluster DNS', reads: [], judged: ['pods', 'namespaces'], judge: dnsLabels },
  {
    id: 'ranges',
    title: 'Ranges that servers must not reach',
    reads: [],
    judged: ['nodes', 'servicecidrs.networking.k8s.io', 'endpointslices.discovery.k8s.io', 'pods', 'services'],
    judge: ranges,
  },
  { id: 'gateways', title: 'Gateways are there', reads: [], judged: ['pods', 'namespaces'], judge: gateways },
  { id: 'clock', title: 'Clocks', reads: ['nodeLeases'], judged: [], judge: clock },
  { id: 'versions', title: 'Versions', reads: ['nodes', 'gateDeployments', ...WEBHOOKS], judged: [], judge: versions },
  {
    id: 'other-engines',
    title: 'Other policy engines',
    reads: WEBHOOKS,
    judged: [],
    judge: otherEngines,
  },
  {
    id: 'bypass-rights',
    title: 'Who could pass the gate by',
    reads: ['clusterRoles', 'clusterRoleBindings', 'roles', 'roleBindings'],
    judged: ['namespaces'],
    judge: bypassRights,
  },
  {
    id: 'webhook-reachable',
    title: 'The webhook answers',
    reads: [...WEBHOOKS, 'gateEndpoints'],
    judged: [],
    judge: reachable,
  },
  {
    id: 'webhook-configuration',
    title: 'The webhook is asked about all that it should be',
    reads: [...WEBHOOKS, 'gateDeployments'],
    judged: [],
    judge: compareWebhooks,
  },
  {
    id: 'webhook-order',
    title: 'Nobody changes Pods after the webhook',
    reads: WEBHOOKS,
    judged: [],
    judge: laterWebhooks,
  },
  {
    id: 'certificates',
    title: 'Certificates of the webhook',
    reads: WEBHOOKS,
    judged: [],
    judge: trustedAuthorities,
  },
  {
    id: 'unwitnessed',
    title: 'Changes past the gate are noticed',
    reads: ['gateDeployments'],
    judged: [],
    judge: unwitnessed,
  },
];
