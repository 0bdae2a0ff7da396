import { stringify } from 'yaml';
import schema from '../policies/gate-policy.schema.json' with { type: 'json' };
import { RULES } from '../src/core/rules/index.ts';

/** A field of the JSON Schema, as far as the page shows it. */
interface Field {
  readonly description?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly string[];
  readonly format?: string;
  readonly properties?: Readonly<Record<string, Field>>;
  readonly items?: Field;
  readonly required?: readonly string[];
  readonly examples?: readonly unknown[];
  readonly $ref?: string;
}

/** Definitions that stand in many places: each has a section of its own, and is linked from there. */
const SHARED: Readonly<Record<string, { readonly heading: string; readonly noun: string }>> = {
  peer: { heading: 'Peers', noun: 'peer' },
  port: { heading: 'Ports', noun: 'port' },
  labelSelector: { heading: 'Label selectors', noun: 'label selector' },
  cidr: { heading: 'CIDR blocks', noun: 'CIDR block' },
};

const definitions: Readonly<Record<string, Field>> = schema.$defs;
const nameOf = (ref: string): string => ref.slice('#/$defs/'.length);

function definition(name: string): Field {
  const found = definitions[name];
  if (found === undefined) throw new Error(`the schema has no definition "${name}"`);
  return found;
}

/** What a reference leads to, under what stands beside it. */
const resolved = (field: Field): Field =>
  field.$ref === undefined ? field : { ...definition(nameOf(field.$ref)), ...field };

const anchor = (heading: string): string => heading.toLowerCase().replaceAll(' ', '-');
const fence = (value: unknown): string => `\`\`\`yaml\n${stringify(value).trimEnd()}\n\`\`\``;
const RULE_IDS = new Set(RULES.map(({ id }) => id));

/** Rules are links, and what only code can be is shown as code. */
const prose = (text: string): string =>
  text
    .replaceAll(/\b[a-z]+(?:-[a-z]+)+\b(?![/:]|\.\w)/g, word =>
      RULE_IDS.has(word) ? `[${word}](rules/${word}.md)` : word,
    )
    .replaceAll(/\b(?:chokepoint\.dev|kubernetes\.io)\/[a-z.-]+[a-z](?:: "false")?/g, name => `\`${name}\``);

const FORMATS: ReadonlyMap<string, string> = new Map([['date', 'date (`YYYY-MM-DD`)']]);

/** What may stand in a field. */
function typeText(field: Field): string {
  const shared = field.$ref === undefined ? undefined : SHARED[nameOf(field.$ref)];
  if (shared !== undefined) return `[${shared.noun}](#${anchor(shared.heading)})`;
  const { type, items, format, enum: values } = resolved(field);
  if (values !== undefined) return values.map(value => `\`${value}\``).join(', ');
  if (items !== undefined) return `list of ${typeText(items)}`;
  return FORMATS.get(format ?? '') ?? [type].flat().join(' or ');
}

const hasOwnSection = (field: Field): boolean => field.$ref !== undefined && nameOf(field.$ref) in SHARED;

/** A row for each field below one, by its path, as far as no other section shows it. */
function rows(field: Field, path: string): readonly string[] {
  const { properties = {}, items, required = [] } = resolved(field);
  if (items !== undefined) return hasOwnSection(items) ? [] : rows(items, `${path}[]`);
  return Object.entries(properties).flatMap(([name, below]) => {
    const at = path === '' ? name : `${path}.${name}`;
    const meaning = prose(resolved(below).description ?? '');
    const needed = required.includes(name) ? ' **Required.**' : '';
    const row = `| \`${at}\` | ${typeText(below)} | ${meaning}${needed} |`;
    return [row, ...(hasOwnSection(below) ? [] : rows(below, at))];
  });
}

function table(field: Field, path: string): readonly string[] {
  const body = rows(field, path);
  return body.length === 0 ? [] : [['| field | holds | meaning |', '| --- | --- | --- |', ...body].join('\n')];
}

