import type { Labels, Requirement, Selector } from './kube/types.ts';
import { BINDING_LABELS, CONTROLLER_KEYS } from './kube/workload-kinds.ts';

/** Labels that may still become anything on the pods of some workload: what a selector asks of them tells nothing yet. */
const OPEN_LABELS: ReadonlySet<string> = new Set([...BINDING_LABELS, ...CONTROLLER_KEYS]);

const labelKey = (key: string, value: string): string => `${key}\u0000${value}`;

/** Labels of which pods must bear one to be selected, as label keys; `undefined`: the selector asks for no value that is known beforehand. */
export type Pivot = readonly string[] | undefined;

/** Of all that a selector asks for, what the fewest pods have. `count`: how many pods bear a label. */
export function pivotOf(selector: Selector, count: (label: string) => number): Pivot {
  const labelsOf = ({ key, values }: Requirement): readonly string[] => [...values].map(value => labelKey(key, value));
  const total = (labels: readonly string[]): number => labels.reduce((sum, label) => sum + count(label), 0);
  return selector
    .filter(({ key, operator }) => operator === 'In' && !OPEN_LABELS.has(key))
    .map(labelsOf)
    .reduce<Pivot>((least, labels) => (least && total(least) <= total(labels) ? least : labels), undefined);
}

/** Each label of these as a label key. */
export const labelKeys = (labels: Labels): readonly string[] =>
  Array.from(labels, ([key, value]) => labelKey(key, value));

/** Things that select pods, by what their selectors ask for. */
export interface SelectorIndex<Item> {
  /** Puts an item in, in place of the one of its name. */
  put(name: string, item: Item, selector: Selector): void;
  has(name: string): boolean;
  /** All that may select pods with some of these labels, and perhaps more, in the order in which their names were first put in. */
  candidates(labels: Iterable<string>): ReadonlyMap<string, Item>;
}

interface IndexedItem<Item> {
  readonly order: number;
  readonly name: string;
  readonly item: Item;
}

export function createSelectorIndex<Item>(count: (label: string) => number): SelectorIndex<Item> {
  const entries = new Map<string, IndexedItem<Item>>();
  const unknown = new Set<string>();
  const byLabel = new Map<string, Set<string>>();
  const namesOf = (pivot: Pivot): readonly Set<string>[] =>
    pivot?.map(label => {
      const names = byLabel.get(label) ?? new Set();
      byLabel.set(label, names);
      return names;
    }) ?? [unknown];
  return {
    has: name => entries.has(name),
    put: (name, item, selector) => {
      entries.set(name, { order: entries.get(name)?.order ?? entries.size, name, item });
      // Where the selector of what was there before asks for something else, its names stay: a candidate too many.
      for (const names of namesOf(pivotOf(selector, count))) names.add(name);
    },
    candidates: labels => {
      const names = new Set(unknown);
      for (const label of labels) for (const name of byLabel.get(label) ?? []) names.add(name);
      const found = [...names].flatMap(name => entries.get(name) ?? []).sort((a, b) => a.order - b.order);
      return new Map(found.map(({ name, item }) => [name, item]));
    },
  };
}
