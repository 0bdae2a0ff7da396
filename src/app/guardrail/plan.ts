import { discoverDataplane } from '../../core/gate/dataplane.ts';
import { BUILTIN_DATA } from '../../core/gate/document/builtin.ts';
import type { GatePolicy } from '../../core/gate/types.ts';
import type { KubeObject } from '../../core/kube/types.ts';
import { enforcingNamespaces, type GuardrailManifest } from '../../core/remedy/guardrail.ts';
import { GUARDRAIL_OBJECTS, servedGuardrailApi } from '../../core/remedy/guardrail-api.ts';
import { guardrailApiOf, guardrailManifests } from '../../core/remedy/guardrail-manifests.ts';
import type { World } from '../../core/world/world.ts';
import { MANAGED_BY_LABEL, MANAGER } from '../controller/made-policy.ts';

/** An object of a guardrail that the cluster holds. */
export interface StoredGuardrail {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  /** It bears the controller's mark. */
  readonly isMarked: boolean;
}

/** What is wanted of the cluster: objects in the order in which they are made, or none, and then why where the configuration asks for some. */
export interface WantedGuardrail {
  readonly manifests: readonly GuardrailManifest[];
  readonly reason?: string;
}

/** One thing to be done. Each is safe alone, and safe to do twice. */
export type GuardrailAction =
  | { readonly kind: 'apply'; readonly manifest: GuardrailManifest }
  | { readonly kind: 'delete'; readonly object: StoredGuardrail }
  /** Somebody else's object has the name: it is left alone. */
  | { readonly kind: 'yield'; readonly object: StoredGuardrail };

const NOTHING: WantedGuardrail = { manifests: [] };

/** The group and kind, whatever the version. */
const idOf = ({ apiVersion, kind }: { readonly apiVersion: string; readonly kind: string }): string =>
  `${apiVersion.split('/')[0]}/${kind}`;

const marked = (manifest: GuardrailManifest): GuardrailManifest => ({
  ...manifest,
  metadata: { ...manifest.metadata, labels: { [MANAGED_BY_LABEL]: MANAGER } },
});

/**
 * The guardrail of a configuration in the API that the cluster enforces best: that of its dataplane, as far as the cluster serves it. `isServed`: by
 * `group/Kind`. Where no namespace may enforce there is none.
 */
export function wantedGuardrail(policy: GatePolicy, world: World, isServed: (id: string) => boolean): WantedGuardrail {
  const { gateways } = policy;
  if (!policy.guardrail || policy.modeLimit !== 'enforce') return NOTHING;
  if (gateways.kind !== 'configured') return { ...NOTHING, reason: 'no gateway is configured' };
  const dataplane = policy.dataplane ?? discoverDataplane(world, BUILTIN_DATA.dataplanes);
  const writing = { ...policy, gateways, dataplane };
  const api = servedGuardrailApi(guardrailApiOf(writing), isServed);
  if (api === undefined) return { ...NOTHING, reason: 'the cluster serves no API in which one can be written' };
  const manifests = guardrailManifests(writing, api, enforcingNamespaces(policy));
  if (manifests === undefined) return { ...NOTHING, reason: 'so many grants cannot be told from everybody else' };
  return { manifests: manifests.map(marked) };
}

function storedOf(object: KubeObject & { readonly apiVersion: string }): readonly StoredGuardrail[] {
  const { apiVersion, kind, meta } = object;
  if (GUARDRAIL_OBJECTS.get(idOf(object)) !== meta.name) return [];
  const isMarked = meta.labels.get(MANAGED_BY_LABEL) === MANAGER;
  return [{ apiVersion, kind, name: meta.name, uid: meta.uid, isMarked }];
}

/** Objects that have the name of one of a guardrail, in any of the APIs. */
export const storedGuardrails = ({ clusterPolicies, calico }: World): readonly StoredGuardrail[] =>
  [...clusterPolicies, ...calico.tiers].flatMap(storedOf);

/**
 * What is to be done. `applied`: what was applied last of each object by this process, as {@link keyOf} names it; what was applied and is still there is left as it is,
 * whoever has changed it since.
 */
export function planGuardrail(
  { manifests, reason }: WantedGuardrail,
  stored: readonly StoredGuardrail[],
  applied: ReadonlyMap<string, string>,
): readonly GuardrailAction[] {
  const wanted = manifests.flatMap((manifest): readonly GuardrailAction[] => {
    const object = stored.find(one => keyOf(one) === keyOf({ ...manifest, name: manifest.metadata.name }));
    if (object !== undefined && !object.isMarked) return [{ kind: 'yield', object }];
    const isDone = object !== undefined && applied.get(keyOf(object)) === JSON.stringify(manifest);
    return isDone ? [] : [{ kind: 'apply', manifest }];
  });
  // Where none can be written for want of something, what is there is better than nothing.
  if (reason !== undefined) return wanted;
  const names = new Set(manifests.map(manifest => keyOf({ ...manifest, name: manifest.metadata.name })));
  const left = stored.filter(object => object.isMarked && !names.has(keyOf(object)));
  // A tier can go once nothing is in it.
  const inOrder = [...left.filter(({ kind }) => kind !== 'Tier'), ...left.filter(({ kind }) => kind === 'Tier')];
  return [...wanted, ...inOrder.map((object): GuardrailAction => ({ kind: 'delete', object }))];
}

/** Tells one object of a guardrail from another. */
export const keyOf = (object: { readonly apiVersion: string; readonly kind: string; readonly name: string }): string =>
  `${idOf(object)}/${object.name}`;
