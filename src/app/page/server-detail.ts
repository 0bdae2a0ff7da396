import { CAUSES } from '../../core/causes.ts';
import type { Decision, Edit } from '../../core/decision.ts';
import { exceptionText, placeText, refText, witnessText } from '../../core/explain.ts';
import type { ObjectRef } from '../../core/kube/types.ts';
import { visibleData, visibleDiff } from '../../core/visible-text.ts';
import type { JudgedInput } from '../report/check.ts';
import type { FieldPlace, ReportedCause, ReportedFinding, ReportedServer } from '../report/check-report.ts';
import type { GeneratedPolicy } from '../report/generate.ts';
import { sinceText } from '../report/since.ts';
import type { Steps } from '../steps.ts';
import type { Ground } from './ground.ts';
import { editsOf } from './mended-world.ts';
import type { Excerpt, PageFinding, PageFix, ServerDetail, ServerMap } from './model.ts';

/** What mends one server. */
export interface AskedFixes {
  readonly edits: readonly Edit[];
  /** Policies that are written anew, or in the place of others. */
  readonly policies: readonly GeneratedPolicy[];
}

/** Where the texts of the objects are. */
export interface PageTexts {
  /** The lines around a field of an object; `undefined`: there is no text of it. */
  excerpt(place: FieldPlace & { readonly object: ObjectRef; readonly path?: string }): Excerpt | undefined;
  /** What the fixes of one server change, for each file once, as `check --fix` makes them. Nothing of what cannot be shown. */
  fixes(asked: AskedFixes, judged: JudgedInput): readonly PageFix[];
}

/** Of a place in a file. Empty: it stands in none. */
export const lineText = ({ file, line }: FieldPlace): string =>
  file === '' ? '' : `${file === '-' ? 'standard input' : file}${line > 0 ? `:${line}` : ''}`;

/** What a report says of a server, and what of it a page shows. */
interface Said {
  readonly shown: PageFinding;
  readonly of: ReportedFinding | ReportedCause;
}

function saidOfFinding(finding: ReportedFinding, level: PageFinding['level'], isCluster: boolean): Said {
  const { rule, message, witness, fix, openSince, openDays, known } = finding;
  const since = sinceText(openSince, openDays);
  const shown: PageFinding = {
    ...{ level, rule, message, at: placeText(finding), place: isCluster ? '' : lineText(finding) },
    ...{ witness: witness ? witnessText(witness) : '', fix: fix.summary },
    ...(since && { since }),
    ...(known && { known: true }),
  };
  return { shown, of: finding };
}

function saidOfCause(cause: ReportedCause, isCluster: boolean): Said {
  const { code, message, object, openSince, openDays, known } = cause;
  const since = sinceText(openSince, openDays);
  const shown: PageFinding = {
    ...{ level: 'unsure', rule: code, message, at: refText(object), place: isCluster ? '' : lineText(cause) },
    ...{ witness: '', fix: CAUSES[code].fix },
    ...(since && { since }),
    ...(known && { known: true }),
  };
  return { shown, of: cause };
}

/** All that a report says of a server, in the order of {@link ServerDetail.findings}. */
export function saidOf({ findings, causes, excepted }: ReportedServer, isCluster: boolean): readonly Said[] {
  const found = (level: 'deny' | 'warn'): readonly Said[] =>
    findings.filter(one => one.level === level).map(one => saidOfFinding(one, level, isCluster));
  const setAside = excepted.map(one => {
    const { shown, of } = saidOfFinding(one, 'excepted', isCluster);
    return { shown: { ...shown, exception: exceptionText(one.exception) }, of };
  });
  return [...found('deny'), ...causes.map(one => saidOfCause(one, isCluster)), ...found('warn'), ...setAside];
}

function* mendedOf(decision: Decision, ground: Ground, texts: PageTexts): Steps<Pick<ServerDetail, 'fixes' | 'after'>> {
  const { judged } = ground;
  const policies = yield* ground.policiesFor(decision);
  const after = ground.afterFixes(decision, policies);
  yield;
  const fixes = texts.fixes({ edits: editsOf(decision), policies }, judged);
  return { fixes, ...(after && { after }) };
}

/** What a page has of a server whose details are asked for. */
export interface DetailedServer {
  readonly server: ReportedServer;
  /** Absent: what was judged is no world. */
  readonly ground: Ground | undefined;
  readonly decision: Decision | undefined;
  /** Who reaches it, and what it reaches. */
  readonly map: ServerMap;
}

/** The details of a server, all of them visible text; diffs keep their lines. `judged`: when it was judged, where a controller keeps that. */
export function* detailOf(
  { server, ground, decision, map }: DetailedServer,
  { isCluster, judged, texts }: { readonly isCluster: boolean; readonly judged: string; readonly texts: PageTexts },
): Steps<ServerDetail> {
  const { mcp, evidence, builds = [] } = server;
  const findings = saidOf(server, isCluster).map(({ shown, of }) => {
    const excerpt = texts.excerpt(of);
    return { ...shown, ...(excerpt && { excerpt }) };
  });
  yield;
  const mended = ground && decision ? yield* mendedOf(decision, ground, texts) : { fixes: [] };
  const [first] = findings;
  const { fixes, ...detail } = {
    ...{ mcp, evidence: evidence.filter(({ strength }) => strength !== 'against').map(({ says }) => says) },
    ...{ place: isCluster ? '' : lineText(server), builds, findings, map, ...mended },
    ...(judged !== '' && { judged }),
    ...(first && { more: `chokepoint explain ${first.rule}` }),
  };
  const visible = ({ title, diff }: PageFix): PageFix => ({ title: visibleData(title), diff: visibleDiff(diff) });
  return { ...visibleData(detail), fixes: fixes.map(visible) };
}
