import type { Labels, Requirement, Selector } from '../kube/types.ts';

/** Values that a key may have: exactly these, or any but these. Label values are without number, so the second is never empty. */
type Values = { readonly kind: 'in' | 'notIn'; readonly set: ReadonlySet<string> };

/** What is known of one key: whether it may be absent, and which values it may have when present. */
interface Domain {
  readonly absent: boolean;
  readonly values: Values;
}

/** All label sets that some requirements leave over. A key without a domain is free. Never empty: emptiness is `undefined`. */
export type LabelSpace = ReadonlyMap<string, Domain>;

/** Every label set there is. */
export const ALL_LABELS: LabelSpace = new Map();

const NONE: Values = { kind: 'in', set: new Set() };
const ANY: Values = { kind: 'notIn', set: new Set() };

function domainOf({ operator, values }: Requirement): Domain {
  switch (operator) {
    case 'In':
      return { absent: false, values: { kind: 'in', set: values } };
    case 'NotIn':
      return { absent: true, values: { kind: 'notIn', set: values } };
    case 'Exists':
      return { absent: false, values: ANY };
    case 'DoesNotExist':
      return { absent: true, values: NONE };
  }
}

const COMPLEMENT: Readonly<Record<Requirement['operator'], Requirement['operator']>> = {
  In: 'NotIn',
  NotIn: 'In',
  Exists: 'DoesNotExist',
  DoesNotExist: 'Exists',
};

/** The requirement that holds exactly where this one does not. */
export function negate(requirement: Requirement): Requirement {
  return { ...requirement, operator: COMPLEMENT[requirement.operator] };
}

function intersectValues(a: Values, b: Values): Values {
  if (a.kind === 'notIn')
    return b.kind === 'notIn' ? { kind: 'notIn', set: a.set.union(b.set) } : intersectValues(b, a);
  return { kind: 'in', set: b.kind === 'in' ? a.set.intersection(b.set) : a.set.difference(b.set) };
}

const isEmpty = ({ absent, values }: Domain): boolean => !absent && values.kind === 'in' && values.set.size === 0;

/** The label sets of the space that meet the requirement; `undefined` when there is none. */
export function restrict(space: LabelSpace, requirement: Requirement): LabelSpace | undefined {
  const known = space.get(requirement.key);
  const asked = domainOf(requirement);
  const domain = known
    ? { absent: known.absent && asked.absent, values: intersectValues(known.values, asked.values) }
    : asked;
  return isEmpty(domain) ? undefined : new Map([...space, [requirement.key, domain]]);
}

/** The label sets of the space that the selector matches; `undefined` when there is none. */
export function restrictAll(space: LabelSpace, selector: Selector): LabelSpace | undefined {
  let rest: LabelSpace | undefined = space;
  for (const requirement of selector) {
    rest = rest && restrict(rest, requirement);
    if (rest === undefined) return undefined;
  }
  return rest;
}

/** A value that the set does not hold, readable in a message. */
function freshValue(taken: ReadonlySet<string>, wish: string): string {
  let value = wish;
  for (let count = 2; taken.has(value); count += 1) value = `${wish}-${count}`;
  return value;
}

/** One value that the key may have; `undefined` where the key may be absent or is free. */
export function exampleValue(space: LabelSpace, key: string, wish: string): string | undefined {
  const domain = space.get(key);
  if (domain === undefined || domain.absent) return undefined;
  const { kind, set } = domain.values;
  return kind === 'in' ? [...set].sort()[0] : freshValue(set, wish);
}

/** The smallest label set of the space: keys that may be absent are. */
export function exampleLabels(space: LabelSpace): Labels {
  const labels = new Map<string, string>();
  for (const key of [...space.keys()].sort()) {
    const value = exampleValue(space, key, 'other');
    if (value !== undefined) labels.set(key, value);
  }
  return labels;
}
