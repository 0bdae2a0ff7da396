import type { Fields } from '../../core/kube/reading.ts';
import type { KubeObject } from '../../core/kube/types.ts';
import type { Change } from '../../core/world/world.ts';
import type { Decided } from '../admission/ports.ts';
import type { Hashing, Members } from './chain.ts';
import { Redactor } from './redact.ts';
import { createWayReader, type WayReader } from './ways.ts';

/** What writes the texts of lines. */
export interface LineTexts extends Hashing {
  readonly redactor: Redactor;
  readonly ways: WayReader;
}

/** They remember what is common to objects and to servers. */
export const lineTexts = (hashing: Hashing): LineTexts => ({
  ...hashing,
  redactor: new Redactor(),
  ways: createWayReader(),
});

/** UTF-16 units of an object as JSON that is kept: two of them have room in a line, whatever they are written in. */
const MAX_OBJECT = 128 * 1024;
/** Values of an object that is looked at to be kept: of more, its text is longer in any case. */
const MAX_VALUES = 20_000;

/** How many values an object holds; of one that was not decoded, as many as its text has room for. */
const valuesOf = (object: Fields, decoded: KubeObject | undefined): number =>
  decoded?.meta.size ?? JSON.stringify(object).length / 32;

/** The redacted object as text; `undefined`: it is too large. */
function snapshotText(object: Fields, decoded: KubeObject | undefined, { redactor }: LineTexts): string | undefined {
  if (valuesOf(object, decoded) > MAX_VALUES) return undefined;
  const text = redactor.object(object);
  return text.length > MAX_OBJECT ? undefined : text;
}

/** The objects of a line, and what of them had to be left out. */
export interface ObjectsPart {
  readonly members: Members;
  readonly leftOut: readonly string[];
}

/** The objects of a review that is not harmless. */
export function objectsPart({ review, read }: Decided, texts: LineTexts): ObjectsPart {
  const { object, oldObject } = review;
  const { before, after }: Change = read.kind === 'change' ? read.change : {};
  const leftOut: string[] = [];
  const kept = new Map<string, string>();
  const keep = (what: string, shown: Fields, decoded: KubeObject | undefined): void => {
    const text = snapshotText(shown, decoded, texts);
    if (text === undefined) leftOut.push(`${what}: larger than ${MAX_OBJECT} characters`);
    else if (text !== kept.get('snapshot')) kept.set(what, text);
  };
  if (object) keep('snapshot', object, after);
  if (oldObject) keep(object ? 'previous' : 'snapshot', oldObject, before);
  const snapshot = kept.get('snapshot');
  if (snapshot !== undefined) kept.set('digest', `"${texts.hash(snapshot)}"`);
  return { members: kept, leftOut };
}
