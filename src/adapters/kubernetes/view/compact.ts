import { type Fields, fieldsAt, own } from '../../../core/kube/reading.ts';
import { isTooLarge } from '../../../core/kube/size.ts';
import type { PlacedPolicy, TierRule, TierRules } from '../../../core/kube/tiers.ts';
import type {
  Direction,
  DirectionRules,
  ForeignPolicy,
  KubeObject,
  Labels,
  Meta,
  NetworkPolicy,
  Workload,
} from '../../../core/kube/types.ts';
import { LAST_APPLIED } from '../../../core/kube/well-known-labels.ts';
import { isForeign, isWorkload } from '../../../core/world/object-kinds.ts';
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

const NOT_ISOLATED: DirectionRules = { isolates: false };

/** Decoded rules say what the raw ones say, and where they stand: those are their key, shorter by far than themselves. */
function compactRules(direction: DirectionRules, raw: unknown, name: Direction, { intern }: Interner): DirectionRules {
  if (!direction.isolates) return NOT_ISOLATED;
  const texts = (Array.isArray(raw) ? raw : []).map(rule => JSON.stringify(rule));
  // Of rules that could not all be read, which is which is not known.
  if (texts.length !== direction.rules.length) return direction;
  return intern(`${name} ${texts.join()}`, {
    isolates: true,
    rules: direction.rules.map((rule, index) => intern(`rule ${rule.path} ${texts[index]}`, rule)),
  });
}

function compactPolicy(policy: NetworkPolicy, raw: Fields, interner: Interner): NetworkPolicy {
  // Its outline says less than the raw object.
  if (isTooLarge(policy)) return policy;
  const spec = fieldsAt(raw, 'spec');
  const rules = (name: Direction): DirectionRules => compactRules(policy[name], own(spec, name), name, interner);
  return {
    ...policy,
    podSelector: interner.intern(`selector ${JSON.stringify(own(spec, 'podSelector'))}`, policy.podSelector),
    ingress: rules('ingress'),
    egress: rules('egress'),
    specManagers: internPlain(interner, 'managers', policy.specManagers),
  };
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
