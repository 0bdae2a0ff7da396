import type { Grant } from '../../core/gate/types.ts';
import { objectsAt, textAt } from '../../core/kube/reading.ts';
import { matches } from '../../core/kube/selector.ts';
import type { PodPeer, Workload } from '../../core/kube/types.ts';
import { listed } from '../../core/listed.ts';
import { imageRepository, lastPart } from '../../core/mcp/image.ts';
import { namespaceLabels, type World } from '../../core/world/world.ts';
import { rangeGaps } from '../report/range-gaps.ts';
import { type Answer, fail, pass, type Seen, unknown, warn } from './check.ts';
import { nameOf } from './fields.ts';
import { installedWebhooks } from './webhooks.ts';

/** Pods that a peer of a grant selects. `namespaces: own` are those of the servers, which stand for none here. */
function podsOf(world: World, { namespaces, pods }: PodPeer): readonly Workload[] {
  if (namespaces === 'own') return [];
  return world.namespaceNames().flatMap(name => {
    const content = world.namespace(name);
    if (!matches(namespaces, namespaceLabels(content))) return [];
    return [...content.workloads.values()].filter(one => one.kind === 'Pod' && matches(pods, one.podLabels));
  });
}

const podText = ({ meta }: Workload): string => `${meta.namespace}/${meta.name}`;

const selectedBy = (world: World, { peers }: Grant): readonly Workload[] =>
  peers.flatMap(peer => (peer.kind === 'pods' ? podsOf(world, peer) : []));

/** Last parts of the images that DNS servers of clusters run. */
const DNS_IMAGES = /^(?:coredns|kube-dns|k8s-dns-kube-dns|k8s-dns-node-cache|hardened-coredns|ose-coredns.*)$/;

const servesDns = ({ kind, containers }: Workload): boolean =>
  kind === 'Pod' && containers.some(({ image }) => DNS_IMAGES.test(lastPart(imageRepository(image))));

/** Whether servers reach cluster DNS by the labels that policies are written with. */
export function dnsLabels({ world, policy }: Seen): readonly Answer[] {
  const pods = world.namespaceNames().flatMap(name => [...world.namespace(name).workloads.values()].filter(servesDns));
  const grants = [...policy.allowedDestinations, ...policy.assumedDestinations];
  const admitted = new Set(grants.flatMap(grant => selectedBy(world, grant)));
  const left = pods.filter(pod => !admitted.has(pod));
  const [first] = left;
  if (first !== undefined) {
    const labels = listed(
      [...first.podLabels].map(([key, value]) => `${key}=${value}`),
      4,
    );
    return [
      fail(
        `the Pods of cluster DNS bear labels that no allowed destination selects: ${podText(first)} has ${labels}`,
        'set clusterDNS, or allowedDestinations, in the GatePolicy (docs/configuration.md)',
      ),
    ];
  }
  if (pods.length > 0) return [pass(`cluster DNS is what policies admit: ${listed(pods.map(podText), 3)}`)];
  if (admitted.size > 0) return [pass(`allowed destinations select ${admitted.size} Pods`)];
  return [
    unknown(
      'no Pod of cluster DNS was found: it may run outside the cluster, or under an image that is not known',
      'name it by allowedDestinations in the GatePolicy, where servers need it',
    ),
  ];
}

