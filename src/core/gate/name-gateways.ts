import { selectorOf } from '../kube/selector.ts';
import type { Labels } from '../kube/types.ts';
import { NAMESPACE_NAME_LABEL } from '../kube/well-known-labels.ts';
import type { GatePolicy, Grant } from './types.ts';

/** A gateway as a person names it in one word: `NAMESPACE/KEY=VALUE[,KEY=VALUE…]`. */
export interface NamedGateway {
  /** The word itself. */
  readonly text: string;
  readonly namespace: string;
  /** Of its pods. At least one. */
  readonly labels: Labels;
}

const NAMESPACE = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const KEY = /^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const VALUE = /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;

/** Reads `mcp-gateway/app.kubernetes.io/name=envoy`; `undefined` for anything else. Keys hold slashes too: the first one ends the namespace. */
export function readNamedGateway(text: string): NamedGateway | undefined {
  const slash = text.indexOf('/');
  const namespace = text.slice(0, Math.max(0, slash));
  const pairs = text
    .slice(slash + 1)
    .split(',')
    .map(pair => pair.split('='));
  const isPair = ([key = '', value = '', ...more]: readonly string[]): boolean =>
    KEY.test(key) && VALUE.test(value) && more.length === 0;
  if (!NAMESPACE.test(namespace) || !pairs.every(isPair)) return undefined;
  return { text, namespace, labels: new Map(pairs.map(([key = '', value = '']) => [key, value])) };
}

const grantOf = ({ text, namespace, labels }: NamedGateway): Grant => ({
  name: text,
  reason: '',
  servesNamespaces: [],
  peers: [
    {
      kind: 'pods',
      path: '',
      namespaces: selectorOf(new Map([[NAMESPACE_NAME_LABEL, namespace]])),
      pods: selectorOf(labels),
    },
  ],
  ports: { kind: 'any' },
});

/** The configuration with these gateways besides its own: then nobody else is assumed to be one. Without any, as it is. */
export function withNamedGateways(policy: GatePolicy, named: readonly NamedGateway[]): GatePolicy {
  if (named.length === 0) return policy;
  const known = policy.gateways.kind === 'configured' ? policy.gateways.grants : [];
  return { ...policy, gateways: { kind: 'configured', grants: [...known, ...named.map(grantOf)] } };
}
