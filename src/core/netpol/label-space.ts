import type { Labels, Requirement, Selector } from '../kube/types.ts';

/** Values that a key may have: exactly these, or any but these. Label values are without number, so the second is never empty. */
type Values = { readonly kind: 'in' | 'notIn'; readonly set: ReadonlySet<string> };

/** What is known of one key: whether it may be absent, and which values it may have when present. */
interface Domain {
  readonly absent: boolean;
  readonly values: Values;
}

/**
 * All label sets that some requirements leave over. A key without a domain is free. Never empty: emptiness is `undefined`.
 * `narrowed` stands over `base`: what a selection of pods is split into shares the domains of a selector of any length.
 */
export interface LabelSpace {
  readonly base: ReadonlyMap<string, Domain>;
  readonly narrowed: ReadonlyMap<string, Domain>;
}

const NO_DOMAINS: ReadonlyMap<string, Domain> = new Map();

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

const domainAt = ({ base, narrowed }: LabelSpace, key: string): Domain | undefined =>
  narrowed.get(key) ?? base.get(key);

/** The label sets of the space that meet the requirement; `undefined` when there is none. Costs what was narrowed since {@link spaceOf}. */
export function restrict(space: LabelSpace, requirement: Requirement): LabelSpace | undefined {
  const known = domainAt(space, requirement.key);
  const asked = domainOf(requirement);
  const domain = known
    ? { absent: known.absent && asked.absent, values: intersectValues(known.values, asked.values) }
    : asked;
  if (isEmpty(domain)) return undefined;
  return { base: space.base, narrowed: new Map(space.narrowed).set(requirement.key, domain) };
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

/** The values that all of these leave. Linear: a value is looked for in no more sets than hold it, and in one that does not. */
function intersectAll(all: readonly Values[]): Values {
  const of = (kind: Values['kind']): readonly ReadonlySet<string>[] =>
    all.filter(values => values.kind === kind).map(({ set }) => set);
  const barred = new Set(of('notIn').flatMap(set => [...set]));
  const [first, ...more] = of('in');
  if (first === undefined) return { kind: 'notIn', set: barred };
  const left = [...first].filter(value => !barred.has(value) && more.every(set => set.has(value)));
  return { kind: 'in', set: new Set(left) };
}

function intersectDomains(domains: readonly Domain[]): Domain {
  const [only] = domains;
  if (only !== undefined && domains.length === 1) return only;
  return { absent: domains.every(({ absent }) => absent), values: intersectAll(domains.map(({ values }) => values)) };
}

/** The label sets that the selector matches; `undefined` when there is none. Linear in the values of the selector. */
export function spaceOf(selector: Selector): LabelSpace | undefined {
  const base = new Map<string, Domain>();
  for (const [key, requirements] of Map.groupBy(selector, requirement => requirement.key)) {
    const domain = intersectDomains(requirements.map(domainOf));
    if (isEmpty(domain)) return undefined;
    base.set(key, domain);
  }
  return { base, narrowed: NO_DOMAINS };
}

/** A value that the set does not hold, readable in a message. */
function freshValue(taken: ReadonlySet<string>, wish: string): string {
  let value = wish;
  for (let count = 2; taken.has(value); count += 1) value = `${wish}-${count}`;
  return value;
}

/** One value that the key may have; `undefined` where the key may be absent or is free. */
export function exampleValue(space: LabelSpace, key: string, wish: string): string | undefined {
  const domain = domainAt(space, key);
  if (domain === undefined || domain.absent) return undefined;
  const { kind, set } = domain.values;
  return kind === 'in' ? [...set].sort()[0] : freshValue(set, wish);
}

/** The smallest label set of the space: keys that may be absent are. Sorted by key. */
export function exampleLabels(space: LabelSpace): Labels {
  const keys = new Set(space.base.keys()).union(new Set(space.narrowed.keys()));
  const labels = new Map<string, string>();
  for (const key of [...keys].sort()) {
    const value = exampleValue(space, key, 'other');
    if (value !== undefined) labels.set(key, value);
  }
  return labels;
}

const EXISTS = { operator: 'Exists', values: new Set<string>() } as const;
const DOES_NOT_EXIST = { operator: 'DoesNotExist', values: new Set<string>() } as const;

/** Requirements that the label sets of the space meet, and no others. */
export function requirementsOf({ base, narrowed }: LabelSpace): Selector {
  return [...new Map([...base, ...narrowed])].flatMap(([key, { absent, values }]): Selector => {
    // A key that may be absent has any value but some, or none at all.
    if (values.kind === 'in')
      return [absent ? { key, ...DOES_NOT_EXIST } : { key, operator: 'In', values: values.set }];
    const others: Selector = values.set.size === 0 ? [] : [{ key, operator: 'NotIn', values: values.set }];
    return absent ? others : [{ key, ...EXISTS }, ...others];
  });
}
