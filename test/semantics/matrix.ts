import type { Query } from '../support/oracle.ts';

/** The nine pods that the matrices are about: a, b and c in each of the namespaces x, y and z. */
const PODS = ['x', 'y', 'z'].flatMap(namespace => ['a', 'b', 'c'].map(name => `${namespace}/${name}`));

/**
 * The manifests of the nine pods. Each serves TCP, UDP and SCTP on 80 and 81 under names like `serve-80-tcp` and bears
 * the label `pod` with its own name; namespaces have no labels but the one that Kubernetes gives them.
 * `extraLabels` adds labels (flow YAML, `key: value`) to a pod (`x/a`) or a namespace (`x`).
 */
export function ninePods(extraLabels: Readonly<Record<string, string>> = {}): string {
  const labels = (of: string) => (Object.hasOwn(extraLabels, of) ? `, ${extraLabels[of]}` : '');
  const namespaces = ['x', 'y', 'z'].map(
    name =>
      `{apiVersion: v1, kind: Namespace, metadata: {name: "${name}", labels: {kubernetes.io/metadata.name: "${name}"${labels(name)}}}}`,
  );
  const ports = [80, 81].flatMap(port =>
    ['TCP', 'UDP', 'SCTP'].map(
      protocol => `{containerPort: ${port}, protocol: ${protocol}, name: serve-${port}-${protocol.toLowerCase()}}`,
    ),
  );
  const pods = PODS.map((pod, index) => {
    const [namespace, name] = pod.split('/');
    return `{apiVersion: v1, kind: Pod, metadata: {name: "${name}", namespace: "${namespace}", labels: {pod: "${name}"${labels(pod)}}},
  spec: {containers: [{name: main, ports: [${ports.join(', ')}]}]}, status: {podIP: ${ADDRESSES[index]}}}`;
  });
  return [...namespaces, ...pods].join('\n---\n');
}

/** The pods' addresses in the order of PODS: x has 10.0.1.1 to .3, y 10.0.2.1 to .3, z 10.0.3.1 to .3. */
const ADDRESSES = [1, 2, 3].flatMap(third => [1, 2, 3].map(fourth => `10.0.${third}.${fourth}`));

/**
 * The connections between the nine pods that are not allowed, each as `x/a > y/b`, sorted. A pod's connections to
 * itself are always allowed, so they never appear.
 */
export function blockedPairs(
  ask: (query: Query) => { readonly allowed: boolean },
  port: number,
  protocol: Query['protocol'],
): string[] {
  return pairs('* > *').filter(pair => {
    const [from = '', to = ''] = pair.split(' > ');
    return !ask({ from: { pod: from }, to: { pod: to }, port, protocol }).allowed;
  });
}

/**
 * The pairs of a pattern: sources and destinations as lists of pods (`x/a`), namespaces (`x/*`) or everything (`*`),
 * for instance `x/* y/b > z/*`. A pod paired with itself is left out.
 */
export function pairs(pattern: string): string[] {
  const [sources = '', destinations = ''] = pattern.split(' > ');
  return expand(sources).flatMap(from =>
    expand(destinations)
      .filter(to => to !== from)
      .map(to => `${from} > ${to}`),
  );
}

function expand(list: string): string[] {
  const patterns = list.split(' ');
  return PODS.filter(pod => patterns.some(item => item === '*' || item === pod || item === `${pod[0]}/*`));
}
