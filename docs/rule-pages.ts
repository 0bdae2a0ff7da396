import { controlsOf, FRAMEWORKS } from '../src/app/report/controls.ts';
import type { Finding } from '../src/core/decision.ts';
import { witnessText } from '../src/core/explain.ts';
import { NEVER_IGNORED } from '../src/core/never-ignored.ts';
import type { Rule } from '../src/core/rule.ts';
import { RULES } from '../src/core/rules/index.ts';
import { type FixtureKind, type RuleCase, ruleCases, ruleFile } from '../test/support/rule-cases.ts';
import { diffText } from './diff-text.ts';

/** What a rule's `expect.json` holds of one finding. */
type Expected = Pick<Finding, 'rule' | 'messageId' | 'level' | 'path' | 'witness'> & { readonly object: string };
type Golden = Readonly<Record<string, readonly { readonly findings: readonly Expected[] }[]>>;

/** One fixture, as far as a page shows it. */
interface Example {
  readonly name: string;
  /** What passes and what does not; for a change, what was before and what comes after. */
  readonly from: string;
  readonly to: string;
  /** The configuration, where the example has one of its own; else empty. */
  readonly policy: string;
  readonly findings: readonly Expected[];
}

const fence = (language: string, text: string): string => `\`\`\`${language}\n${text.trimEnd()}\n\`\`\``;
const words = (name: string): string => name.replaceAll('-', ' ');

function exampleOf(rule: Rule, { name, world, before, policy, ownPolicy }: RuleCase, golden: Golden): Example {
  const findings = (golden[`fail/${name}`] ?? []).flatMap(server => server.findings);
  if (rule.judges !== 'server') return { name, from: before, to: world, policy: '', findings };
  return { name, from: world, to: before, policy: (ownPolicy && policy) || '', findings };
}

const changedLines = ({ from, to }: Example): number => diffText(from, to).split('\n').length;

/** The example that shows a message with the least beside it: no configuration of its own, few other findings, a short difference. */
function simplest(examples: readonly Example[], rule: Rule, messageId: string): Example | undefined {
  const shows = ({ findings }: Example): boolean =>
    findings.some(finding => finding.rule === rule.id && finding.messageId === messageId);
  const weight = ({ policy, findings }: Example): number => (policy === '' ? 0 : 100) + findings.length;
  return examples.filter(shows).sort((a, b) => weight(a) - weight(b) || changedLines(a) - changedLines(b))[0];
}

function messageSection(rule: Rule, messageId: string, message: string, examples: readonly Example[]): string {
  const example = simplest(examples, rule, messageId);
  const heading = `### \`${messageId}\`\n\n> ${message}`;
  if (example === undefined) return heading;
  const found = example.findings.find(finding => finding.rule === rule.id && finding.messageId === messageId);
  const place = found === undefined || found.path === '' ? '' : `, at \`${found.path}\` of ${found.object}`;
  const proof = found?.witness === undefined ? '' : ` For example, ${witnessText(found.witness)}.`;
  const level =
    found?.level === 'warn' && rule.levels.baseline === 'deny' ? ' This message is never more than a warning.' : '';
  const lead =
    rule.judges === 'server'
      ? `What is ${found?.level === 'warn' ? 'warned of' : 'denied'} (\`-\`), and what passes (\`+\`)`
      : 'The change that is denied';
  const shown = [
    `${lead}: ${words(example.name)}${place}.${proof}${level}`,
    fence('diff', diffText(example.from, example.to)),
  ];
  const under = example.policy === '' ? [] : ['Judged under this configuration:', fence('yaml', example.policy)];
  return [heading, ...shown, ...under].join('\n\n');
}

const namesSection = (rule: Rule, kind: FixtureKind): string =>
  ruleCases(rule.id, kind)
    .map(({ name }) => `- ${words(name)}`)
    .join('\n');

const casesFile = ({ id }: Rule, kind: FixtureKind): string => `[${kind}.yaml](../../test/rules/${id}/${kind}.yaml)`;

