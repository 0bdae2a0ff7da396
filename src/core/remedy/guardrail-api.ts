/** Object name of every guardrail. */
export const GUARDRAIL_NAME = 'chokepoint-mcp-servers';
/** Tier of Calico that a guardrail stands in, which is in front of its name there. */
export const GUARDRAIL_TIER = 'chokepoint';

/** APIs in which a guardrail is written. */
export const GUARDRAIL_APIS = ['upstream', 'admin', 'aws', 'calico', 'cilium'] as const;
export type GuardrailApi = (typeof GUARDRAIL_APIS)[number];

/** The kind that holds a guardrail in each API, as `group/Kind`. */
export const GUARDRAIL_KINDS: Readonly<Record<GuardrailApi, string>> = {
  upstream: 'policy.networking.k8s.io/ClusterNetworkPolicy',
  admin: 'policy.networking.k8s.io/AdminNetworkPolicy',
  aws: 'networking.k8s.aws/ClusterNetworkPolicy',
  calico: 'projectcalico.org/GlobalNetworkPolicy',
  cilium: 'cilium.io/CiliumClusterwideNetworkPolicy',
};

/** The names of the objects of guardrails, by `group/Kind`: those of the kinds above, and what Calico's stands in. */
export const GUARDRAIL_OBJECTS: ReadonlyMap<string, string> = new Map([
  ...Object.values(GUARDRAIL_KINDS).map(id => [id, GUARDRAIL_NAME] as const),
  [GUARDRAIL_KINDS.calico, `${GUARDRAIL_TIER}.${GUARDRAIL_NAME}`],
  ['projectcalico.org/Tier', GUARDRAIL_TIER],
]);

/** Of a dataplane that is known by its own API, the others that it enforces too, the best first. */
const NEXT_BEST: Readonly<Record<GuardrailApi, readonly GuardrailApi[]>> = {
  upstream: ['admin'],
  admin: ['upstream'],
  aws: [],
  calico: ['upstream', 'admin'],
  cilium: [],
};

/** The API to write in where `best` is that of the dataplane: the first that the cluster serves; `undefined`: none. `isServed`: by `group/Kind`. */
export const servedGuardrailApi = (best: GuardrailApi, isServed: (id: string) => boolean): GuardrailApi | undefined =>
  [best, ...NEXT_BEST[best]].find(api => isServed(GUARDRAIL_KINDS[api]));
