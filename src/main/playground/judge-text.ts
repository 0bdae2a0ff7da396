import { readObjects } from '../../adapters/files/objects.ts';
import { createPageTexts } from '../../adapters/files/page-texts.ts';
import { splitDocuments, type TextDocument } from '../../adapters/yaml/documents.ts';
import { createParser } from '../../adapters/yaml/parse.ts';
import { createPositions } from '../../adapters/yaml/positions.ts';
import { type BuiltPage, buildPage } from '../../app/page/build-page.ts';
import type { LayOut, Sized } from '../../app/page/picture.ts';
import { type Locate, reportOn } from '../../app/report/build-report.ts';
import { createInputDecoder, type DecodedInput, judgeInput } from '../../app/report/check.ts';
import { runAtOnce } from '../../app/steps.ts';
import { createJudge } from '../../core/evaluate.ts';
import { parsePath } from '../../core/field-path.ts';
import { BUILTIN_DATA } from '../../core/gate/document/builtin.ts';
import { decodeGatePolicy } from '../../core/gate/document/decode-gate-policy.ts';
import { resolvePreset } from '../../core/gate/document/resolve.ts';
import { policyOn } from '../../core/gate/policy-on.ts';
import type { GatePolicy } from '../../core/gate/types.ts';
import { createDecoder } from '../../core/kube/decode.ts';
import { isFields } from '../../core/kube/reading.ts';
import type { Problem } from '../../core/manifest.ts';

/** What the two texts are called in what is said of them. */
const MANIFESTS = 'manifests.yaml';
const CONFIGURATION = 'chokepoint.yaml';

/** As the command line has them. */
const LIMITS = { maxDepth: 200, maxAliases: 10_000, maxNodes: 1_000_000 } as const;

const problem = (file: string, message: string, line = 0, field = ''): Problem => ({
  severity: 'error',
  ...{ code: 'unreadable', file, line, column: 0, field, message },
});

/** The configuration, or the built-in preset where there is none or it cannot be used. */
function policyOf(
  text: string,
  day: string,
): { readonly policy: GatePolicy; readonly source: string; readonly problems: readonly Problem[] } {
  const preset = { policy: resolvePreset('baseline', BUILTIN_DATA), source: 'built-in baseline preset' };
  if (text.trim() === '') return { ...preset, problems: [] };
  const parsed = createParser(LIMITS)(text);
  if (parsed.kind === 'fault')
    return { ...preset, problems: [problem(CONFIGURATION, parsed.fault.message, parsed.fault.line + 1)] };
  if (!isFields(parsed.value))
    return { ...preset, problems: [problem(CONFIGURATION, 'expected a document of kind GatePolicy')] };
  const { policy, issues } = decodeGatePolicy(parsed.value);
  const problems = issues.map(({ severity, path, message }) => ({
    ...problem(CONFIGURATION, message, 0, path),
    severity,
  }));
  return policy === undefined
    ? { ...preset, problems }
    : { policy: policyOn(policy, day), source: CONFIGURATION, problems };
}

/** Reads manifests as the command line reads a file. */
function readManifests(documents: readonly TextDocument[]): {
  readonly input: DecodedInput;
  readonly problems: readonly Problem[];
} {
  const decoder = createInputDecoder(createDecoder());
  const parse = createParser(LIMITS);
  const problems: Problem[] = [];
  const sink = { parse, maxDepth: LIMITS.maxDepth, manifest: decoder.add, problems };
  for (const [index, document] of documents.entries()) {
    const parsed = parse(document.text);
    if (parsed.kind === 'fault')
      problems.push(problem(MANIFESTS, parsed.fault.message, document.line + parsed.fault.line));
    else if (parsed.value !== null)
      readObjects({ file: MANIFESTS, named: true, foreign: false, index, document }, parsed.value, sink);
  }
  return { input: decoder.finish(), problems };
}

/** Where the fields of a manifest stand. */
function locatorOf(documents: readonly TextDocument[]): Locate {
  return ({ document: index, line, pointer }, path) => {
    const document = documents[index];
    if (document === undefined) return { line, column: 0 };
    const found = createPositions(document.text, LIMITS.maxDepth).locate([...pointer, ...(parsePath(path) ?? [])]);
    return { line: document.line + found.line, column: found.column + 1 };
  };
}

const GAP = 16;
const COLUMNS_APART = 160;

/** One below the other. */
function column(parts: readonly Sized[], x: number) {
  const width = Math.max(0, ...parts.map(part => part.width));
  let y = 0;
  const boxes = parts.map(({ id, height }) => {
    const box = { x, y, width, height };
    y += height + GAP;
    return [id, box] as const;
  });
  return { boxes, right: x + width, height: y };
}

/** Three columns: nothing that is typed by hand needs more. */
const layOut: LayOut = async ({ from, namespaces, to }) => {
  const left = column(from, 0);
  const middle = column(namespaces, left.right + COLUMNS_APART);
  const right = column(to, middle.right + COLUMNS_APART);
  const columns = [left, middle, right];
  return {
    width: right.right,
    height: Math.max(...columns.map(({ height }) => height)),
    boxes: new Map(columns.flatMap(({ boxes }) => boxes)),
  };
};

/** The page of what is typed, as `check --output html` would write it. `day`: `YYYY-MM-DD`. */
export function judgeText(manifests: string, configuration: string, day: string): Promise<BuiltPage> {
  const text = manifests.replace(/\r\n?/g, '\n');
  const documents = splitDocuments(text);
  const { policy, source, problems } = policyOf(configuration, day);
  const { input, problems: read } = readManifests(documents);
  const judged = judgeInput(input, createJudge(policy));
  const facts = { files: 1, problems: [...problems, ...read], policySource: source };
  return buildPage({
    report: reportOn([judged], facts, locatorOf(documents)),
    ...{ worlds: [judged], policy, day, version: 'playground', layOut, run: runAtOnce },
    command: `chokepoint reach ${MANIFESTS} --from FROM --to TO --port PORT --protocol PROTOCOL`,
    texts: createPageTexts(file => (file === MANIFESTS ? text : undefined)),
  });
}
