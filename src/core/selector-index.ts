import type { Labels, Requirement, Selector } from './kube/types.ts';
import { BINDING_LABELS, CONTROLLER_KEYS } from './kube/workload-kinds.ts';

/** Labels that a workload's pods will have, as far as they are known before the pods exist. */
export interface PodLabels {
  readonly known: Labels;
  /** Keys that a controller or the API server may set to anything, or leave out. */
  readonly open: Pick<ReadonlySet<string>, 'has'>;
}

/** Labels that may still become anything on the pods of some workload: what a selector asks of them tells nothing yet. */
const OPEN_LABELS: ReadonlySet<string> = new Set([...BINDING_LABELS, ...CONTROLLER_KEYS]);

const labelKey = (key: string, value: string): string => `${key}\u0000${value}`;

/** A label that pods must bear to be selected, with one of some values, as label keys. */
export interface Pivot {
  readonly key: string;
  readonly labels: readonly string[];
}

/** How many bear a label, given as a label key. */
type Count = (label: string) => number;

const pivotsOf = (selector: Selector): readonly Pivot[] =>
  selector
    .filter(({ key, operator }) => operator === 'In' && !OPEN_LABELS.has(key))
    .map(({ key, values }: Requirement) => ({ key, labels: [...values].map(value => labelKey(key, value)) }));

/** Of all that a selector asks for, what the fewest have. `undefined`: it asks for no value that is known beforehand. */
export function pivotOf(selector: Selector, count: Count): Pivot | undefined {
  const total = ({ labels }: Pivot): number => labels.reduce((sum, label) => sum + count(label), 0);
  return pivotsOf(selector).reduce<Pivot | undefined>(
    (least, one) => (least && total(least) <= total(one) ? least : one),
    undefined,
  );
}

/** Each label of these as a label key. */
export const labelKeys = (labels: Labels): readonly string[] =>
  Array.from(labels, ([key, value]) => labelKey(key, value));

/** How many of some selectors ask for a label, among other labels or not. */
function countAsked(selectors: Iterable<Selector>): Count {
  const counts = new Map<string, number>();
  for (const selector of selectors)
    for (const { labels } of pivotsOf(selector))
      for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
  return label => counts.get(label) ?? 0;
}

/** Things that select pods, by what their selectors ask for. */
export interface SelectorIndex<Item> {
  /** Puts an item in, in place of the one of its name. */
  put(name: string, item: Item, selector: Selector): void;
  has(name: string): boolean;
  /** All that may select some of these pods, and perhaps more, in the order in which their names were first put in. */
  candidates(pods: Iterable<PodLabels>): ReadonlyMap<string, Item>;
}

interface IndexedItem<Item> {
  readonly order: number;
  readonly name: string;
  readonly item: Item;
}

type Names = Map<string, Set<string>>;

function addTo(names: Names, key: string, name: string): void {
  const known = names.get(key);
  if (known) known.add(name);
  else names.set(key, new Set([name]));
}

/** `count`: how many bear a label. It decides what items are looked up by, and never which are found. */
export function createSelectorIndex<Item>(count: Count): SelectorIndex<Item> {
  const entries = new Map<string, IndexedItem<Item>>();
  const withoutPivot = new Set<string>();
  const byLabel: Names = new Map();
  const byKey: Names = new Map();
  const addAll = (names: Set<string>, more: ReadonlySet<string> | undefined): void => {
    if (more !== undefined) for (const name of more) names.add(name);
  };
  const addFor = (names: Set<string>, { known, open }: PodLabels): void => {
    for (const [key, value] of known) if (byKey.has(key)) addAll(names, byLabel.get(labelKey(key, value)));
    // A label that is not settled yet may get any value.
    for (const [key, more] of byKey) if (open.has(key)) addAll(names, more);
  };
  return {
    has: name => entries.has(name),
    put: (name, item, selector) => {
      entries.set(name, { order: entries.get(name)?.order ?? entries.size, name, item });
      const pivot = pivotOf(selector, count);
      // Where the selector of what was there before asks for something else, its names stay: a candidate too many.
      if (pivot === undefined) withoutPivot.add(name);
      for (const label of pivot?.labels ?? []) addTo(byLabel, label, name);
      if (pivot !== undefined) addTo(byKey, pivot.key, name);
    },
    candidates: pods => {
      const names = new Set(withoutPivot);
      for (const labels of pods) addFor(names, labels);
      const found: IndexedItem<Item>[] = [];
      for (const name of names) {
        const entry = entries.get(name);
        if (entry !== undefined) found.push(entry);
      }
      found.sort((a, b) => a.order - b.order);
      const byName = new Map<string, Item>();
      for (const { name, item } of found) byName.set(name, item);
      return byName;
    },
  };
}

/** So often all are gone through before an index of them is made: to make it costs more than to go through them. */
const WALKS_BEFORE_INDEX = 4;

/** Those of some items that may select pods. `selectorOf`: absent: the item selects none. */
export function nearIn<Item>(
  items: ReadonlyMap<string, Item>,
  selectorOf: (item: Item) => Selector | undefined,
): (labels: PodLabels) => Iterable<Item> {
  let walks = 0;
  let index: SelectorIndex<Item> | undefined;
  const selecting = (): readonly (readonly [string, Item, Selector])[] =>
    [...items].flatMap(([key, item]) => {
      const selector = selectorOf(item);
      return selector === undefined ? [] : [[key, item, selector] as const];
    });
  return labels => {
    if (items.size === 0) return [];
    walks += 1;
    if (walks <= WALKS_BEFORE_INDEX) return items.values();
    if (index === undefined) {
      const all = selecting();
      index = createSelectorIndex(countAsked(all.map(([, , selector]) => selector)));
      for (const [key, item, selector] of all) index.put(key, item, selector);
    }
    return index.candidates([labels]).values();
  };
}
