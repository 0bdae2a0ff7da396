import { MODE_LABEL } from '../../core/gate/effective-mode.ts';
import { OWN_GROUP } from '../../core/kube/own-kinds.ts';
import { type Fields, fieldsAt, isFields, own } from '../../core/kube/reading.ts';
import type { KubeObject } from '../../core/kube/types.ts';
import { isSame } from '../../core/same.ts';
import {
  isEndpoints,
  isNetworkPolicy,
  isOfOtherApi,
  isRoute,
  isService,
  isWorkload,
} from '../../core/world/object-kinds.ts';
import type { Review } from '../admission/review.ts';
import type { ChangeKind } from './line.ts';

/** What `kubectl rollout restart` writes into the template. */
const RESTARTED = 'kubectl.kubernetes.io/restartedAt';

/** What an object is to the servers beside it. */
function kindOf(object: KubeObject | undefined): readonly ChangeKind[] {
  if (object === undefined || isWorkload(object)) return [];
  if (isNetworkPolicy(object) || isOfOtherApi(object)) return ['policy'];
  if (isService(object) || isEndpoints(object)) return ['service'];
  return isRoute(object) ? ['route'] : [];
}

const specOf = (object: Fields): Fields => fieldsAt(object, 'spec');
const templateOf = (object: Fields): Fields => fieldsAt(specOf(object), 'template');
const annotationsOf = (template: Fields): Fields => fieldsAt(fieldsAt(template, 'metadata'), 'annotations');
/** What new Pods are given by their template: by the labels policies and Services select them, and either of them makes new Pods. */
const metadataOf = (template: Fields): unknown => [
  fieldsAt(fieldsAt(template, 'metadata'), 'labels'),
  Object.entries(annotationsOf(template)).filter(([key]) => key !== RESTARTED),
];

/** The pod template, or the Pod itself. */
const podOf = (object: Fields): Fields => (own(object, 'kind') === 'Pod' ? object : templateOf(object));

function containersOf(object: Fields): readonly Fields[] {
  const spec = specOf(podOf(object));
  return ['initContainers', 'containers'].flatMap(key => {
    const list = own(spec, key);
    return Array.isArray(list) ? list.filter(isFields) : [];
  });
}

const imagesOf = (object: Fields): readonly unknown[] => containersOf(object).map(container => own(container, 'image'));
const withoutImages = (object: Fields): unknown => [
  containersOf(object).map(({ image: _, ...rest }) => rest),
  Object.entries(specOf(podOf(object))).filter(([key]) => key !== 'containers' && key !== 'initContainers'),
  metadataOf(templateOf(object)),
];

/** Each sort of update, and what differs then. */
const UPDATES: readonly (readonly [ChangeKind, (object: Fields) => unknown])[] = [
  ['scale', object => own(specOf(object), 'replicas')],
  ['restart', object => own(annotationsOf(templateOf(object)), RESTARTED)],
  ['image', imagesOf],
  ['configuration', withoutImages],
];

const modeOf = (object: Fields): unknown => own(fieldsAt(fieldsAt(object, 'metadata'), 'labels'), MODE_LABEL);

/** What our own kinds are to the gate. */
const OWN_KINDS: ReadonlyMap<string, ChangeKind> = new Map([
  ['GatePolicy', 'gate-policy'],
  ['GateException', 'exception'],
]);

/** What a change makes of the gate itself: of the label that sets a namespace's mode, where it is another one, its first one, or goes with it, and of our own kinds. */
export function gateChanges({ kind, object, oldObject }: Review): readonly ChangeKind[] {
  const ownKind = kind.group === OWN_GROUP ? OWN_KINDS.get(kind.kind) : undefined;
  if (ownKind !== undefined) return [ownKind];
  if (kind.group !== '' || kind.kind !== 'Namespace') return [];
  return (object && modeOf(object)) === (oldObject && modeOf(oldObject)) ? [] : ['mode'];
}

/** What sort of change a review is about. Of an update of a workload that is not harmless, what differs: that costs what the object holds. */
export function changeKinds(
  review: Review,
  object: KubeObject | undefined,
  isHarmless: boolean,
): readonly ChangeKind[] {
  const { operation, subResource, object: after, oldObject: before } = review;
  if (operation === 'CONNECT') return [];
  // An eviction is asked for by making one.
  if (subResource === 'eviction') return ['delete'];
  const kinds = [...kindOf(object), ...gateChanges(review)];
  if (operation === 'CREATE') return ['create', ...kinds];
  // A label that goes with its namespace lowers and raises nothing.
  if (operation === 'DELETE') return ['delete', ...kinds.filter(kind => kind !== 'mode')];
  if (subResource === 'scale') return ['scale'];
  const isTold = !isHarmless && object !== undefined && isWorkload(object);
  if (!isTold || before === undefined || after === undefined) return ['update', ...kinds];
  const told = UPDATES.filter(([, part]) => !isSame(part(before), part(after))).map(([kind]) => kind);
  return told.length > 0 ? told : ['update'];
}
