import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matches } from '../../../src/core/kube/selector.ts';
import type { Labels, Requirement, Selector } from '../../../src/core/kube/types.ts';
import { NAMESPACE_NAME_LABEL } from '../../../src/core/kube/well-known-labels.ts';
import { has } from '../../../src/core/net/intervals.ts';
import { NO_PORTS, type PortSet, portRange, unionPorts } from '../../../src/core/net/ports.ts';
import { regionOf, type SelectedPods, selectionOf, subtractSelections } from '../../../src/core/netpol/region.ts';

const KEYS = ['constructor', 'app'];
const VALUES = ['a', 'b'];
/** One value more than any selector names: the infinitely many others behave alike. */
const UNIVERSE_VALUES = [...VALUES, 'zz', undefined];
const NAMES = ['gw', 'dev', 'zz'];
const PORTS = [80, 443];

const requirement = (keys: readonly string[], values: readonly string[]): fc.Arbitrary<Requirement> =>
  fc.oneof(
    fc.record({
      key: fc.constantFrom(...keys),
      operator: fc.constantFrom('In' as const, 'NotIn' as const),
      values: fc.subarray([...values], { minLength: 1 }).map(list => new Set(list)),
    }),
    fc.record({
      key: fc.constantFrom(...keys),
      operator: fc.constantFrom('Exists' as const, 'DoesNotExist' as const),
      values: fc.constant(new Set<string>()),
    }),
  );

const podSelector: fc.Arbitrary<Selector> = fc.array(requirement(KEYS, VALUES), { maxLength: 3 });
const namespaceSelector: fc.Arbitrary<Selector> = fc.array(
  fc.oneof(requirement([NAMESPACE_NAME_LABEL], ['gw', 'dev']), requirement(['app'], VALUES)),
  { maxLength: 3 },
);
const ports: fc.Arbitrary<PortSet> = fc
  .subarray(PORTS)
  .map(list => unionPorts([NO_PORTS, ...list.map(port => portRange('TCP', port, port))]));
const selection: fc.Arbitrary<SelectedPods> = fc.record({ namespaces: namespaceSelector, pods: podSelector, ports });

const labelSets: readonly Labels[] = UNIVERSE_VALUES.flatMap(first =>
  UNIVERSE_VALUES.map(
    second =>
      new Map(
        KEYS.flatMap((key, index) => {
          const value = index === 0 ? first : second;
          return value === undefined ? [] : [[key, value] as const];
        }),
      ),
  ),
);
const namespaceSets: readonly Labels[] = NAMES.flatMap(name =>
  UNIVERSE_VALUES.map(
    value => new Map([[NAMESPACE_NAME_LABEL, name], ...(value === undefined ? [] : [['app', value] as const])]),
  ),
);

const admits = (by: SelectedPods, namespace: Labels, pod: Labels, port: number): boolean =>
  matches(by.namespaces, namespace) && matches(by.pods, pod) && has(by.ports.TCP, BigInt(port));

describe('what selectors leave uncovered, against a brute force over every label set', () => {
  it('is empty if and only if every admitted pod, namespace and port is granted by some selection', () => {
    fc.assert(
      fc.property(selection, fc.array(selection, { maxLength: 4 }), (peer, grants) => {
        const region = regionOf(peer);
        const left = region === undefined ? [] : subtractSelections(region, grants);
        const uncovered = namespaceSets.some(namespace =>
          labelSets.some(pod =>
            PORTS.some(
              port => admits(peer, namespace, pod, port) && !grants.some(grant => admits(grant, namespace, pod, port)),
            ),
          ),
        );
        expect(left.length > 0).toBe(uncovered);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('what selectors leave uncovered, in more parts than are looked at', () => {
  /** `count` selections whose labels have nothing in common: together they cover few pods, in parts that double with each. */
  const grants = (count: number): readonly SelectedPods[] =>
    Array.from({ length: count }, (_, index) => ({
      namespaces: [],
      pods: ['x', 'y', 'z'].map(name => ({
        key: `${name}${index}`,
        operator: 'Exists' as const,
        values: new Set<string>(),
      })),
      ports: portRange('TCP', 80, 80),
    }));
  const anyPod: SelectedPods = { namespaces: [], pods: [], ports: portRange('TCP', 80, 80) };
  const left = (count: number): number => {
    const region = regionOf(anyPod);
    return region === undefined ? 0 : subtractSelections(region, grants(count)).length;
  };

  it.each([
    [6, 729],
    [7, 2187],
    [8, 6561],
    [9, 6561],
    [60, 6561],
  ])('of %i selections, is %i parts', (count, parts) => expect(left(count)).toBe(parts));

  it('is called uncovered even where one more selection would cover it', () => {
    const region = regionOf(anyPod);
    expect(region && subtractSelections(region, [...grants(8), anyPod]).length).toBe(6561);
    expect(region && subtractSelections(region, [...grants(7), anyPod])).toEqual([]);
  });
});

it('The selectors of a region match the same labels as those that it was made of, and of each part that is left of it the same as the part', () => {
  const labelSets: readonly Labels[] = UNIVERSE_VALUES.flatMap(app =>
    UNIVERSE_VALUES.map(
      other =>
        new Map([
          ...(app === undefined ? [] : [['app', app] as const]),
          ...(other === undefined ? [] : [['constructor', other] as const]),
        ]),
    ),
  );
  fc.assert(
    fc.property(selection, selection, (one, other) => {
      const region = regionOf(one);
      if (region === undefined) return;
      const [whole, left] = [selectionOf(region), subtractSelections(region, [other]).map(selectionOf)];
      for (const labels of labelSets)
        for (const name of NAMES) {
          const namespace = new Map([...labels, [NAMESPACE_NAME_LABEL, name]]);
          const isIn = (pods: Pick<SelectedPods, 'namespaces' | 'pods'>): boolean =>
            matches(pods.namespaces, namespace) && matches(pods.pods, labels);
          expect(isIn(whole)).toBe(isIn(one));
          const isLeft =
            isIn(one) &&
            !(
              isIn(other) &&
              PORTS.every(port => has(other.ports.TCP, BigInt(port)) || !has(one.ports.TCP, BigInt(port)))
            );
          expect(left.some(isIn)).toBe(isLeft);
        }
    }),
  );
});