function passingSection(rule: Rule): readonly string[] {
  const base = rule.judges === 'server' ? (ruleFile(rule.id, 'base.yaml') ?? '') : '';
  const policy = ruleFile(rule.id, 'policy.yaml') ?? '';
  return [
    ...(base === '' ? [] : ['## What passes', fence('yaml', base)]),
    ...(policy === '' ? [] : ['The examples of this page are judged under this configuration:', fence('yaml', policy)]),
  ];
}

const waysOut = ({ id }: Rule): string =>
  [
    'spec:',
    `  rules: {${id}: {level: warn}}   # deny, warn or off, everywhere`,
    '  exceptions:                      # or for one server, for a reason, for a time',
    `  - {namespace: tools, kind: Deployment, name: weather, rules: [${id}], reason: "TICKET-1", expires: "2030-12-31"}`,
  ].join('\n');

const annotationText = ({ id }: Rule): string =>
  NEVER_IGNORED.has(id)
    ? 'No [annotation](../legacy.md#annotations) and no [GateException](../custom-resources.md#gateexception) sets it aside.'
    : 'The annotation `chokepoint.dev/ignore` and a [GateException](../custom-resources.md#gateexception) set it aside [as far as the GatePolicy lets them](../legacy.md#annotations).';

/** What others have published that the rule answers a part of. */
const controlsText = ({ id }: Rule): string =>
  controlsOf(id)
    .map(control => `- ${FRAMEWORKS[control.framework].title}: ${control.id}, ${control.about}`)
    .concat('\nWhat that means is in [controls](../compliance.md).')
    .join('\n');

/** The page of one rule. */
function rulePage(rule: Rule): string {
  const { id, title, why, limits, levels, severity, sources, messages, since } = rule;
  const golden = JSON.parse(ruleFile(id, 'expect.json') ?? '{}') as Golden;
  const examples = ruleCases(id, 'fail').map(one => exampleOf(rule, one, golden));
  const sections = [
    `# ${id}`,
    `<!-- Generated by \`npm run gen\` from src/core/rules/${id}.ts and test/rules/${id}. -->`,
    `**${title}.** ${why}`,
    `| preset | level |\n| --- | --- |\n| baseline | ${levels.baseline} |\n| restricted | ${levels.restricted} |`,
    `Since ruleset ${since}; severity ${severity} of 10. At the terminal: \`chokepoint explain ${id}\`.`,
    '## Messages',
    ...Object.entries(messages).map(([messageId, message]) => messageSection(rule, messageId, message, examples)),
    ...passingSection(rule),
    '## More examples',
    `Found (${casesFile(rule, 'fail')}, each as its difference from [base.yaml](../../test/rules/${id}/base.yaml)):\n\n${namesSection(rule, 'fail')}`,
    `Not found, though near (${casesFile(rule, 'pass')}):\n\n${namesSection(rule, 'pass')}`,
    '## What it does not see',
    limits,
    '## Where it cannot be mended',
    `The platform team can lower it in the GatePolicy:\n\n${fence('yaml', waysOut(rule))}`,
    annotationText(rule),
    '## Answers to',
    controlsText(rule),
    '## Sources',
    sources.map(source => `- <${source}>`).join('\n'),
  ];
  return `${sections.join('\n\n')}\n`;
}

function indexPage(): string {
  const rows = RULES.map(
    ({ id, title, levels, severity }) =>
      `| [\`${id}\`](${id}.md) | ${title} | ${levels.baseline} | ${levels.restricted} | ${severity} |`,
  );
  return [
    '# Rules',
    '<!-- Generated by `npm run gen` from src/core/rules. -->',
    ['| id | finds | baseline | restricted | severity |', '| --- | --- | --- | --- | --- |', ...rows].join('\n'),
  ]
    .join('\n\n')
    .concat('\n');
}

/** Every generated page by its name in `docs/rules`. */
export function rulePages(): ReadonlyMap<string, string> {
  return new Map([['README.md', indexPage()], ...RULES.map(rule => [`${rule.id}.md`, rulePage(rule)] as const)]);
}
