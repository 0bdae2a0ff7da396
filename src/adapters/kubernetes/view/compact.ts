import { type Fields, own } from '../../../core/kube/reading.ts';
import type { DirectionRules, KubeObject, Labels, Meta, NetworkPolicy, Workload } from '../../../core/kube/types.ts';
import { isWorkload } from '../../../core/world.ts';
import type { Sharer } from './interning.ts';

/** Where kubectl keeps the whole object a second time: as long as all the rest, and nothing is judged by it. */
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

const shareText = ({ share }: Sharer, text: string): string => share(`text ${text}`, text);

const shareLabels = ({ share }: Sharer, labels: Labels): Labels =>
  share(`labels ${JSON.stringify([...labels])}`, labels);

/** For values that JSON can tell apart. */
const sharePlain = <Value>({ share }: Sharer, sort: string, value: Value): Value =>
  share(`${sort} ${JSON.stringify(value)}`, value);

function shareAnnotations(sharer: Sharer, annotations: Labels): Labels {
  const isLong = annotations.has(LAST_APPLIED);
  const kept = isLong ? new Map([...annotations].filter(([key]) => key !== LAST_APPLIED)) : annotations;
  return shareLabels(sharer, kept);
}

function compactMeta(meta: Meta, sharer: Sharer): Meta {
  return {
    ...meta,
    namespace: shareText(sharer, meta.namespace),
    generateName: shareText(sharer, meta.generateName),
    labels: shareLabels(sharer, meta.labels),
    annotations: shareAnnotations(sharer, meta.annotations),
    owners: sharePlain(sharer, 'owners', meta.owners),
  };
}

function compactWorkload(workload: Workload, sharer: Sharer): Workload {
  return {
    ...workload,
    podLabels: shareLabels(sharer, workload.podLabels),
    podAnnotations: shareAnnotations(sharer, workload.podAnnotations),
    containers: sharePlain(sharer, 'containers', workload.containers),
    schedulingGates: sharePlain(sharer, 'gates', workload.schedulingGates),
    nodeName: shareText(sharer, workload.nodeName),
    selectorLabels: shareLabels(sharer, workload.selectorLabels),
    podSpecPath: shareText(sharer, workload.podSpecPath),
    podLabelsPath: shareText(sharer, workload.podLabelsPath),
  };
}

/** A decoded rule says what the raw rule says, and where it stands: these two are its key, shorter by far than itself. */
function compactRules(
  direction: DirectionRules,
  raw: readonly unknown[],
  name: string,
  sharer: Sharer,
): DirectionRules {
  if (!direction.isolates) return direction;
  const texts = new Map(raw.map((rule, index) => [`spec.${name}[${index}]`, JSON.stringify(rule)]));
  const rules = direction.rules.map(rule => sharer.share(`rule ${rule.path} ${texts.get(rule.path)}`, rule));
  return { isolates: true, rules };
}

function compactPolicy(policy: NetworkPolicy, raw: Fields, sharer: Sharer): NetworkPolicy {
  const value = own(raw, 'spec');
  const spec = typeof value === 'object' && value !== null ? (value as Fields) : {};
  const rules = (name: 'ingress' | 'egress'): DirectionRules => {
    const list = own(spec, name);
    return compactRules(policy[name], Array.isArray(list) ? list : [], name, sharer);
  };
  const podSelector = sharer.share(`selector ${JSON.stringify(own(spec, 'podSelector'))}`, policy.podSelector);
  return { ...policy, podSelector, ingress: rules('ingress'), egress: rules('egress') };
}

/** A decoded object in few bytes: without what is never judged, and with one body for what many objects have in common. */
export function compact(object: KubeObject, raw: Fields, sharer: Sharer): KubeObject {
  const small = { ...object, meta: compactMeta(object.meta, sharer) };
  if (isWorkload(small)) return compactWorkload(small, sharer);
  return small.kind === 'NetworkPolicy' && 'podSelector' in small && 'ingress' in small
    ? compactPolicy(small, raw, sharer)
    : small;
}
