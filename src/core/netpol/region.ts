import type { PodPeer, Requirement, Selector } from '../kube/types.ts';
import { NAMESPACE_NAME_LABEL } from '../kube/well-known-labels.ts';
import { listed } from '../listed.ts';
import { containsPorts, intersectPorts, isNoPort, type PortSet, subtractPorts } from '../net/ports.ts';
import {
  exampleLabels,
  exampleValue,
  type LabelSpace,
  negate,
  requirementsOf,
  restrict,
  restrictAll,
  spaceOf,
} from './label-space.ts';

/** Pods by the labels of their namespace and their own, existing or not, with the ports that they reach or are reached on. */
export interface Region {
  readonly namespaces: LabelSpace;
  readonly pods: LabelSpace;
  readonly ports: PortSet;
}

/** A peer with its namespaces written out: `own` is the namespace of that name. */
export interface SelectedPods {
  readonly namespaces: Selector;
  readonly pods: Selector;
  readonly ports: PortSet;
}

const NAME_EXISTS: Requirement = { key: NAMESPACE_NAME_LABEL, operator: 'Exists', values: new Set() };

/** The requirement that a namespace is the one of this name: by the one label that nobody can forge. */
export function namespaceIs(name: string): Selector {
  return [{ key: NAMESPACE_NAME_LABEL, operator: 'In', values: new Set([name]) }];
}

/** The pods of a peer of a policy or grant that belongs to `ownNamespace`. */
export function selectedPods(peer: PodPeer, ownNamespace: string, ports: PortSet): SelectedPods {
  return {
    namespaces: peer.namespaces === 'own' ? namespaceIs(ownNamespace) : peer.namespaces,
    pods: peer.pods,
    ports,
  };
}

/** What the selectors match; `undefined` when they contradict themselves or there is no port: then it admits nobody. */
export function regionOf({ namespaces, pods, ports }: SelectedPods): Region | undefined {
  const named = spaceOf([NAME_EXISTS, ...namespaces]);
  const labelled = spaceOf(pods);
  return named && labelled && !isNoPort(ports) ? { namespaces: named, pods: labelled, ports } : undefined;
}

/** The selectors that match the pods of a region, and no others. Every namespace has the label of its name. */
export const selectionOf = ({ namespaces, pods, ports }: Region): SelectedPods => ({
  namespaces: requirementsOf(namespaces).filter(
    ({ key, operator }) => key !== NAMESPACE_NAME_LABEL || operator !== 'Exists',
  ),
  pods: requirementsOf(pods),
  ports,
});

/** Whether some pod may be in the region and in the selection, on a common port. */
export function overlaps(region: Region, selection: SelectedPods): boolean {
  return (
    restrictAll(region.namespaces, selection.namespaces) !== undefined &&
    restrictAll(region.pods, selection.pods) !== undefined &&
    !isNoPort(intersectPorts(region.ports, selection.ports))
  );
}

/** What a region and a selection have in common; nothing where no pod may be in both. */
export function intersectSelection(region: Region, selection: SelectedPods): readonly Region[] {
  const namespaces = restrictAll(region.namespaces, selection.namespaces);
  const pods = restrictAll(region.pods, selection.pods);
  const ports = intersectPorts(region.ports, selection.ports);
  return namespaces && pods && !isNoPort(ports) ? [{ namespaces, pods, ports }] : [];
}

/**
 * The parts of one label space outside a selector, disjoint, and the part inside.
 * Walking the requirements, each part outside meets all earlier ones and not this one.
 */
function split(
  space: LabelSpace,
  selector: Selector,
): { readonly outside: readonly LabelSpace[]; readonly inside: LabelSpace } {
  const outside: LabelSpace[] = [];
  let inside = space;
  for (const requirement of selector) {
    const without = restrict(inside, negate(requirement));
    if (without !== undefined) outside.push(without);
    inside = restrict(inside, requirement) ?? inside;
  }
  return { outside, inside };
}

function subtractOne(region: Region, selection: SelectedPods): readonly Region[] {
  if (!overlaps(region, selection)) return [region];
  const namespaces = split(region.namespaces, selection.namespaces);
  const pods = split(region.pods, selection.pods);
  const ports = subtractPorts(region.ports, selection.ports);
  return [
    ...namespaces.outside.map(outside => ({ ...region, namespaces: outside })),
    ...pods.outside.map(outside => ({ ...region, namespaces: namespaces.inside, pods: outside })),
    ...(isNoPort(ports) ? [] : [{ namespaces: namespaces.inside, pods: pods.inside, ports }]),
  ];
}

/** So many parts that the rest is called uncovered: the answer stays on the safe side. */
const MAX_PARTS = 4096;

/**
 * What of a region none of the selections covers, as disjoint parts: empty if and only if the region is implied by them, taken together.
 * Exact over In, NotIn, Exists and DoesNotExist, up to {@link MAX_PARTS}.
 */
export function subtractSelections(region: Region, selections: readonly SelectedPods[]): readonly Region[] {
  let parts: readonly Region[] = [region];
  for (const selection of selections) {
    if (parts.length > MAX_PARTS) return parts;
    parts = parts.flatMap(part => subtractOne(part, selection));
  }
  return parts;
}

const isNarrower = (narrow: Requirement, wide: Requirement): boolean =>
  narrow.key === wide.key &&
  narrow.operator === 'In' &&
  wide.operator === 'In' &&
  narrow.values.isSubsetOf(wide.values);

const eachIsMet = (narrow: Selector, wide: Selector): boolean =>
  wide.every(asked => narrow.some(given => isNarrower(given, asked)));

/**
 * Whether a selection lies inside another as plainly as most do: each label that the wide one asks for, the narrow one asks for with the same values or fewer.
 * True proves it; false proves nothing. A sixth of the cost of {@link subtractSelections}.
 */
export function plainlyInside(narrow: SelectedPods, wide: SelectedPods): boolean {
  return (
    eachIsMet(narrow.pods, wide.pods) &&
    eachIsMet(narrow.namespaces, wide.namespaces) &&
    containsPorts(wide.ports, narrow.ports)
  );
}

/** One pod of the region in words. */
export function describePod(region: Region): string {
  const namespace = exampleValue(region.namespaces, NAMESPACE_NAME_LABEL, 'another-namespace') ?? 'another-namespace';
  const labels = exampleLabels(region.pods);
  const extra = new Map([...exampleLabels(region.namespaces)].filter(([key]) => key !== NAMESPACE_NAME_LABEL));
  const text = (of: ReadonlyMap<string, string>): string =>
    `{${listed(Array.from(of, ([key, value]) => `${key}=${value}`))}}`;
  const pod = labels.size === 0 ? 'any pod' : `a pod labelled ${text(labels)}`;
  return `${pod} in namespace ${namespace}${extra.size === 0 ? '' : ` labelled ${text(extra)}`}`;
}
