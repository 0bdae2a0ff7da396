import { Document, isCollection, isMap, isNode, isScalar, isSeq, Scalar, visit } from 'yaml';
import type { GeneratedPolicy } from '../../app/report/generate.ts';
import { type PathSegment, parsePath } from '../../core/field-path.ts';
import { visibleText } from '../../core/visible-text.ts';
import { readPlainScalar } from '../yaml/scalars.ts';

/** Forms of generated policies: a stream of documents, or a part of a Helm chart's values. */
export type PolicyForm = 'yaml' | 'helm-values';

/** YAML 1.2: the 1.1 of the library prints a key `<<` bare, as a merge. What kubectl would misread is quoted below. */
const WRITTEN_AS = { version: '1.2', aliasDuplicateObjects: false } as const;

interface Style {
  /** Whether the dash of a list stands further right than the key above it. */
  readonly indentsLists: boolean;
}

/** `[]` stands behind its key, where there is room for no line of its own. */
function commentKey(document: Document, path: readonly PathSegment[], line: string): void {
  const holder = document.getIn(path.slice(0, -1), true);
  const pair = isMap(holder) ? holder.items.find(({ key }) => isScalar(key) && key.value === path.at(-1)) : undefined;
  if (isNode(pair?.key)) pair.key.commentBefore = line;
}

function comment(document: Document, path: readonly PathSegment[], text: string): void {
  const node = document.getIn(path, true);
  if (!isNode(node)) return;
  const line = ` ${visibleText(text)}`;
  if (isCollection(node) && node.items.length === 0) commentKey(document, path, line);
  else if (isScalar(node)) node.comment = line;
  else node.commentBefore = line;
}

function addNotes(document: Document, notes: GeneratedPolicy['notes'], pointer: readonly PathSegment[]): void {
  for (const [path, note] of notes) comment(document, [...pointer, ...(parsePath(path) ?? [])], note);
}

/** Quotes all text that kubectl would not read as text. */
function quoteWhatIsNoText(document: Document): void {
  visit(document, {
    Scalar(_key, node) {
      if (node.value === '<<' || (typeof node.value === 'string' && typeof readPlainScalar(node.value) !== 'string'))
        node.type = Scalar.QUOTE_DOUBLE;
    },
  });
}

/** Empty lists and mappings are only written in braces and brackets: `ingress: []`. Otherwise it is block style throughout. */
function textOf(document: Document, { indentsLists }: Style): string {
  quoteWhatIsNoText(document);
  return document.toString({ lineWidth: 0, indentSeq: indentsLists, flowCollectionPadding: false });
}

function headline({ subject }: GeneratedPolicy): string {
  return ` ${visibleText(`for ${subject.kind} ${subject.namespace}/${subject.name}`)}`;
}

/** What a policy is written as: itself, and the one of another API beside it. */
const manifestsOf = ({ manifest, beside }: GeneratedPolicy): readonly object[] =>
  beside ? [manifest, beside] : [manifest];

const besideLine = ({ subject }: GeneratedPolicy): string =>
  ` ${visibleText(`for ${subject.kind} ${subject.namespace}/${subject.name}: what its NetworkPolicy cannot say`)}`;

function renderBeside(policy: GeneratedPolicy): readonly string[] {
  if (policy.beside === undefined) return [];
  const document = new Document(policy.beside, WRITTEN_AS);
  if (isCollection(document.contents)) document.contents.commentBefore = besideLine(policy);
  return [textOf(document, { indentsLists: false })];
}

/** One policy as a YAML document of its own, with its comments and a line break at its end. */
export function renderPolicy(policy: GeneratedPolicy, style: Style = { indentsLists: false }): string {
  const document = new Document(policy.manifest, WRITTEN_AS);
  addNotes(document, policy.notes, []);
  if (isCollection(document.contents)) document.contents.commentBefore = headline(policy);
  return textOf(document, style);
}

/** Fields as YAML in block style, with a line break at the end. `notes`: comments by field path. */
export function renderFields(
  fields: Readonly<Record<string, unknown>>,
  notes: GeneratedPolicy['notes'] = new Map(),
): string {
  const document = new Document(fields, WRITTEN_AS);
  addNotes(document, notes, []);
  return textOf(document, { indentsLists: false });
}

function renderValues(policies: readonly GeneratedPolicy[]): string {
  const extraObjects = policies.flatMap(manifestsOf);
  const document = new Document({ extraObjects }, WRITTEN_AS);
  const say = (manifest: object, line: string): number => {
    const index = extraObjects.indexOf(manifest);
    const item = document.getIn(['extraObjects', index], true);
    if (isNode(item)) item.commentBefore = line;
    return index;
  };
  for (const policy of policies) {
    addNotes(document, policy.notes, ['extraObjects', say(policy.manifest, headline(policy))]);
    if (policy.beside) say(policy.beside, besideLine(policy));
  }
  const list = document.get('extraObjects');
  if (isSeq(list) && policies.length === 0) list.flow = true;
  return textOf(document, { indentsLists: false });
}

/** The policies as text that can be applied, or put into the values of a chart. Empty for `yaml` without policies. */
export function renderPolicies(policies: readonly GeneratedPolicy[], form: PolicyForm): string {
  if (form === 'helm-values') return renderValues(policies);
  return policies.flatMap(policy => [renderPolicy(policy), ...renderBeside(policy)]).join('---\n');
}
