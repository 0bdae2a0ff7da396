import { type Fields, own, textAt, valueAt } from '../../core/kube/reading.ts';
import { type Answer, fail, pass, type Seen, unknown, warn } from './check.ts';
import { argumentsOf, containersOf, nameOf, numberAt, pairAt, placeOf, variableOf } from './fields.ts';

/** A network plugin, and whether it enforces NetworkPolicies as it is set. */
interface NetworkPlugin {
  readonly title: string;
  /** Whether this DaemonSet is its agent. */
  isAgent(daemonSet: Fields): boolean;
  /** Absent: it always enforces. Nothing: it does. */
  switchedOff?(daemonSet: Fields, seen: Seen): readonly Answer[];
}

const named =
  (...names: readonly string[]) =>
  (daemonSet: Fields): boolean =>
    names.includes(nameOf(daemonSet));

const hasContainer = (daemonSet: Fields, name: string): boolean =>
  containersOf(daemonSet).some(container => own(container, 'name') === name);

/** EKS: https://docs.aws.amazon.com/eks/latest/userguide/cni-network-policy-configure.html; the mode: aws/amazon-vpc-cni-k8s, README. */
const AMAZON: NetworkPlugin = {
  title: 'Amazon VPC CNI',
  isAgent: named('aws-node'),
  switchedOff: (daemonSet, seen) => {
    const isOn = argumentsOf(daemonSet).includes('--enable-network-policy=true');
    const [config] = seen.objects('vpcCniConfig');
    const isControlled = config === undefined || pairAt(config, 'data', 'enable-network-policy-controller') !== 'false';
    if (!isOn || !isControlled)
      return [
        fail(
          'Amazon VPC CNI does not enforce NetworkPolicies: its node agent has no --enable-network-policy=true',
          'set enableNetworkPolicy to "true" in the configuration of the add-on vpc-cni',
        ),
      ];
    if (variableOf(daemonSet, 'NETWORK_POLICY_ENFORCING_MODE') === 'strict') return [];
    return [
      warn(
        'Amazon VPC CNI enforces in mode standard: a new Pod is open until its policies are programmed',
        'set NETWORK_POLICY_ENFORCING_MODE to strict, or let the gate hold Pods until their traffic is closed',
      ),
    ];
  },
};

/** https://docs.cilium.io/en/stable/security/policy/intro/, keys of the ConfigMap cilium-config. */
const CILIUM: NetworkPlugin = {
  title: 'Cilium',
  isAgent: named('cilium'),
  switchedOff: (_, seen) => {
    const [config] = seen.objects('ciliumConfig');
    if (config === undefined)
      return [unknown('the ConfigMap kube-system/cilium-config is not there', 'look at how Cilium is configured')];
    const value = (key: string): string => pairAt(config, 'data', key);
    if (value('enable-policy') === 'never')
      return [fail('Cilium enforces nothing: enable-policy is never', 'set policyEnforcementMode to default')];
    if (value('policy-audit-mode') === 'true')
      return [fail('Cilium only records what policies would stop: policy-audit-mode', 'set policyAuditMode to false')];
    if (value('enable-k8s-networkpolicy') === 'false')
      return [fail('Cilium passes NetworkPolicies over: enable-k8s-networkpolicy is false', 'set it to true')];
    return [];
  },
};

/** The day of the first image of kindnetd that enforces, of kind 0.24. */
const KINDNET_ENFORCES = 20240813;

const KINDNET: NetworkPlugin = {
  title: 'kindnet',
  isAgent: named('kindnet'),
  switchedOff: daemonSet => {
    const images = containersOf(daemonSet).map(container => textAt(container, 'image'));
    const day = Number(/:v(\d{8})-/.exec(images.join(' '))?.[1] ?? 0);
    return day >= KINDNET_ENFORCES
      ? []
      : [fail('this version of kindnet enforces no NetworkPolicy', 'take a node image of kind 0.24 or newer')];
  },
};

const KUBE_ROUTER: NetworkPlugin = {
  title: 'kube-router',
  isAgent: named('kube-router'),
  switchedOff: daemonSet =>
    argumentsOf(daemonSet).includes('--run-firewall=false')
      ? [fail('kube-router runs without its firewall', 'give it --run-firewall=true')]
      : [],
};

/** Plugins that enforce, the one that is meant for it first. */
const ENFORCING: readonly NetworkPlugin[] = [
  CILIUM,
  { title: 'GKE Dataplane V2', isAgent: named('anetd') },
  { title: 'Calico', isAgent: named('calico-node', 'canal') },
  { title: 'Azure Network Policy Manager', isAgent: named('azure-npm') },
  { title: 'Antrea', isAgent: named('antrea-agent') },
  { title: 'OVN-Kubernetes', isAgent: named('ovnkube-node', 'ovnkube') },
  { title: 'Kube-OVN', isAgent: named('kube-ovn-cni') },
  { title: 'OpenShift SDN', isAgent: daemonSet => placeOf(daemonSet) === 'openshift-sdn/sdn' },
  {
    title: 'Weave Net',
    isAgent: named('weave-net'),
    switchedOff: daemonSet =>
      hasContainer(daemonSet, 'weave-npc')
        ? []
        : [fail('Weave Net runs without weave-npc', 'run its policy controller')],
  },
  KUBE_ROUTER,
  {
    title: 'kube-network-policies',
    isAgent: daemonSet => named('kube-network-policies')(daemonSet) || hasContainer(daemonSet, 'kube-network-policies'),
  },
  AMAZON,
  KINDNET,
];