/** Which policy APIs are served besides Kubernetes' own, and whether they are used. */
export function policyApis({ reading, world }: Seen): readonly Answer[] {
  const counts = new Map<string, number>();
  const all = [
    ...world.clusterPolicies,
    ...world.namespaceNames().flatMap(name => [...world.namespace(name).foreignPolicies.values()]),
  ];
  for (const { kind, apiVersion } of all) {
    const name = `${kind}.${apiVersion.split('/')[0]}`;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const used = [...counts].map(([name, count]) => `${count} ${name}`);
  const policies = reading.objects.filter(({ ref }) => ref.kind === 'NetworkPolicy').length;
  const own = `${policies} NetworkPolicies`;
  return [
    pass(used.length === 0 ? `${own}, and no policy of another API` : `${own}, and of other APIs ${listed(used)}`),
  ];
}

/** Whether the ranges that servers must not reach are known, and hold what is in use. */
export function ranges({ policy, reading, networks }: Seen): readonly Answer[] {
  const gaps = rangeGaps(policy.protectedNetworks, reading.observed).map(({ message }) =>
    fail(message, 'chokepoint cidrs cluster --write chokepoint.yaml, or gke, eks, aks (docs/cidrs.md)'),
  );
  const known = new Map(networks.map(network => [network.class, network]));
  const open = (['pods', 'services', 'nodes', 'controlPlane'] as const).filter(
    name => known.get(name)?.isWhole !== true,
  );
  const partly =
    open.length === 0
      ? []
      : [
          warn(
            `not all ranges are known of: ${open.join(', ')}; where they may lie is assumed, and in mode enforce a server that may reach it is refused`,
            'chokepoint cidrs cluster --write chokepoint.yaml, or gke, eks, aks (docs/cidrs.md)',
          ),
        ];
  return gaps.length + partly.length > 0
    ? [...gaps, ...partly]
    : [pass('the ranges of all classes are known, and hold every address in use')];
}

/** Whether the Pods that may reach servers are there. */
export function gateways({ policy, world, isReady }: Seen): readonly Answer[] {
  if (policy.gateways.kind === 'assumed')
    return [
      warn(
        'the GatePolicy names no gateway: the documented ones are assumed',
        'chokepoint init, or --gateway NAMESPACE/KEY=VALUE (docs/init.md)',
      ),
    ];
  return policy.gateways.grants.map(grant => {
    const pods = selectedBy(world, grant);
    const ready = pods.filter(({ meta }) => isReady(meta.namespace, meta.name));
    if (grant.peers.every(({ kind }) => kind === 'block'))
      return pass(`the gateway ${grant.name} is named by addresses`);
    if (pods.length === 0)
      return fail(
        `no Pod is what the gateway ${grant.name} selects: nobody reaches the servers`,
        'correct its labels in the GatePolicy, or start it',
      );
    if (ready.length === 0)
      return fail(
        `none of the ${pods.length} Pods of the gateway ${grant.name} is ready`,
        `look at ${listed(pods.map(podText), 3)}`,
      );
    return pass(`the gateway ${grant.name} has ${ready.length} Pods that are ready`);
  });
}

/** Seconds by which clocks may differ before certificates and dates are judged wrongly. */
const MOST_SECONDS = 60;

/** Whether our clock agrees with those of the nodes: they renew their leases every ten seconds. */
export function clock({ objects, nowMs }: Seen): readonly Answer[] {
  const times = objects('nodeLeases')
    .map(lease => Date.parse(textAt(lease, 'spec.renewTime')))
    .filter(time => !Number.isNaN(time));
  if (times.length === 0)
    return [unknown('no node keeps a lease: its clock cannot be compared', 'compare the clocks by hand')];
  const ahead = Math.round((Math.max(...times) - nowMs) / 1000);
  if (Math.abs(ahead) <= MOST_SECONDS) return [pass('the clock of this machine agrees with those of the nodes')];
  return [
    warn(
      ahead > 0
        ? `the clock of a node is ${ahead} s ahead of this machine's`
        : `no node has renewed its lease for ${-ahead} s, or their clocks are behind this machine's`,
      'have all of them keep time (NTP): certificates, exceptions and rollouts go by dates',
    ),
  ];
}

const minorOf = (version: string): number => Number(/^v?1\.(\d+)/.exec(version)?.[1] ?? Number.NaN);

/** First minor version with all that the gate goes by: scheduling gates and matchConditions (1.30). */
const OLDEST_MINOR = 30;

/** Whether the nodes and the gate have versions that go together. */
export function versions(seen: Seen): readonly Answer[] {
  const nodes = seen.objects('nodes');
  const minors = nodes
    .map(node => minorOf(textAt(node, 'status.nodeInfo.kubeletVersion')))
    .filter(minor => !Number.isNaN(minor));
  const oldest = Math.min(...minors);
  const old =
    minors.length > 0 && oldest < OLDEST_MINOR
      ? [
          warn(
            `a node runs Kubernetes 1.${oldest}: scheduling gates and match conditions are there from 1.${OLDEST_MINOR} on`,
            'update the cluster',
          ),
        ]
      : [];
  const images = seen
    .objects('gateDeployments')
    .filter(one => nameOf(one) === 'chokepoint-webhook' || nameOf(one) === 'chokepoint-controller')
    .flatMap(one => objectsAt(one, 'spec.template.spec.containers').map(container => textAt(container, 'image')));
  const tags = [...new Set(images.map(image => /:([^:@/]+)(?:@.*)?$/.exec(image)?.[1] ?? ''))].filter(
    tag => tag !== '',
  );
  const other = tags.filter(tag => tag !== seen.version);
  if (installedWebhooks(seen).length > 0 && other.length > 0)
    return [
      ...old,
      warn(
        `the gate runs ${listed(other)}, and this program is ${seen.version}`,
        'take the same version: verdicts may differ',
      ),
    ];
  return old.length > 0
    ? old
    : [pass(minors.length === 0 ? 'no node tells its version' : `nodes run Kubernetes 1.${oldest} or newer`)];
}
