import { type Fields, own } from '../../../core/kube/reading.ts';
import type { PlacedPolicy, TierRule, TierRules } from '../../../core/kube/tiers.ts';
import type {
  DirectionRules,
  ForeignPolicy,
  KubeObject,
  Labels,
  Meta,
  NetworkPolicy,
  Workload,
} from '../../../core/kube/types.ts';
import { LAST_APPLIED } from '../../../core/kube/well-known-labels.ts';
import { isForeign, isWorkload } from '../../../core/world.ts';
import type { Interner } from './interning.ts';

const internText = ({ intern }: Interner, text: string): string => intern(`text ${text}`, text);

const internLabels = ({ intern }: Interner, labels: Labels): Labels =>
  intern(`labels ${JSON.stringify([...labels])}`, labels);

/** For values that JSON can tell apart. */
const internPlain = <Value>({ intern }: Interner, sort: string, value: Value): Value =>
  intern(`${sort} ${JSON.stringify(value)}`, value);

function internAnnotations(interner: Interner, annotations: Labels): Labels {
  const isLong = annotations.has(LAST_APPLIED);
  const kept = isLong ? new Map([...annotations].filter(([key]) => key !== LAST_APPLIED)) : annotations;
  return internLabels(interner, kept);
}

function compactMeta(meta: Meta, interner: Interner): Meta {
  return {
    ...meta,
    namespace: internText(interner, meta.namespace),
    generateName: internText(interner, meta.generateName),
    labels: internLabels(interner, meta.labels),
    annotations: internAnnotations(interner, meta.annotations),
    owners: internPlain(interner, 'owners', meta.owners),
  };
}

function compactWorkload(workload: Workload, interner: Interner): Workload {
  return {
    ...workload,
    podLabels: internLabels(interner, workload.podLabels),
    podAnnotations: internAnnotations(interner, workload.podAnnotations),
    containers: internPlain(interner, 'containers', workload.containers),
    schedulingGates: internPlain(interner, 'gates', workload.schedulingGates),
    nodeName: internText(interner, workload.nodeName),
    hostIPs: internPlain(interner, 'hosts', workload.hostIPs),
    serviceAccount: internText(interner, workload.serviceAccount),
    selectorLabels: internLabels(interner, workload.selectorLabels),
    podSpecPath: internText(interner, workload.podSpecPath),
    podLabelsPath: internText(interner, workload.podLabelsPath),
  };
}

/** A decoded rule says what the raw rule says, and where it stands: these two are its key, shorter by far than itself. */
function compactRules(
  direction: DirectionRules,
  raw: readonly unknown[],
  name: string,
  interner: Interner,
): DirectionRules {
  if (!direction.isolates) return direction;
  const texts = new Map(raw.map((rule, index) => [`spec.${name}[${index}]`, JSON.stringify(rule)]));
  const rules = direction.rules.map(rule => interner.intern(`rule ${rule.path} ${texts.get(rule.path)}`, rule));
  return { isolates: true, rules };
}

function compactPolicy(policy: NetworkPolicy, raw: Fields, interner: Interner): NetworkPolicy {
  const value = own(raw, 'spec');
  const spec = typeof value === 'object' && value !== null ? (value as Fields) : {};
  const rules = (name: 'ingress' | 'egress'): DirectionRules => {
    const list = own(spec, name);
    return compactRules(policy[name], Array.isArray(list) ? list : [], name, interner);
  };
  const podSelector = interner.intern(`selector ${JSON.stringify(own(spec, 'podSelector'))}`, policy.podSelector);
  return { ...policy, podSelector, ingress: rules('ingress'), egress: rules('egress') };
}

/** Sets as lists, and whole numbers of any length as text: a field holds one sort of value, so that JSON tells values of it apart. */
const asPlain = (_key: string, value: unknown): unknown => {
  if (value instanceof Set || value instanceof Map) return [...value];
  return typeof value === 'bigint' ? `${value}` : value;
};

const internDeep = <Value>({ intern }: Interner, sort: string, value: Value): Value =>
  intern(`${sort} ${JSON.stringify(value, asPlain)}`, value);

function compactTier({ tier, policy }: PlacedPolicy, interner: Interner): PlacedPolicy {
  // Of a rule that is like no other, the ports are most often like those of others.
  const compactRule = (rule: TierRule): TierRule =>
    internDeep(interner, 'tier rule', {
      ...rule,
      path: internText(interner, rule.path),
      ports: internDeep(interner, 'tier ports', rule.ports),
    });
  const compactRules = (rules: TierRules): TierRules => ({ ...rules, rules: rules.rules.map(compactRule) });
  const { ingress, egress } = policy;
  return {
    tier,
    policy: {
      ...policy,
      subject: internDeep(interner, 'subject', policy.subject),
      ...(ingress && { ingress: compactRules(ingress) }),
      ...(egress && { egress: compactRules(egress) }),
    },
  };
}

function compactForeign(policy: ForeignPolicy, interner: Interner): ForeignPolicy {
  const { podSelector, specManagers, says } = policy;
  return {
    ...policy,
    podSelector: podSelector && internDeep(interner, 'selector', podSelector),
    says: says?.map(placed => compactTier(placed, interner)),
    ...(specManagers && { specManagers: internPlain(interner, 'managers', specManagers) }),
  };
}

/** A decoded object in few bytes: without what is never judged, and with one body for what many objects have in common. */
export function compact(object: KubeObject, raw: Fields, interner: Interner): KubeObject {
  const small = { ...object, meta: compactMeta(object.meta, interner) };
  if (isWorkload(small)) return compactWorkload(small, interner);
  if (isForeign(small)) return compactForeign(small, interner);
  return small.kind === 'NetworkPolicy' && 'podSelector' in small && 'ingress' in small
    ? compactPolicy(small, raw, interner)
    : small;
}
