import { cutText, visibleText } from '../../core/visible-text.ts';
import type { AdmissionResponse, AuditKey, JsonPatchOperation } from './review.ts';

/**
 * How long what is said may be, in UTF-16 units. Everything that leaves the gate is made by {@link allow} and {@link refuse}, which hold
 * these limits, cut between whole sentences as long as there is more than one, and take out what is invisible.
 */
/** A refusal is read in a terminal. */
const MAX_MESSAGE = 2048;
/** The sentence that a refusal begins with: it may name a server, and names may be of any length here. */
const MAX_TITLE = 400;
/** One reason of a refusal: with the title, the first one is always said. */
const MAX_REASON = 1500;
/** A line of a reason; a fix may name many blocks. */
const MAX_LINE = 640;
/** kubectl is to show a warning whole: the API server's own advice (admission/v1 types.go, AdmissionResponse.warnings). */
const MAX_WARNING = 120;
/** The API server cuts and drops warnings beyond 4096 runes over all webhooks (apiserver filters/warning.go); we take half at most. */
const MAX_WARNINGS = 2048;
/** One warning before it is broken into lines: the first one is always said. */
const MAX_WARNING_TEXT = 1600;
/** Complaints about one object, before what they are about. */
const MAX_LIST = 1600;
/** The audit log keeps it with every event. */
const MAX_ANNOTATION = 4096;

/** What is said after the reasons of a refusal, and where the rest of them is. Held back before there is room for reasons. */
const MAX_NOTES = 600;

/** Why something is refused: a sentence, and what it rests on, each in lines. */
export interface Grounds {
  readonly title: string;
  readonly reasons: readonly (readonly string[])[];
  /** Sentences after the reasons: what may be tried, what comes by itself. */
  readonly notes?: readonly string[];
  /** Where reasons that there is no room for can be seen: follows `and 3 more: `. */
  readonly rest?: string;
}

/** What goes into the audit log; a key without texts is left out. */
export type Annotations = ReadonlyMap<AuditKey, readonly string[]>;

/** As many of the parts as there is room for, each whole; the others are counted. A first part that is too long by itself is cut. */
function joined(parts: readonly string[], limit: number, separator: string, hint = ''): string {
  const restText = (left: number): string => (left === 0 ? '' : `${separator}and ${left} more${hint}`);
  let text = '';
  for (const [index, part] of parts.entries()) {
    const longer = index === 0 ? cutText(part, limit - restText(parts.length - 1).length) : text + separator + part;
    if (longer.length + restText(parts.length - index - 1).length > limit) return text + restText(parts.length - index);
    text = longer;
  }
  return text;
}

/** Several complaints as one sentence. */
export const listed = (texts: readonly string[]): string => joined(texts.map(visibleText), MAX_LIST, '; ');

function messageText({ title, reasons, notes = [], rest = '' }: Grounds): string {
  const blocks = reasons.map((lines, index) => {
    const block = lines.map(line => cutText(visibleText(line), MAX_LINE)).join('\n');
    return cutText(`${index + 1}. ${block}`, MAX_REASON);
  });
  const tail = joined(notes.map(visibleText), MAX_NOTES, '\n');
  const said = [cutText(visibleText(title), MAX_TITLE), ...blocks];
  const text = joined(said, MAX_MESSAGE - (tail === '' ? 0 : tail.length + 1), '\n', rest === '' ? '' : `: ${rest}`);
  return tail === '' ? text : `${text}\n${tail}`;
}

/** Text in lines that each fit into one warning, broken between words; a longer word is cut. */
function wrap(text: string): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.trim().split(/\s+/)) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (longer.length <= MAX_WARNING) line = longer;
    else {
      if (line.trim() !== '') lines.push(line);
      line = cutText(lines.length === 0 ? word : `  ${word}`, MAX_WARNING);
    }
  }
  return [...lines, line];
}

/** kubectl shows a line once, so one that was said already is put to the end of the line before it. */
function addLines(taken: string[], lines: readonly string[]): void {
  for (const [index, line] of lines.entries()) {
    const last = taken.at(-1);
    if (index === 0 || last === undefined || !taken.includes(line)) taken.push(line);
    else taken[taken.length - 1] = `${last} ${line.trim()}`;
  }
}

/** Each warning once, in lines, as many of them as there is room for. `rest`: where the others can be seen. */
function warningLines(warnings: readonly string[], rest: string): readonly string[] {
  const texts = [...new Set(warnings.map(text => cutText(visibleText(text), MAX_WARNING_TEXT)))];
  const taken: string[] = [];
  let length = 0;
  for (const [index, text] of texts.entries()) {
    const lines = wrap(text);
    length += lines.reduce((sum, line) => sum + line.length, 0);
    if (length > MAX_WARNINGS - 2 * MAX_WARNING) {
      const more = `and ${texts.length - index} more${rest === '' ? '' : `: ${rest}`}`;
      return [...taken, ...wrap(cutText(visibleText(more), 2 * MAX_WARNING))];
    }
    addLines(taken, lines);
  }
  return taken;
}

function annotationTexts(annotations: Annotations): ReadonlyMap<AuditKey, string> {
  return new Map(
    [...annotations]
      .filter(([, texts]) => texts.length > 0)
      .map(([key, texts]) => [key, joined(texts.map(visibleText), MAX_ANNOTATION, ' | ')]),
  );
}

const NO_ANNOTATIONS: Annotations = new Map();

/** The request goes on, with what is said of it. */
export function allow({
  warnings = [],
  rest = '',
  annotations = NO_ANNOTATIONS,
  patch = [],
}: {
  readonly warnings?: readonly string[];
  /** Where warnings that there is no room for can be seen: follows `and 3 more: `. */
  readonly rest?: string;
  readonly annotations?: Annotations;
  readonly patch?: readonly JsonPatchOperation[];
} = {}): AdmissionResponse {
  return {
    allowed: true,
    code: 200,
    message: '',
    warnings: warningLines(warnings, rest),
    auditAnnotations: annotationTexts(annotations),
    patch,
  };
}

/** The request is refused; the reason as grounds, or as one sentence. */
export function refuse(
  code: 400 | 403 | 500 | 503,
  said: Grounds | string,
  annotations = NO_ANNOTATIONS,
): AdmissionResponse {
  return {
    allowed: false,
    code,
    message: typeof said === 'string' ? cutText(visibleText(said), MAX_MESSAGE) : messageText(said),
    warnings: [],
    auditAnnotations: annotationTexts(annotations),
    patch: [],
  };
}
