import { refText } from '../../core/explain.ts';
import type { RegistryEntry, RegistryPackage } from '../../core/gate/types.ts';

/** What of an entry of the registry is asked. */
type Registered = Pick<RegistryEntry | RegistryPackage, 'owner'>;

import type { Labels, Namespace, Workload } from '../../core/kube/types.ts';
import { knownOwner, ownersIn } from '../../core/owner.ts';
import type { NamespaceContent } from '../../core/world/world.ts';
import type { InventoryOwner } from './inventory.ts';

/** Labels and annotations that name who answers for an object, the surest first. */
const TEAM_KEYS: readonly string[] = [
  'chokepoint.dev/owner',
  // https://ambassadorlabs.github.io/k8s-for-humans/
  'a8r.io/owner',
  'backstage.io/owner',
  'app.kubernetes.io/owner',
  'owner',
  'team',
  'squad',
  'maintainer',
];

/** What made an object, as the tools that make them note it. */
const MAKERS: readonly {
  readonly what: string;
  readonly on: 'labels' | 'annotations';
  readonly name: string;
  /** Empty: it has none. */
  readonly namespace: string;
}[] = [
  {
    what: 'Helm release',
    on: 'annotations',
    name: 'meta.helm.sh/release-name',
    namespace: 'meta.helm.sh/release-namespace',
  },
  {
    what: 'HelmRelease',
    on: 'labels',
    name: 'helm.toolkit.fluxcd.io/name',
    namespace: 'helm.toolkit.fluxcd.io/namespace',
  },
  {
    what: 'Kustomization',
    on: 'labels',
    name: 'kustomize.toolkit.fluxcd.io/name',
    namespace: 'kustomize.toolkit.fluxcd.io/namespace',
  },
  { what: 'Argo CD application', on: 'labels', name: 'argocd.argoproj.io/instance', namespace: '' },
];

/** Where a team may stand, in order, each with how it is told. */
function places(workload: Workload, namespace: Namespace | undefined): readonly (readonly [Labels, string, string])[] {
  const of = namespace === undefined ? '' : ` of Namespace ${namespace.meta.name}`;
  return [
    [workload.meta.annotations, 'annotation', ''],
    [workload.meta.labels, 'label', ''],
    [workload.podAnnotations, 'annotation', ' of its pods'],
    [workload.podLabels, 'label', ' of its pods'],
    ...(namespace === undefined
      ? []
      : ([
          [namespace.meta.annotations, 'annotation', of],
          [namespace.meta.labels, 'label', of],
        ] as const)),
  ];
}

function teamOf(
  workload: Workload,
  { namespace }: NamespaceContent,
  entries: readonly Registered[],
): Pick<InventoryOwner, 'team' | 'from'> {
  const registered = [...new Set(entries.map(({ owner }) => owner))].filter(owner => owner !== '');
  if (registered.length > 0) return { team: registered.join(', '), from: 'registry' };
  for (const [pairs, what, of] of places(workload, namespace)) {
    const key = TEAM_KEYS.find(one => (pairs.get(one) ?? '') !== '');
    if (key !== undefined) return { team: pairs.get(key) ?? '', from: `${what} ${key}${of}` };
  }
  return { team: null, from: '' };
}

function makerOf(workload: Workload, content: NamespaceContent): string {
  const owner = knownOwner(workload, ownersIn(content));
  if (owner !== undefined) return refText(owner);
  for (const { what, on, name, namespace } of MAKERS) {
    const pairs = workload.meta[on];
    const found = pairs.get(name);
    if (found !== undefined) return refText({ kind: what, namespace: pairs.get(namespace) ?? '', name: found });
  }
  return '';
}

/** Who answers for a server, and what made it. `entries`: of the registry, that approve it. */
export function ownerOf(workload: Workload, content: NamespaceContent, entries: readonly Registered[]): InventoryOwner {
  return { ...teamOf(workload, content, entries), madeBy: makerOf(workload, content) };
}
