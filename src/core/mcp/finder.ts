import { formatPath } from '../field-path.ts';
import type { Signal } from '../gate/types.ts';
import type { Container, Labels, ObjectRef, OwnerRef } from '../kube/types.ts';
import type { Program } from './programs.ts';
import { type Place, type ReadySignal, readySignal, type SignalTable } from './signal-table.ts';
import { holdsMcp, normal } from './text.ts';

/** Something that a signal looks for was found. */
export interface Hit {
  readonly ready: ReadySignal;
  /** The container that bears it; `undefined`: the workload as a whole. */
  readonly container: Container | undefined;
  /** The program of the container that bears it; `undefined`: no single one. */
  readonly program: Program | undefined;
  /** `undefined`: the workload itself. */
  readonly object: ObjectRef | undefined;
  readonly path: string;
  /** What was found, as it is written. */
  readonly text: string;
}

/** `metadata.labels["app.kubernetes.io/name"]` */
export const keyPath = (base: string, key: string): string => base + formatPath(['x', key]).slice(1);

const groupOf = (apiVersion: string): string => apiVersion.slice(0, Math.max(0, apiVersion.indexOf('/')));

/** Collects what the signals of one table find, in the order in which it is shown things. */
export class Finder {
  readonly hits: Hit[] = [];
  readonly #table: SignalTable;
  #container: Container | undefined;
  #object: ObjectRef | undefined;

  constructor(table: SignalTable) {
    this.#table = table;
  }

  /** What is shown next is found in this container, or in another object; neither: in the workload itself. */
  within(container: Container | undefined, object?: ObjectRef): void {
    this.#container = container;
    this.#object = object;
  }

  /** `path` is asked for on a hit alone. */
  text(place: Place, text: string, path: () => string): void {
    const { needMcp, signals } = this.#table.at(place);
    if (signals.length === 0 || text === '' || (needMcp && !holdsMcp(text))) return;
    const compared = normal(text);
    for (const ready of signals) if (ready.test(compared)) this.#add(ready, path(), text);
  }

  program(place: 'command' | 'package' | 'install', program: Program): void {
    const { full, base, withNext, path } = program;
    for (const ready of this.#table.at(place).signals) {
      const isFound = ready.test(full) || ready.test(base) || (ready.signal.match === 'equals' && ready.test(withNext));
      if (isFound) this.#add(ready, path, full, program);
    }
  }

  /** What a program is called is a word about the workload; the container's own where it is set aside. */
  programName(program: Program): void {
    const { needMcp, signals } = this.#table.at('called');
    if (needMcp && !holdsMcp(program.base)) return;
    for (const ready of signals) if (ready.test(program.base)) this.#add(ready, program.path, program.base, program);
  }

  /** A signal that the reading itself gives, where this table is one that holds such. */
  always(signal: Signal, path: string): void {
    if (this.#table.isFor(signal)) this.#add(readySignal(signal), path, '');
  }

  /** Labels or annotations, and where they stand. */
  pairs(place: Place, pairs: Labels, base: string): void {
    const byKey = this.#table.byKey(place);
    if (byKey.size === 0) return;
    for (const [key, value] of pairs) {
      for (const ready of byKey.get(key) ?? []) {
        if (ready.test(normal(value))) this.#add(ready, keyPath(base, key), `${key}=${value}`);
      }
    }
  }

  owners(owners: readonly OwnerRef[]): void {
    const byKey = this.#table.byKey('owner');
    for (const [index, { apiVersion, kind, name }] of owners.entries()) {
      for (const key of [kind, `${groupOf(apiVersion)}/${kind}`]) {
        for (const ready of byKey.get(key) ?? []) {
          this.#add(ready, `metadata.ownerReferences[${index}]`, `${kind} ${name} (${apiVersion})`);
        }
      }
    }
  }

  #add(ready: ReadySignal, path: string, text: string, program?: Program): void {
    this.hits.push({ ready, container: this.#container, program, object: this.#object, path, text });
  }
}
