import { createJudge, type Judge } from '../../core/evaluate.ts';
import type { ForeignPolicy, ObjectRef, Workload } from '../../core/kube/types.ts';
import { judgedPoliciesOf } from '../../core/netpol/foreign.ts';
import { isNarrow } from '../../core/netpol/tiers/tiers-of.ts';
import { contentWith } from '../../core/world/content.ts';
import { refOf } from '../../core/world/refs.ts';
import type { NamespaceContent, World } from '../../core/world/world.ts';

/** Beside more policies of other APIs than these, which of them closes a server is not told apart. */
const MOST = 8;

function contentWithout(content: NamespaceContent, gone: ReadonlySet<ForeignPolicy>): NamespaceContent {
  const left = [...content.foreignPolicies].filter(([, policy]) => !gone.has(policy));
  return left.length === content.foreignPolicies.size
    ? content
    : contentWith(content, { foreignPolicies: new Map(left) });
}

const worldWithout = (world: World, gone: ReadonlySet<ForeignPolicy>): World => ({
  ...world,
  clusterPolicies: world.clusterPolicies.filter(policy => !gone.has(policy)),
  namespace: name => contentWithout(world.namespace(name), gone),
});

/** Asks of an allowed server which policies of other APIs close it. */
export type Credit = (server: Workload) => readonly ObjectRef[];

/**
 * What closes servers that NetworkPolicies leave open: each policy of another API without which the server would be denied; all of them where it would be
 * denied without all alone, and where there are too many to be looked at one by one. None: NetworkPolicies alone close it.
 */
export function createCredit(world: World, judge: Judge): Credit {
  let own: Judge | undefined;
  const judgeHere = (): Judge => {
    // Without the policies of Cilium blocks still mean what they mean on it.
    const { dataplane = isNarrow(world) ? judge.policy.cilium : undefined } = judge.policy;
    own ??= createJudge({ ...judge.policy, dataplane });
    return own;
  };
  const worlds = new Map<ForeignPolicy, World>();
  const without = (policy: ForeignPolicy): World => {
    const known = worlds.get(policy) ?? worldWithout(world, new Set([policy]));
    worlds.set(policy, known);
    return known;
  };
  const isDenied = (there: World, server: Workload): boolean => judgeHere().evaluate(there, server).verdict === 'deny';
  return server => {
    const policies = judgedPoliciesOf(world, world.namespace(server.meta.namespace), server);
    if (policies.length === 0 || !isDenied(worldWithout(world, new Set(policies)), server)) return [];
    const needed = policies.length > MOST ? [] : policies.filter(policy => isDenied(without(policy), server));
    return (needed.length === 0 ? policies : needed).map(refOf);
  };
}
