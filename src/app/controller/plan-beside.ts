import type { Decoder } from '../../core/kube/decode.ts';
import type { ForeignPolicy, Workload } from '../../core/kube/types.ts';
import { byName } from '../../core/order.ts';
import { NAMESPACED_DIALECT_KINDS } from '../../core/remedy/dialect.ts';
import type { DialectManifest } from '../../core/remedy/dialect-policy.ts';
import { isSame } from '../../core/same.ts';
import { isForeign } from '../../core/world/object-kinds.ts';
import type { NamespaceContent } from '../../core/world/world.ts';
import { type Action, workloadRef } from './action.ts';
import { isMade, marksFor, takenOverBy } from './made-policy.ts';
import type { PermittedActions } from './permitted-actions.ts';

/** What is to stand beside the policy of a server; no manifest: nothing. */
export interface WantedBeside {
  readonly server: Workload;
  readonly manifest: DialectManifest | undefined;
}

/** What is looked at while it is planned. */
interface Beside {
  readonly content: NamespaceContent;
  readonly decode: Decoder;
  readonly permitted: PermittedActions;
}

/** Policies by their names. */
type ByName = ReadonlyMap<string, readonly ForeignPolicy[]>;

const idOf = ({ apiVersion, kind }: { readonly apiVersion: string; readonly kind: string }): string =>
  `${apiVersion.split('/')[0]}/${kind}`;

/** Policies of the kinds that the controller writes beside NetworkPolicies, whoever wrote them. */
const ofItsKinds = ({ foreignPolicies }: NamespaceContent): readonly ForeignPolicy[] =>
  [...foreignPolicies.values()].filter(policy => NAMESPACED_DIALECT_KINDS.has(idOf(policy))).sort(byName);

const meaning = ({ podSelector, says }: ForeignPolicy): unknown => [podSelector, says];

/** Whether a policy says what the manifest says. */
function saysAs(policy: ForeignPolicy, manifest: DialectManifest, decode: Decoder): boolean {
  const decoded = decode({ ...manifest });
  return decoded.kind === 'object' && isForeign(decoded.object) && isSame(meaning(decoded.object), meaning(policy));
}

function planOne(
  name: string,
  { server, manifest }: WantedBeside,
  present: ByName,
  { content, decode }: Beside,
): readonly Action[] {
  if (manifest === undefined) return [];
  const there = present.get(name)?.find(one => idOf(one) === idOf(manifest));
  const about = workloadRef(server);
  if (there !== undefined && !isMade(there)) {
    const writers = takenOverBy(there).join(', ') || 'somebody else';
    const note = `${there.kind} ${name} is written by ${writers}: the controller leaves it alone`;
    return [{ kind: 'event', about, reason: 'PolicyTakenOver', note }];
  }
  if (there !== undefined && saysAs(there, manifest, decode)) return [];
  const metadata = { ...marksFor(server), name, namespace: content.name };
  return [{ kind: 'apply-dialect-policy', manifest: { ...manifest, metadata }, server: about, heals: there?.meta.uid }];
}

/**
 * The policies of other APIs that are to be made, put right and taken away beside those of the controller. `wanted`: by the names of these; `kept`: the names of
 * all that stay. What stands beside a policy goes with it.
 */
export function planBeside(
  wanted: ReadonlyMap<string, WantedBeside>,
  kept: ReadonlySet<string>,
  beside: Beside,
): readonly Action[] {
  const present = ofItsKinds(beside.content);
  const named = Map.groupBy(present, ({ meta }) => meta.name);
  const applied = [...wanted].flatMap(([name, one]) => planOne(name, one, named, beside));
  if (!beside.permitted.collect) return applied;
  const isLeft = (policy: ForeignPolicy): boolean => {
    const { name } = policy.meta;
    const one = wanted.get(name);
    if (one === undefined) return !kept.has(name);
    return one.manifest === undefined || idOf(one.manifest) !== idOf(policy);
  };
  const left = present.filter(policy => isMade(policy) && !policy.meta.terminating && isLeft(policy));
  const removed = left.map(({ apiVersion, kind, meta: { namespace, name, uid } }): Action => {
    return { kind: 'delete-dialect-policy', object: { apiVersion, kind, namespace, name, uid } };
  });
  return [...applied, ...removed];
}
