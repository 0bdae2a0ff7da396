import type { Detection, Signal, SignalField } from '../gate/types.ts';
import { imageRepository, isCopyOf, isInCopyOf } from './image.ts';
import { holdsMcp, normal, textTest } from './text.ts';

/**
 * What sort of evidence a hit is, for what may set it aside. `weak`: weak signals and hints. `listening`: those of them that tell of listening for MCP.
 * `name`: names of images, `label`: labels and annotations, both words that anyone may choose. `firm`: other strong signals.
 * `fixed`: what cannot be set aside.
 */
export type Weight = 'weak' | 'listening' | 'name' | 'label' | 'firm' | 'fixed';

/** A signal ready for use. */
export interface ReadySignal {
  readonly signal: Signal;
  readonly weight: Weight;
  /** Whether a normal text passes. */
  test(text: string): boolean;
}

/** Where a workload's own name stands. */
export const NAME_PATH = 'metadata.name';

/** Signals of one field that are looked up by text alone. */
interface FieldSignals {
  /** No text without "mcp", in whatever case, can pass any of them: most texts need not be compared. */
  readonly needMcp: boolean;
  readonly signals: readonly ReadySignal[];
}

/** The text that signals are compared with: a field's own. */
export type Place = SignalField;

/** Signals by where they look. */
export interface SignalTable {
  at(place: Place): FieldSignals;
  /** Signals of a place that has keys, by key. */
  byKey(place: Place): ReadonlyMap<string, readonly ReadySignal[]>;
  /** Whether this table tells of a signal that no text of a field gives. */
  isFor(signal: Signal): boolean;
}

/** Which kind of owner is an MCP server, in whatever group: the kind that three operators share. */
const SERVER_KIND = 'MCPServer';

/** The signal of an image that the configuration lists. Nothing sets it aside. */
const CONFIGURED_IMAGE = 'image-configured';

const STRONG_WEIGHTS: ReadonlyMap<SignalField, Weight> = new Map([
  ['image-name', 'name'],
  ['label', 'label'],
  ['annotation', 'label'],
]);

function weightOf(signal: Signal): Weight {
  if (signal.strength !== 'strong') return signal.listens ? 'listening' : 'weak';
  if (signal.id === CONFIGURED_IMAGE || (signal.field === 'owner' && signal.key === SERVER_KIND)) return 'fixed';
  return STRONG_WEIGHTS.get(signal.field) ?? 'firm';
}

/** Images are known by their repositories, wherever they are copied to; what the configuration lists, only in mirrors that are named so. */
function imageTest({ id, match, values }: Signal): (text: string) => boolean {
  if (match === 'prefix') {
    const folders = values.map(normal);
    return text => folders.some(one => (one.endsWith('/') ? isInCopyOf(text, one) : isCopyOf(text, one, false)));
  }
  const published = values.map(value => normal(imageRepository(value)));
  return text => published.some(value => isCopyOf(text, value, id === CONFIGURED_IMAGE));
}

function ready(signal: Signal): ReadySignal {
  const test = signal.field === 'image' ? imageTest(signal) : textTest(signal.match, signal.values);
  return { signal, weight: weightOf(signal), test };
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
function signalTable(signals: readonly Signal[], own: readonly Signal[] = []): SignalTable {
  const places = groupBy(signals.map(ready), ({ field }) => field);
  const texts = new Map<Place, FieldSignals>();
  const keys = new Map<Place, ReadonlyMap<string, readonly ReadySignal[]>>();
  for (const [place, group] of places) {
    texts.set(place, { needMcp: group.every(needsMcp), signals: group });
    keys.set(
      place,
      groupBy(group, signal => signal.key),
    );
  }
  return {
    at: place => texts.get(place) ?? NO_SIGNALS,
    byKey: place => keys.get(place) ?? NO_KEYS,
    isFor: signal => own.includes(signal),
  };
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

/** A command line that is longer or more nested than is read. */
export const UNREAD: Signal = {
  id: 'command-unread',
  strength: 'weak',
  field: 'command',
  key: '',
  match: 'equals',
  values: [],
  says: 'its command is too long or too nested to be read, so that it may run a server',
};

/** A container runs another program than its image's own: the image's name says nothing then. */
export const OTHER_PROGRAM: Signal = {
  id: 'not-image-program',
  strength: 'weak',
  field: 'command',
  key: '',
  match: 'equals',
  values: [],
  says: 'runs another program than its image is named for, and is not served',
};

/** A label, or the beginning of a name, that workloads with other images or programs of the namespace bear too. */
export const SHARED_NAME: Signal = {
  id: 'not-own-name',
  strength: 'weak',
  field: 'called',
  key: '',
  match: 'equals',
  values: [],
  says: 'an unlike workload of the namespace is called or labelled so too',
};

export const readySignal = ready;

/** Prepares the signals of a configuration, without those that are switched off. */
export function detectionTables({ signals, notServers, disabled, images }: Detection): DetectionTables {
  const enabled = [...signals, ...configuredImages(images)].filter(({ id }) => !disabled.has(id));
  return {
    signals: signalTable(
      enabled.filter(({ strength }) => strength !== 'hint'),
      [UNREAD].filter(({ id }) => !disabled.has(id)),
    ),
    hints: signalTable(enabled.filter(({ strength }) => strength === 'hint')),
    notServers: signalTable(
      notServers.filter(({ id }) => !disabled.has(id)),
      [OTHER_PROGRAM].filter(({ id }) => !disabled.has(id)),
    ),
  };
}
