import type { Requirement } from '../kube/types.ts';
import { ALL_ADDRESSES, subtractAddresses, unionAddresses } from '../net/addresses.ts';
import { negate } from '../netpol/label-space.ts';
import { endpointManifest, grantedEntities } from './dialect-cilium.ts';
import { exceptBlocks } from './excepts.ts';
import type { Guardrail, GuardrailGrant, GuardrailManifest, GuardrailPods } from './guardrail.ts';
import { GUARDRAIL_NAME } from './guardrail-api.ts';

/** A requirement on labels of the namespace, or of the pod. */
interface Asked {
  readonly of: 'namespaces' | 'pods';
  readonly requirement: Requirement;
}

const asked = ({ namespaces, pods }: GuardrailPods): readonly Asked[] => [
  ...namespaces.map(requirement => ({ of: 'namespaces' as const, requirement })),
  ...pods.map(requirement => ({ of: 'pods' as const, requirement })),
];

const not = ({ of, requirement }: Asked): Asked => ({ of, requirement: negate(requirement) });

/** What is inside and has no block there, unless all of it is granted. */
const INSIDE: readonly string[] = ['host', 'remote-node', 'kube-apiserver'];

/** Most selectors that stand for everybody but those who are granted. */
const MOST_PARTS = 256;

/** Pods that no grant means, as disjoint selectors: a denial knows no exception. `undefined`: there would be too many. */
function everybodyBut(grants: readonly GuardrailGrant[]): readonly GuardrailPods[] | undefined {
  let parts: readonly (readonly Asked[])[] = [[]];
  for (const pods of grants.flatMap(grant => grant.pods)) {
    const all = asked(pods);
    parts = parts.flatMap(part => all.map((one, index) => [...part, ...all.slice(0, index), not(one)]));
    if (parts.length > MOST_PARTS) return undefined;
  }
  return parts.map(part => ({
    namespaces: part.flatMap(({ of, requirement }) => (of === 'namespaces' ? requirement : [])),
    pods: part.flatMap(({ of, requirement }) => (of === 'pods' ? requirement : [])),
  }));
}

const blocksOf = (grants: readonly GuardrailGrant[]) => unionAddresses(grants.flatMap(({ blocks }) => blocks));

/** Everybody outside; where addresses may enter, every block but those. */
function outside(grants: readonly GuardrailGrant[]): object {
  const granted = blocksOf(grants);
  if (granted.v4.length + granted.v6.length === 0) return { fromEntities: ['world', 'remote-node'] };
  return { fromCIDR: exceptBlocks(subtractAddresses(ALL_ADDRESSES, granted)) };
}

/**
 * The guardrail as a CiliumClusterwideNetworkPolicy: it denies, and isolates nothing. A denial of Cilium has no exceptions, so that it says nothing of the
 * ports that are granted. `undefined`: so many grants cannot be told from everybody else.
 */
export function ciliumGuardrail({
  servers,
  enter,
  leave,
  closed,
  networks,
}: Guardrail): readonly GuardrailManifest[] | undefined {
  const [others, elsewhere] = [everybodyBut(enter), everybodyBut(leave)];
  if (others === undefined || elsewhere === undefined) return undefined;
  const granted = new Set(leave.flatMap(grant => grantedEntities(grant.blocks, networks)));
  const inside = INSIDE.filter(entity => !granted.has(entity));
  const blocks = exceptBlocks(subtractAddresses(closed, blocksOf(leave)));
  return [
    {
      apiVersion: 'cilium.io/v2',
      kind: 'CiliumClusterwideNetworkPolicy',
      metadata: { name: GUARDRAIL_NAME },
      spec: {
        endpointSelector: endpointManifest(servers),
        enableDefaultDeny: { ingress: false, egress: false },
        ingressDeny: [...(others.length > 0 ? [{ fromEndpoints: others.map(endpointManifest) }] : []), outside(enter)],
        egressDeny: [
          ...(elsewhere.length > 0 ? [{ toEndpoints: elsewhere.map(endpointManifest) }] : []),
          ...(inside.length > 0 ? [{ toEntities: inside }] : []),
          ...(blocks.length > 0 ? [{ toCIDR: blocks }] : []),
        ],
      },
    },
  ];
}