const hasAgent =
  (...names: readonly string[]) =>
  (seen: Seen): boolean =>
    seen.objects('daemonSets').some(named(...names));

const isOnGke = (seen: Seen): boolean =>
  seen.objects('nodes').some(node => pairAt(node, 'metadata.labels', 'cloud.google.com/gke-nodepool') !== '');

/** What enforces nothing by itself, each with what to do. */
const NOT_ENFORCING: readonly (readonly [title: string, isHere: (seen: Seen) => boolean, remedy: string])[] = [
  ['flannel', hasAgent('kube-flannel-ds', 'kube-flannel'), 'run kube-network-policies beside it, or Canal'],
  [
    'Azure CNI without a network policy engine',
    hasAgent('azure-cns', 'azure-cns-linux', 'azure-cni-networkmonitor'),
    'set one: az aks update --network-policy cilium --network-dataplane cilium',
  ],
  [
    'GKE without Dataplane V2 and without network policy',
    isOnGke,
    'gcloud container clusters update NAME --enable-network-policy, or make a cluster with Dataplane V2',
  ],
];

/** Nodes on which an agent does not run or is not ready. */
function coverage(title: string, daemonSet: Fields): readonly Answer[] {
  const [wanted, ready] = ['desiredNumberScheduled', 'numberReady'].map(key => numberAt(daemonSet, `status.${key}`));
  if (wanted === undefined || ready === undefined || ready >= wanted) return [];
  return [
    warn(
      `${title} is ready on ${ready} of ${wanted} nodes (DaemonSet ${placeOf(daemonSet)}): on the others nothing new is enforced`,
      `look at its Pods: kubectl -n ${textAt(daemonSet, 'metadata.namespace')} get pods -o wide`,
    ),
  ];
}

/** Nodes without an operating system of their own, where no DaemonSet runs. */
function withoutAgents(seen: Seen): readonly Answer[] {
  const bare = seen
    .objects('nodes')
    .filter(
      node =>
        ['fargate', 'hybrid'].includes(pairAt(node, 'metadata.labels', 'eks.amazonaws.com/compute-type')) ||
        pairAt(node, 'metadata.labels', 'type') === 'virtual-kubelet',
    );
  if (bare.length === 0) return [];
  return [
    warn(
      `on ${bare.length} nodes no agent can run (${nameOf(bare[0] ?? {})}, …): NetworkPolicies are not enforced for Pods there`,
      'keep MCP servers off them, by a nodeSelector or a taint',
    ),
  ];
}

/** k3s brings a policy controller within its own process. */
function withinNodes(seen: Seen): readonly Answer[] {
  const versions = seen.objects('nodes').map(node => textAt(node, 'status.nodeInfo.kubeletVersion'));
  const isK3s = versions.some(version => version.includes('+k3s'));
  if (isK3s)
    return [
      unknown(
        'k3s enforces NetworkPolicies within its own process, unless it was started with --disable-network-policy, which the API does not tell',
        'look at how k3s is started, or prove it by packets (docs/install.md)',
      ),
    ];
  const isAuto = seen
    .objects('nodes')
    .some(node => pairAt(node, 'metadata.labels', 'eks.amazonaws.com/compute-type') === 'auto');
  const [config] = seen.objects('vpcCniConfig');
  if (!isAuto) return [];
  return config !== undefined && pairAt(config, 'data', 'enable-network-policy-controller') === 'true'
    ? [pass('EKS Auto Mode enforces NetworkPolicies (ConfigMap kube-system/amazon-vpc-cni)')]
    : [
        fail(
          'EKS Auto Mode enforces nothing until the ConfigMap kube-system/amazon-vpc-cni says so',
          'set enable-network-policy-controller to "true" in it',
        ),
      ];
}

/** Whether something enforces NetworkPolicies, by what is known of network plugins. Packets alone would prove it. */
export function enforcement(seen: Seen): readonly Answer[] {
  const daemonSets = seen.objects('daemonSets').filter(one => valueAt(one, 'status.desiredNumberScheduled') !== 0);
  const found = ENFORCING.flatMap(plugin => {
    const agent = daemonSets.find(one => plugin.isAgent(one));
    return agent === undefined ? [] : { plugin, agent };
  });
  const [first] = found;
  if (first !== undefined) {
    const { plugin, agent } = first;
    const off = plugin.switchedOff?.(agent, seen) ?? [];
    const isOff = off.some(({ status }) => status === 'fail' || status === 'unknown');
    const on = isOff ? [] : [pass(`${plugin.title} enforces NetworkPolicies (DaemonSet ${placeOf(agent)})`)];
    return [...off, ...on, ...coverage(plugin.title, agent), ...withoutAgents(seen)];
  }
  const within = withinNodes(seen);
  if (within.length > 0) return within;
  const idle = NOT_ENFORCING.find(([, isHere]) => isHere(seen));
  if (idle !== undefined)
    return [fail(`${idle[0]} enforces no NetworkPolicy: whatever they say, all traffic is open`, idle[2])];
  return [
    unknown(
      'no network plugin that is known runs in a DaemonSet: nothing tells whether NetworkPolicies are enforced',
      'ask whoever runs the network of this cluster',
    ),
  ];
}
