import { refText } from '../../core/explain.ts';
import { type Fields, fieldsAt, own } from '../../core/kube/reading.ts';
import type { ObjectRef } from '../../core/kube/types.ts';
import { cutText } from '../../core/visible-text.ts';
import type { Change, World } from '../../core/world/world.ts';
import type { Decided } from '../admission/ports.ts';
import type { Review } from '../admission/review.ts';
import { type Hashing, lengthOf, type Members, textsOf } from './chain.ts';
import { changeKinds, gateChanges } from './change-kinds.ts';
import { concernedServers, concernedWorkloads, judgedWorkloads, type Worlds, worldsOf } from './concerned.ts';
import { cutTo, firstOf, type LeftOut } from './left-out.ts';
import {
  type LineDecision,
  type LineFinding,
  type LineObject,
  MAX_LINE_BYTES,
  type ReviewLine,
  type Unchained,
} from './line.ts';
import { type LineTexts, type ObjectsPart, objectsPart } from './objects-part.ts';
import { NO_CHANGE, reachOfServers, reachReader } from './servers-reach.ts';

/** What a line has room for. */
const MOST = { findings: 100, causes: 20, groups: 200, text: 1024 } as const;
/** Of a Namespace: names of receivers of notifications. */
const NOTIFY_ANNOTATION = 'chokepoint.dev/notify';

/** A text of an object that names it. */
export const namingText = (text: string): string => cutText(text, MOST.text);

const textAt = (fields: Fields, key: string): string => {
  const value = own(fields, key);
  return typeof value === 'string' ? namingText(value) : '';
};

/** The object of a review, as a line names it. */
export function aboutOf({ kind, resource, subResource, namespace, name, object, oldObject }: Review): LineObject {
  const metadata = fieldsAt(object ?? oldObject ?? {}, 'metadata');
  const uid = textAt(metadata, 'uid');
  return {
    apiVersion: kind.group === '' ? kind.version : `${kind.group}/${kind.version}`,
    kind: kind.kind,
    name: name || textAt(metadata, 'name'),
    ...(namespace && { namespace }),
    ...(resource && { resource }),
    ...(subResource && { subresource: subResource }),
    ...(uid && { uid }),
  };
}

/** Keys of the audit annotations that say why something was let through without a judgement. */
const NOT_JUDGED = ['not-judged', 'unreadable', 'error'] as const;

/** What the judge says of what this request answers for, whatever the mode makes of it. */
function decisionOf({ result: { servers, verdict, response } }: Pick<Decided, 'result'>): LineDecision {
  if (servers.some(({ faults, awaitsPolicy }) => faults.length > 0 && !awaitsPolicy)) return 'deny';
  const isUndetermined =
    servers.some(({ causes }) => causes.length > 0) || (verdict === 'undetermined' && servers.length === 0);
  const isNotJudged = !response.allowed || NOT_JUDGED.some(key => response.auditAnnotations.has(key));
  if (isUndetermined || isNotJudged) return 'undetermined';
  return servers.some(({ faults, remarks }) => faults.length + remarks.length > 0) ? 'warn' : 'allow';
}

/** Those of other APIs are told with their kind. */
function policyOf(object: ObjectRef): Pick<LineFinding, 'policy'> {
  if (object.kind === 'NetworkPolicy') return { policy: `${object.namespace}/${object.name}` };
  return /NetworkPolicy\./.test(object.kind) ? { policy: refText(object) } : {};
}

/** With its members in the order in which they are hashed, as those of all objects here stand: else each would be copied for that. */
const inOrder = ({ kind, name, namespace }: ObjectRef): ObjectRef => ({ kind, name, namespace });

function findingsOf({ result }: Decided, leftOut: LeftOut): readonly LineFinding[] {
  const all = result.servers.flatMap(({ faults, remarks }) => [...faults, ...remarks]);
  return firstOf(all, MOST.findings, 'findings', leftOut).map(
    ({ rule, messageId, level, subject, object, path, message }) => ({
      level,
      message: cutTo(message, MOST.text, 'findings.message', leftOut),
      messageId,
      ...(path && { path }),
      ...policyOf(object),
      rule,
      subject: inOrder(subject),
    }),
  );
}

