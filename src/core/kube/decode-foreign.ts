import { decodeMeta } from './decode-meta.ts';
import { decodeSelector } from './decode-selector.ts';
import { type At, at, type Fields, type Reading } from './reading.ts';
import type { ForeignPolicy, Selector } from './types.ts';

interface Selected {
  readonly podSelector: Selector | undefined;
  readonly namespaceSelector: Selector | undefined;
}

type SelectedReader = (spec: Fields, reading: Reading) => Selected;

interface ForeignKind {
  readonly scope: ForeignPolicy['scope'];
  readonly selected: SelectedReader;
}

const SPEC: At = at(undefined, 'spec');
const EVERY_POD: Selected = { podSelector: undefined, namespaceSelector: undefined };

function selectorAt(parent: Fields, key: string, place: At, reading: Reading): Selector | undefined {
  const fields = reading.object(parent, key, place);
  return fields === undefined ? undefined : decodeSelector(fields, at(place, key), reading);
}

/** policy.networking.k8s.io: `subject` is `namespaces`, or `pods` with both selectors. */
const subject: SelectedReader = (spec, reading) => {
  const place = at(SPEC, 'subject');
  const fields = reading.object(spec, 'subject', SPEC);
  if (fields === undefined) return EVERY_POD;
  const pods = reading.object(fields, 'pods', place);
  if (pods === undefined)
    return { podSelector: undefined, namespaceSelector: selectorAt(fields, 'namespaces', place, reading) };
  return {
    podSelector: selectorAt(pods, 'podSelector', at(place, 'pods'), reading),
    namespaceSelector: selectorAt(pods, 'namespaceSelector', at(place, 'pods'), reading),
  };
};

/** cilium.io: `endpointSelector`, unless it names a label source (`k8s:app`) or a namespace: those are not pod labels. */
const endpointSelector: SelectedReader = (spec, reading) => {
  const selector = selectorAt(spec, 'endpointSelector', SPEC, reading);
  const isPlain = selector?.every(({ key }) => !key.includes(':') && !key.startsWith('io.kubernetes.pod.')) ?? false;
  return { podSelector: isPlain ? selector : undefined, namespaceSelector: undefined };
};

/** APIs whose selectors are a language of their own (Calico), or are not read here: every pod in scope may be selected. */
const unknown: SelectedReader = () => EVERY_POD;

/** Policy kinds of other APIs by `group/Kind`, whatever the version. */
const FOREIGN_KINDS: ReadonlyMap<string, ForeignKind> = new Map([
  ['policy.networking.k8s.io/AdminNetworkPolicy', { scope: 'cluster', selected: subject }],
  ['policy.networking.k8s.io/BaselineAdminNetworkPolicy', { scope: 'cluster', selected: subject }],
  ['policy.networking.k8s.io/ClusterNetworkPolicy', { scope: 'cluster', selected: subject }],
  ['cilium.io/CiliumNetworkPolicy', { scope: 'namespace', selected: endpointSelector }],
  ['cilium.io/CiliumClusterwideNetworkPolicy', { scope: 'cluster', selected: endpointSelector }],
  ['crd.projectcalico.org/NetworkPolicy', { scope: 'namespace', selected: unknown }],
  ['crd.projectcalico.org/GlobalNetworkPolicy', { scope: 'cluster', selected: unknown }],
  ['projectcalico.org/NetworkPolicy', { scope: 'namespace', selected: unknown }],
  ['projectcalico.org/GlobalNetworkPolicy', { scope: 'cluster', selected: unknown }],
  ['crd.antrea.io/NetworkPolicy', { scope: 'namespace', selected: unknown }],
  ['crd.antrea.io/ClusterNetworkPolicy', { scope: 'cluster', selected: unknown }],
  ['networking.k8s.aws/ApplicationNetworkPolicy', { scope: 'namespace', selected: unknown }],
  ['networking.k8s.aws/ClusterNetworkPolicy', { scope: 'cluster', selected: unknown }],
  ['networking.gke.io/FQDNNetworkPolicy', { scope: 'namespace', selected: unknown }],
]);

/** The policy kinds of other APIs that are known here, whatever version a cluster serves them in. */
export const FOREIGN_POLICY_KINDS: readonly { readonly group: string; readonly kind: string }[] = [
  ...FOREIGN_KINDS.keys(),
].map(key => ({ group: key.slice(0, key.indexOf('/')), kind: key.slice(key.indexOf('/') + 1) }));

/** The group and kind are those of another policy API. */
export function isForeignPolicy(group: string, kind: string): boolean {
  return FOREIGN_KINDS.has(`${group}/${kind}`);
}

/** A policy of another API (Cilium's may have further `specs`, each with a selector of its own: every pod in scope may be selected): who it may select, nothing of what it allows. */
export function decodeForeignPolicy(
  group: string,
  kind: string,
  apiVersion: string,
  fields: Fields,
  reading: Reading,
): ForeignPolicy {
  const foreign = FOREIGN_KINDS.get(`${group}/${kind}`) ?? { scope: 'cluster', selected: unknown };
  const meta = decodeMeta(fields, reading, foreign.scope === 'cluster' ? 'cluster' : 'namespaced');
  const spec = reading.object(fields, 'spec', undefined);
  const selected =
    spec === undefined || reading.list(fields, 'specs', undefined).length > 0
      ? EVERY_POD
      : foreign.selected(spec, reading);
  return { kind, apiVersion, meta, scope: foreign.scope, ...selected };
}
