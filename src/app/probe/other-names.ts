import type { NetworkPolicy, PolicyPorts, PolicyRule, Selector } from '../../core/kube/types.ts';
import { NAMESPACE_NAME_LABEL } from '../../core/kube/well-known-labels.ts';

/**
 * Other names for what policies tell Pods apart by: labels, names of ports, names of namespaces. Two things that had one name have one again, so that policies
 * under other names do the same, and what else goes by the old ones (Services, injectors, this gate, policies of the whole cluster) does not meet them.
 */
export interface OtherNames {
  /** Those that a selector asks for; the others tell nothing apart. Nor does the one label of a Namespace that nobody can forge, which keeps its key. */
  labels(labels: ReadonlyMap<string, string>, kept: ReadonlySet<string>): Readonly<Record<string, string>>;
  port(name: string): string;
  /** A NetworkPolicy as a manifest, but for its name and its owners. */
  spec(policy: NetworkPolicy): object;
}

/** A short name for each text, the same each time. */
function numbered(letter: string): (text: string) => string {
  const known = new Map<string, string>();
  return text => {
    const name = known.get(text) ?? `${letter}${known.size + 1}`;
    known.set(text, name);
    return name;
  };
}

/** `namespaces`: by what name each namespace is there that is stood in for. `elsewhere`: what the names of all others begin with. */
export function createOtherNames(namespaces: ReadonlyMap<string, string>, elsewhere: string): OtherNames {
  const key = numbered('k');
  const value = numbered('v');
  const port = numbered('p');
  const nobody = numbered(elsewhere);
  const otherValue = (of: string, text: string): string =>
    of === NAMESPACE_NAME_LABEL ? (namespaces.get(text) ?? nobody(text)) : value(text);
  const selector = (all: Selector): object => ({
    matchExpressions: all.map(requirement => ({
      key: requirement.key === NAMESPACE_NAME_LABEL ? NAMESPACE_NAME_LABEL : key(requirement.key),
      operator: requirement.operator,
      ...(requirement.values.size > 0 && {
        values: [...requirement.values].map(text => otherValue(requirement.key, text)),
      }),
    })),
  });
  const ports = (written: PolicyPorts): object =>
    written.kind === 'any'
      ? {}
      : {
          ports: written.ports.map(one => {
            const { protocol } = one;
            if (one.kind === 'all') return { protocol };
            if (one.kind === 'named') return { protocol, port: port(one.name) };
            return { protocol, port: one.first, ...(one.last > one.first && { endPort: one.last }) };
          }),
        };
  const peers = ({ peers: written }: PolicyRule, field: 'from' | 'to'): object =>
    written.kind === 'any'
      ? {}
      : {
          [field]: written.peers.map(peer =>
            peer.kind === 'block'
              ? { ipBlock: { cidr: peer.cidr.text, except: peer.except.map(({ text }) => text) } }
              : {
                  podSelector: selector(peer.pods),
                  ...(peer.namespaces !== 'own' && { namespaceSelector: selector(peer.namespaces) }),
                },
          ),
        };
  const rules = (all: readonly PolicyRule[], field: 'from' | 'to'): readonly object[] =>
    all.map(rule => ({ ...peers(rule, field), ...ports(rule.ports) }));
  return {
    labels: (labels, kept) =>
      Object.fromEntries(
        [...labels]
          .filter(([name]) => name !== NAMESPACE_NAME_LABEL && kept.has(name))
          .map(([name, text]) => [key(name), value(text)]),
      ),
    port,
    spec: ({ podSelector, ingress, egress }) => ({
      podSelector: selector(podSelector),
      policyTypes: [...(ingress.isolates ? ['Ingress'] : []), ...(egress.isolates ? ['Egress'] : [])],
      ...(ingress.isolates && { ingress: rules(ingress.rules, 'from') }),
      ...(egress.isolates && { egress: rules(egress.rules, 'to') }),
    }),
  };
}

const keysOf = (selector: Selector): readonly string[] => selector.map(({ key }) => key);

/** Keys of labels that these policies ask Pods or Namespaces for. */
export function askedKeys(policies: readonly NetworkPolicy[]): ReadonlySet<string> {
  const ofRule = ({ peers }: PolicyRule): readonly string[] =>
    peers.kind === 'any'
      ? []
      : peers.peers.flatMap(peer =>
          peer.kind === 'block'
            ? []
            : [...keysOf(peer.pods), ...(peer.namespaces === 'own' ? [] : keysOf(peer.namespaces))],
        );
  const all = policies.flatMap(({ podSelector, ingress, egress }) => [
    ...keysOf(podSelector),
    ...[ingress, egress].flatMap(direction => (direction.isolates ? direction.rules.flatMap(ofRule) : [])),
  ]);
  return new Set(all);
}