function causesOf({ result }: Decided, leftOut: LeftOut): Pick<Said, 'causes'> {
  const all = [...new Set(result.servers.flatMap(({ causes }) => causes.map(({ message }) => message)))];
  if (all.length === 0) return {};
  const causes = firstOf(all, MOST.causes, 'causes', leftOut);
  return { causes: causes.map(text => cutTo(text, MOST.text, 'causes', leftOut)) };
}

const keyOf = ({ kind, namespace, name }: ObjectRef): string => JSON.stringify([kind, namespace, name]);

/** Servers that the change closes: by what is said of them and of each of their Pods. */
function closesOf({ result, read }: Decided, worlds: Worlds | undefined): Pick<Said, 'closes'> {
  const mended = result.servers.filter(({ mended: rules }) => rules.length > 0);
  if (worlds === undefined || mended.length === 0) return {};
  const change: Change = read.kind === 'change' ? read.change : {};
  const refs = (servers: typeof result.servers): readonly ObjectRef[] =>
    concernedServers(judgedWorkloads(servers, change), worlds).servers.map(({ ref }) => ref);
  const denied = result.servers.filter(({ faults, remarks }) =>
    [...faults, ...remarks].some(({ level }) => level === 'deny'),
  );
  const open = new Set(refs(denied).map(keyOf));
  const rules = [...new Set(mended.flatMap(server => server.mended))].sort();
  const closed = refs(mended).filter(ref => !open.has(keyOf(ref)));
  return closed.length === 0 ? {} : { closes: closed.map(ref => ({ ...inOrder(ref), rules })) };
}

type Said = Unchained<ReviewLine>;

/** What tells one review from another that says the same, beside the objects themselves. */
type OwnSaid = Pick<Said, 'type' | 'time' | 'uid' | 'object'>;

/** What is said of who asks and of what was answered. */
function answerOf(
  { review, result }: Decided,
  leftOut: LeftOut,
): Pick<Said, 'operation' | 'user' | 'allowed' | 'mode' | 'dryRun' | 'note'> {
  const { user } = review;
  const cut = (text: string, what: string): string => cutTo(text, MOST.text, what, leftOut);
  return {
    operation: review.operation,
    user: {
      groups: firstOf(user.groups, MOST.groups, 'groups', leftOut).map(group => cut(group, 'groups')),
      name: cut(user.username, 'user.name'),
      ...(user.uid && { uid: cut(user.uid, 'user.uid') }),
    },
    allowed: result.response.allowed,
    mode: result.mode,
    dryRun: review.dryRun,
    ...(result.note && { note: result.note }),
  };
}

/** Who a namespace says is to be told; `undefined` where it says nothing, or is not known. */
export function notifyIn(world: World | undefined, name: string, leftOut: LeftOut = []): string | undefined {
  const notify = world?.namespace(name).namespace?.meta.annotations.get(NOTIFY_ANNOTATION);
  return notify ? cutTo(notify, MOST.text, 'notify', leftOut) : undefined;
}

function notifyOf({ review }: Decided, world: World | undefined, leftOut: LeftOut): Pick<Said, 'notify'> {
  const notify = notifyIn(world, review.namespace, leftOut);
  return notify === undefined ? {} : { notify };
}

/** What is left of a line that is still too long: its parts that can be long are taken out one after the other. */
function shortened(members: Members, leftOut: readonly string[], hashing: Hashing): Members {
  // A UTF-16 unit takes three bytes of UTF-8 at most (RFC 3629); what places the line and the names of its fields take less than 1024.
  const isShort = (all: Members): boolean => lengthOf(all) * 3 + 1024 < MAX_LINE_BYTES;
  if (leftOut.length === 0 && isShort(members)) return members;
  const rest = new Map(members);
  const told = [...leftOut];
  for (const [key, empty] of [
    ['previous', undefined],
    ['snapshot', undefined],
    ['findings', []],
    ['reach', NO_CHANGE],
  ] as const) {
    if (isShort(rest)) break;
    if (empty === undefined) rest.delete(key);
    else rest.set(key, hashing.canonical(empty));
    told.push(`${key}: the line was longer than ${MAX_LINE_BYTES} bytes`);
  }
  return told.length === 0 ? rest : rest.set('truncated', hashing.canonical(told));
}

