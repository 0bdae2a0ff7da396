import {
  type Block,
  type NotSeen,
  type Range,
  type RangeClass,
  readBlock,
  readSingle,
} from '../../app/cidrs/ranges.ts';
import { formatPath, type PathSegment } from '../../core/field-path.ts';
import type { NetworkClass } from '../../core/gate/types.ts';
import { type At, at, type Fields, own, Reading } from '../../core/kube/reading.ts';
import type { Problem } from '../../core/manifest.ts';
import type { AddressReader } from '../../core/net/ip.ts';
import type { Answer } from './answers.ts';
import { type CloudRequest, commandText } from './request.ts';

/** What a line of an `except` list says, by class. */
export type Labels = Readonly<Record<RangeClass, string>>;

/** What comes together while the answers of a cloud are read. */
export class Gathering {
  readonly ranges: Range[] = [];
  readonly notSeen: NotSeen[] = [];
  readonly covered: NetworkClass[] = [];
  /** Questions whose answers would tell more and are not there, each once. */
  readonly wanted = new Map<string, CloudRequest>();
  readonly readAddress: AddressReader;
  readonly #missed = new Set<string>();
  readonly #failed: ReadonlyMap<string, string>;
  readonly #readings: { readonly file: string; readonly reading: Reading }[] = [];

  /** `failed`: why questions were not answered, by their text. */
  constructor(readAddress: AddressReader, failed: ReadonlyMap<string, string>) {
    this.readAddress = readAddress;
    this.#failed = failed;
  }

  /** A question that was asked in vain, or cannot be asked. */
  isFailed(request: CloudRequest): boolean {
    return this.#failed.has(commandText(request));
  }

  want(request: CloudRequest): void {
    const text = commandText(request);
    const tells = new Set([...(this.wanted.get(text)?.tells ?? []), ...request.tells]);
    this.wanted.set(text, { ...request, tells: [...tells] });
  }

  /** Notes that addresses were not seen; the same of a class is said once. */
  miss(classes: readonly RangeClass[], reason: string): void {
    for (const name of classes) {
      const said = `${name} ${reason}`;
      if (!this.#missed.has(said)) this.notSeen.push({ class: name, reason });
      this.#missed.add(said);
    }
  }

  /** Begins to read an answer; `subject` names it in what is found. */
  open({ fields, up, file }: Answer, subject: string, labels: Labels): AnswerReader {
    const reading = new Reading();
    this.#readings.push({ file, reading });
    return new AnswerReader(this, { fields, up, base: up, reading, subject, labels });
  }

  /** Issues of all answers, each once: an answer may be opened for several of its parts. */
  get problems(): readonly Problem[] {
    const problems = new Map<string, Problem>();
    for (const { file, reading } of this.#readings)
      for (const { severity, path, message } of reading.issues) {
        const problem = { severity, code: 'unreadable-answer', file, line: 0, column: 0, field: path, message };
        problems.set(JSON.stringify(problem), problem);
      }
    return [...problems.values()];
  }
}

/** The path from one place to another below it. */
function pathBelow(place: At, base: At | undefined): string {
  const segments: PathSegment[] = [];
  for (let next: At | undefined = place; next !== undefined && next !== base; next = next.up) segments.push(next.key);
  return formatPath(segments.reverse());
}

interface OpenAnswer {
  readonly fields: Fields;
  readonly up: At | undefined;
  /** Where the whole answer stands. */
  readonly base: At | undefined;
  readonly reading: Reading;
  readonly subject: string;
  readonly labels: Labels;
}

/** The object that holds the last key of a dotted path, and that key. */
interface Holder {
  readonly fields: Fields;
  readonly key: string;
  readonly up: At | undefined;
}

/** Reads the fields of one object of an answer, by dotted paths. A field that is absent, null or empty is not there; one of a wrong type is an issue. */
export class AnswerReader {
  readonly #gathering: Gathering;
  readonly #answer: OpenAnswer;

  constructor(gathering: Gathering, answer: OpenAnswer) {
    this.#gathering = gathering;
    this.#answer = answer;
  }

  #holderOf(path: string): Holder | undefined {
    const keys = path.split('.');
    const key = keys.pop() ?? '';
    let { fields, up }: { fields: Fields; up: At | undefined } = this.#answer;
    for (const next of keys) {
      const inner = this.#answer.reading.object(fields, next, up);
      if (inner === undefined) return undefined;
      [fields, up] = [inner, at(up, next)];
    }
    return { fields, key, up };
  }

  text(path: string): string | undefined {
    const holder = this.#holderOf(path);
    const text = holder && this.#answer.reading.string(holder.fields, holder.key, holder.up);
    return text === '' ? undefined : text;
  }

  /** The first of the paths that holds a text. */
  firstText(paths: readonly string[]): string | undefined {
    for (const path of paths) {
      const text = this.text(path);
      if (text !== undefined) return text;
    }
    return undefined;
  }

  isTrue(path: string): boolean {
    const holder = this.#holderOf(path);
    return holder !== undefined && this.#answer.reading.boolean(holder.fields, holder.key, holder.up) === true;
  }

  texts(path: string): readonly string[] {
    const holder = this.#holderOf(path);
    return holder === undefined ? [] : this.#answer.reading.strings(holder.fields, holder.key, holder.up);
  }

  /** The objects of a list, each read by itself. */
  list(path: string): readonly AnswerReader[] {
    const holder = this.#holderOf(path);
    if (holder === undefined) return [];
    const { reading } = this.#answer;
    const place = at(holder.up, holder.key);
    return reading.list(holder.fields, holder.key, holder.up).flatMap((item, index) => {
      const up = at(place, index);
      const fields = reading.fields(item, up);
      return fields === undefined ? [] : new AnswerReader(this.#gathering, { ...this.#answer, fields, up });
    });
  }

  /** Takes the block, or the blocks of a list, that a field holds for classes. Whether there was one. */
  blocks(path: string, classes: readonly RangeClass[], label?: string): boolean {
    const holder = this.#holderOf(path);
    if (holder === undefined) return false;
    const place = at(holder.up, holder.key);
    if (!Array.isArray(own(holder.fields, holder.key))) {
      const text = this.text(path);
      return text !== undefined && this.#take(text, place, classes, label);
    }
    const texts = this.texts(path);
    texts.forEach((text, index) => void this.#take(text, at(place, index), classes, label));
    return texts.length > 0;
  }

  #take(text: string, place: At, classes: readonly RangeClass[], label: string | undefined): true {
    const block = readBlock(text, this.#gathering.readAddress);
    if (typeof block === 'string') this.#answer.reading.error('invalid-cidr', place, block);
    else this.#add(block, place, classes, label);
    return true;
  }

  /** Takes the one address that a field holds. Whether there was one: a name is none. */
  address(path: string, name: RangeClass): boolean {
    const holder = this.#holderOf(path);
    const text = this.text(path);
    const block = text === undefined ? undefined : readSingle(text, this.#gathering.readAddress);
    if (holder === undefined || block === undefined) return false;
    this.#add(block, at(holder.up, holder.key), [name], undefined);
    return true;
  }

  #add(block: Block, place: At, classes: readonly RangeClass[], label: string | undefined): void {
    const { subject, labels, base } = this.#answer;
    const from = `${pathBelow(place, base)} of ${subject}`;
    for (const name of classes)
      this.#gathering.ranges.push({ ...block, class: name, from, label: label ?? labels[name] });
  }
}