function rulesTable(): string {
  const lines = RULES.map(
    ({ id, title, levels }) => `| [\`${id}\`](rules/${id}.md) | ${levels.baseline} | ${levels.restricted} | ${title} |`,
  );
  return ['| rule | baseline | restricted | finds |', '| --- | --- | --- | --- |', ...lines].join('\n');
}

/** `rules` has one field for each rule, which are all alike. */
const rulesTables = (): readonly string[] => [...table(definition('ruleSetting'), 'rules.RULE'), rulesTable()];

function fieldSection(name: string, field: Field): readonly string[] {
  const { description = '', examples = [], type } = resolved(field);
  const isPlain = type !== 'object' && type !== 'array';
  return [
    `## ${name}`,
    prose(description),
    ...(isPlain ? [`One of: ${type === 'boolean' ? '`true`, `false`' : typeText(field)}.`] : []),
    ...(name === 'rules' ? rulesTables() : table(field, name)),
    ...examples.slice(0, 1).map(example => fence({ spec: { [name]: example } })),
  ];
}

function sharedSection(name: string): readonly string[] {
  const { description = '', examples = [] } = definition(name);
  const shown = examples.every(example => typeof example === 'string')
    ? [`For example ${examples.map(example => `\`${example}\``).join(', ')}.`]
    : [fence(examples)];
  return [`## ${SHARED[name]?.heading}`, prose(description), ...table(definition(name), ''), ...shown];
}

const INTRODUCTION = `One document, a GatePolicy, configures all of Chokepoint, the same in the cluster and in a pipeline. Nothing has to be configured: without a document the preset \`baseline\` holds, what is wrong in every cluster is denied, and what depends on facts that
were not given is a warning that names the fact. [policies/samples](../policies/samples) has complete documents for GKE, EKS and a cluster with several gateways.

- **Read from** \`--config FILE\`, else from \`chokepoint.yaml\` in the working folder; in the cluster from the ConfigMap \`chokepoint\`, key \`chokepoint.yaml\`, or where no file
  is given from [the GatePolicy](custom-resources.md#gatepolicy) named \`default\`. A file holds YAML 1.2 or JSON, and is a regular file of at most 1 MiB. It
  may stand among documents of other kinds. Absent and empty are told apart: an empty list says that there is none.
- **Checked** against the schema, and beyond it. A field, a rule or a signal that nobody knows is an error, and so are null, and addresses that
  implementations read differently. Every problem is told at once, with file and line; with an error nothing is judged, and a running gate keeps the last good document.
- **Read again** by \`serve\` and \`controller\` when it changes, without a restart.
- **Overridden** by the labels of a namespace, and by options of the [webhook](webhook.md) and the [controller](controller.md):

| label of a Namespace | holds over | a value that is none of these is read as |
| --- | --- | --- |
| \`chokepoint.dev/mode\` | [mode](#mode) | \`enforce\` |
| \`chokepoint.dev/ruleset\` | [ruleset](#ruleset) | \`v1\` |
| \`chokepoint.dev/absent-policy\` | [absentPolicy](#absentpolicy) | \`reject\` |

Editors check and complete it by [the schema](../policies/gate-policy.schema.json), of which this page is made; in the values of the chart, \`spec\` is \`configuration\`.`;

/** docs/configuration.md: every field of a GatePolicy. */
export function configurationPage(): string {
  const { spec, ...outer } = schema.properties;
  const fields: Readonly<Record<string, Field>> = spec.properties;
  const links = Object.keys(fields).map(name => `[${name}](#${anchor(name)})`);
  const parts = [
    '# Configuration',
    '<!-- Generated by `npm run gen` from policies/gate-policy.schema.json. -->',
    INTRODUCTION,
    '## The document',
    fence(schema.examples[0]),
    ...table({ properties: { ...outer, spec: { ...spec, properties: {} } }, required: schema.required }, ''),
    `Fields of \`spec\`: ${links.join(', ')}.`,
    ...Object.entries(fields).flatMap(([name, field]) => fieldSection(name, field)),
    ...Object.keys(SHARED).flatMap(sharedSection),
  ];
  return `${parts.join('\n\n')}\n`;
}