/** What of a line follows from what was judged and from the state of the cluster: the same for all reviews that say the same. */
interface JudgedPart {
  readonly members: Members;
  readonly leftOut: readonly string[];
  /** It concerns no MCP server: the line holds no object. */
  readonly isHarmless: boolean;
}

/** In a world that may be unknown. */
function judgedPart(decided: Decided, world: World | undefined, texts: LineTexts): JudgedPart {
  const { review, read, result } = decided;
  const leftOut: string[] = [];
  const change = read.kind === 'change' ? read.change : {};
  const subjects = world === undefined ? [] : concernedWorkloads(decided, world);
  const worked = result.worked?.();
  const worlds = world !== undefined && subjects.length > 0 ? worldsOf(world, change, worked?.worlds) : undefined;
  const { servers, more } = worlds ? concernedServers(subjects, worlds) : { servers: [], more: 0 };
  if (more > 0) leftOut.push(`servers: ${more} more`);
  const isHarmless = servers.length === 0 && result.servers.length === 0 && gateChanges(review).length === 0;
  const said: Omit<Said, keyof OwnSaid> = {
    ...answerOf(decided, leftOut),
    decision: decisionOf(decided),
    change: review.dryRun ? [] : changeKinds(review, change.after ?? change.before, isHarmless),
    servers: servers.map(({ ref }) => inOrder(ref)),
    findings: findingsOf(decided, leftOut),
    ...causesOf(decided, leftOut),
    reach:
      worlds === undefined || review.dryRun
        ? NO_CHANGE
        : reachOfServers(servers, worlds, reachReader(decided, worked?.traffic, texts.ways), leftOut),
    ...closesOf(decided, worlds),
    ...notifyOf(decided, isHarmless ? undefined : world, leftOut),
  };
  return { members: textsOf(said, texts), leftOut, isHarmless };
}

const NO_OBJECTS: ObjectsPart = { members: new Map(), leftOut: [] };

/** The parts of a line that hang on what was reviewed and judged. */
export interface LineParts {
  readonly judged: JudgedPart;
  /** Which object it is about. */
  readonly about: LineObject;
  readonly objects: ObjectsPart;
}

/** In a world that may be unknown. Of what concerns no MCP server there is neither the object nor what it costs to tell more; a dry run is no change. */
export function partsOf(decided: Decided, world: World | undefined, texts: LineTexts): LineParts {
  const judged = judgedPart(decided, world, texts);
  const objects = judged.isHarmless ? NO_OBJECTS : objectsPart(decided, texts);
  return { judged, about: aboutOf(decided.review), objects };
}

/** All fields of a line but for those that place it, in the order in which they are hashed. */
const FIELDS: Readonly<Record<keyof Said, true>> = {
  allowed: true,
  causes: true,
  change: true,
  closes: true,
  decision: true,
  digest: true,
  dryRun: true,
  findings: true,
  mode: true,
  note: true,
  notify: true,
  object: true,
  operation: true,
  previous: true,
  reach: true,
  servers: true,
  snapshot: true,
  time: true,
  truncated: true,
  type: true,
  uid: true,
  user: true,
};
const IN_ORDER = Object.keys(FIELDS);

/** The line of a review. */
export function reviewMembers(
  review: Review,
  { judged, about, objects }: LineParts,
  { type, time, hashing }: { readonly type: ReviewLine['type']; readonly time: string; readonly hashing: Hashing },
): Members {
  const own: OwnSaid = { type, time, uid: review.uid, object: about };
  const ownTexts = textsOf(own, hashing);
  const members = new Map<string, string>();
  for (const key of IN_ORDER) {
    const text = judged.members.get(key) ?? ownTexts.get(key) ?? objects.members.get(key);
    if (text !== undefined) members.set(key, text);
  }
  return shortened(members, [...judged.leftOut, ...objects.leftOut], hashing);
}
