import type { Detection, Signal, SignalField } from '../gate/types.ts';
import { imageRepository } from './image.ts';
import { holdsMcp, textTest } from './text.ts';

/**
 * How hard a hit is to set aside, rising: weak signals and hints; names of images, which are words that anyone may choose;
 * other strong signals; what cannot be set aside.
 */
export const WEIGHT = { weak: 0, word: 1, firm: 2, fixed: 3 } as const;
export type Weight = (typeof WEIGHT)[keyof typeof WEIGHT];

/** A signal ready for use. */
export interface ReadySignal {
  readonly signal: Signal;
  readonly weight: Weight;
  /** Whether a normal text passes. */
  test(text: string): boolean;
}

/** Signals of one field that are looked up by text alone. */
export interface FieldSignals {
  /** No text without "mcp", in whatever case, can pass any of them: most texts need not be compared. */
  readonly needMcp: boolean;
  readonly signals: readonly ReadySignal[];
}

/** The text that signals are compared with: a field's own, but for images, where whole repositories and their last parts are two. */
export type Place = Exclude<SignalField, 'image'> | 'image-repository' | 'image-name';

/** Signals by where they look. */
export interface SignalTable {
  at(place: Place): FieldSignals;
  /** Signals of a place that has keys, by key. */
  byKey(place: Place): ReadonlyMap<string, readonly ReadySignal[]>;
}

const isOfName = ({ match }: Signal): boolean => match === 'suffix' || match === 'word';

function placeOf(signal: Signal): Place {
  if (signal.field !== 'image') return signal.field;
  return isOfName(signal) ? 'image-name' : 'image-repository';
}

/** Which kind of owner is an MCP server, in whatever group: the kind that three operators share. */
const SERVER_KIND = 'MCPServer';

/** The signal of an image that the configuration lists. Nothing sets it aside. */
const CONFIGURED_IMAGE = 'image-configured';

function weightOf(signal: Signal): Weight {
  if (signal.strength !== 'strong') return WEIGHT.weak;
  if (signal.id === CONFIGURED_IMAGE || (signal.field === 'owner' && signal.key === SERVER_KIND)) return WEIGHT.fixed;
  return placeOf(signal) === 'image-name' ? WEIGHT.word : WEIGHT.firm;
}

function ready(signal: Signal): ReadySignal {
  const isRepository = signal.field === 'image' && signal.match === 'equals';
  const values = isRepository ? signal.values.map(imageRepository) : signal.values;
  return { signal, weight: weightOf(signal), test: textTest(signal.match, values) };
}

const NO_SIGNALS: FieldSignals = { needMcp: true, signals: [] };
const NO_KEYS: ReadonlyMap<string, readonly ReadySignal[]> = new Map();

function needsMcp({ signal: { values } }: ReadySignal): boolean {
  return values.length > 0 && values.every(holdsMcp);
}

function groupBy<K>(signals: readonly ReadySignal[], keyOf: (signal: Signal) => K): ReadonlyMap<K, ReadySignal[]> {
  const groups = new Map<K, ReadySignal[]>();
  for (const one of signals) {
    const key = keyOf(one.signal);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [one]);
    else group.push(one);
  }
  return groups;
}

/** Prepares signals for looking up: done once for a configuration, not for a workload. */
export function signalTable(signals: readonly Signal[]): SignalTable {
  const places = groupBy(signals.map(ready), placeOf);
  const texts = new Map<Place, FieldSignals>();
  const keys = new Map<Place, ReadonlyMap<string, readonly ReadySignal[]>>();
  for (const [place, group] of places) {
    texts.set(place, { needMcp: group.every(needsMcp), signals: group });
    keys.set(
      place,
      groupBy(group, signal => signal.key),
    );
  }
  return { at: place => texts.get(place) ?? NO_SIGNALS, byKey: place => keys.get(place) ?? NO_KEYS };
}

/** What a configuration looks for, prepared. */
export interface DetectionTables {
  /** Strong and weak signals. */
  readonly signals: SignalTable;
  readonly hints: SignalTable;
  readonly notServers: SignalTable;
}

function configuredImages(images: readonly string[]): readonly Signal[] {
  if (images.length === 0) return [];
  const says = 'image that the configuration lists as an MCP server';
  return [{ id: CONFIGURED_IMAGE, strength: 'strong', field: 'image', key: '', match: 'equals', values: images, says }];
}

/** Prepares the signals of a configuration, without those that are switched off. */
export function detectionTables({ signals, notServers, disabled, images }: Detection): DetectionTables {
  const enabled = [...signals, ...configuredImages(images)].filter(({ id }) => !disabled.has(id));
  return {
    signals: signalTable(enabled.filter(({ strength }) => strength !== 'hint')),
    hints: signalTable(enabled.filter(({ strength }) => strength === 'hint')),
    notServers: signalTable(notServers.filter(({ id }) => !disabled.has(id))),
  };
}
