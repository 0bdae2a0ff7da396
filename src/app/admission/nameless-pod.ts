import { toldOf } from '../../core/decision.ts';
import { isObjectName } from '../../core/kube/decode-meta.ts';
import { type Fields, fieldsAt, isFields, own } from '../../core/kube/reading.ts';
import type { Workload } from '../../core/kube/types.ts';
import { decisionNamed, isSaidOfAnyName } from '../../core/pod-names.ts';
import { isWorkload } from '../../core/world/object-kinds.ts';
import type { JudgedServer } from './judge-review.ts';
import type { ReadChange } from './read-change.ts';
import type { Review } from './review.ts';

/** The volume of the token that the API server adds to each Pod, by a name of its own. Source: k8s.io/kubernetes/plugin/pkg/admission/serviceaccount, generateName. */
const TOKEN_VOLUME = /^kube-api-access-[bcdfghjklmnpqrstvwxz2456789]{5}$/;

const namesIn = (list: unknown): readonly unknown[] =>
  Array.isArray(list) ? list.map((item: unknown) => (isFields(item) ? item.name : undefined)) : [];

const mountsIn = (containers: unknown): readonly unknown[] =>
  Array.isArray(containers)
    ? containers.flatMap((one: unknown) => (isFields(one) ? namesIn(one.volumeMounts) : []))
    : [];

/** The text of a Pod without the name of the volume of its token, which is as long in each and by which nothing is judged; as it is where that stands elsewhere too. */
function withoutToken(text: string, { volumes, containers, initContainers }: Fields): string {
  const names = namesIn(volumes);
  const token = names.find(name => typeof name === 'string' && TOKEN_VOLUME.test(name));
  if (token === undefined) return text;
  const places = [...names, ...mountsIn(containers), ...mountsIn(initContainers)].filter(name => name === token);
  const parts = text.split(`"${token}"`);
  return parts.length === places.length + 1 ? parts.join('""') : text;
}

/**
 * What a review that creates a Pod says but for what differs between Pods that one controller makes of one template, as text: their names and those of the
 * volumes of their tokens; of the name its length is told. `request`: the rest of the review. `undefined`: it is no such review, or its name or what it
 * holds cannot be read. Throws a RangeError where it is nested too deep.
 */
export function textOfPod(
  { operation, kind, subResource, name }: Review,
  pod: Fields,
  request: readonly unknown[],
): string | undefined {
  const isPod = kind.kind === 'Pod' && kind.group === '' && subResource === '';
  const [metadata, spec] = [fieldsAt(pod, 'metadata'), own(pod, 'spec')];
  const isNamed = own(metadata, 'name') === name && isObjectName(name);
  if (!isPod || operation !== 'CREATE' || !isNamed || !isFields(spec)) return undefined;
  const nameless = { ...pod, metadata: { ...metadata, name: null } };
  return withoutToken(JSON.stringify(['a Pod of any name', name.length, nameless, ...request]), spec);
}

/** The Pod that a review creates, where it creates one and all of it could be read. */
export function podCreatedBy(read: ReadChange): Workload | undefined {
  if (read.kind !== 'change' || read.unread !== undefined) return undefined;
  const { before, after } = read.change;
  return before === undefined && after !== undefined && isWorkload(after) && after.kind === 'Pod' ? after : undefined;
}

/** As {@link isSaidOfAnyName}. */
export const isSaidOfAnyPod = ({ decision, causes }: JudgedServer): boolean =>
  causes.length === 0 && isSaidOfAnyName(decision);

/** What was judged of a Pod, as it is of one of this name that is alike. */
export function serverNamed(server: JudgedServer, name: string): JudgedServer {
  const decision = decisionNamed(server.decision, name);
  const told = toldOf(decision.subject);
  return { ...server, decision, faults: server.faults.map(told), remarks: server.remarks.map(told) };
}
