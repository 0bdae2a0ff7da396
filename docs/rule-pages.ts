import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Finding } from '../src/core/decision.ts';
import { witnessText } from '../src/core/explain.ts';
import type { Rule } from '../src/core/rule.ts';
import { RULES } from '../src/core/rules/index.ts';
import { diffText } from './diff-text.ts';

const FIXTURES = fileURLToPath(new URL('../test/rules/', import.meta.url));

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

const read = (path: string): string =>
  existsSync(`${FIXTURES}${path}`) ? readFileSync(`${FIXTURES}${path}`, 'utf8') : '';
const fence = (language: string, text: string): string => `\`\`\`${language}\n${text.trimEnd()}\n\`\`\``;
const words = (name: string): string => name.replaceAll('-', ' ');

/** The documents of a file, and the GatePolicy among them. */
function splitPolicy(text: string): { readonly world: string; readonly policy: string } {
  const documents = text.split(/^---\n/m);
  const isPolicy = (document: string): boolean => /^kind: GatePolicy$/m.test(document);
  return {
    world: documents.filter(document => !isPolicy(document)).join('---\n'),
    policy: documents.find(isPolicy) ?? '',
  };
}

function exampleOf(rule: Rule, key: string, golden: Golden): Example {
  const findings = (golden[key] ?? []).flatMap(server => server.findings);
  const name = key.slice(key.indexOf('/') + 1);
  if (rule.judges !== 'server') {
    const [from, to] = [read(`${rule.id}/${key}/before.yaml`), read(`${rule.id}/${key}/after.yaml`)];
    return { name, from, to, policy: '', findings };
  }
  const { world, policy } = splitPolicy(read(`${rule.id}/${key}.yaml`));
  return { name, from: world, to: read(`${rule.id}/base.yaml`), policy, findings };
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

function namesSection(rule: Rule, kind: 'fail' | 'pass'): string {
  const folder = `${FIXTURES}${rule.id}/${kind}`;
  const names = existsSync(folder) ? readdirSync(folder).sort() : [];
  return names
    .map(name => `- [${words(name.replace(/\.yaml$/, ''))}](../../test/rules/${rule.id}/${kind}/${name})`)
    .join('\n');
}

function passingSection(rule: Rule): readonly string[] {
  const base = read(`${rule.id}/base.yaml`);
  const policy = read(`${rule.id}/policy.yaml`);
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

/** The page of one rule. */
export function rulePage(rule: Rule): string {
  const { id, title, why, limits, levels, sources, messages, since } = rule;
  const golden = JSON.parse(read(`${id}/expect.json`) || '{}') as Golden;
  const keys = Object.keys(golden).filter(key => key.startsWith('fail/'));
  const examples = keys.map(key => exampleOf(rule, key, golden));
  const sections = [
    `# ${id}`,
    `<!-- Generated by \`npm run gen\` from src/core/rules/${id}.ts and test/rules/${id}. -->`,
    `**${title}.** ${why}`,
    `| preset | level |\n| --- | --- |\n| baseline | ${levels.baseline} |\n| restricted | ${levels.restricted} |`,
    `Since ruleset ${since}. At the terminal: \`chokepoint explain ${id}\`.`,
    '## Messages',
    ...Object.entries(messages).map(([messageId, message]) => messageSection(rule, messageId, message, examples)),
    ...passingSection(rule),
    '## More examples',
    `Found:\n\n${namesSection(rule, 'fail')}`,
    `Not found, though near:\n\n${namesSection(rule, 'pass')}`,
    '## What it does not see',
    limits,
    '## Where it cannot be mended',
    `The platform team can lower it in the GatePolicy:\n\n${fence('yaml', waysOut(rule))}`,
    '## Sources',
    sources.map(source => `- <${source}>`).join('\n'),
  ];
  return `${sections.join('\n\n')}\n`;
}

function indexPage(): string {
  const rows = RULES.map(
    ({ id, title, levels }) => `| [\`${id}\`](${id}.md) | ${title} | ${levels.baseline} | ${levels.restricted} |`,
  );
  return [
    '# Rules',
    '<!-- Generated by `npm run gen` from src/core/rules. -->',
    ['| id | finds | baseline | restricted |', '| --- | --- | --- | --- |', ...rows].join('\n'),
  ]
    .join('\n\n')
    .concat('\n');
}

/** Every generated page by its name in `docs/rules`. */
export function rulePages(): ReadonlyMap<string, string> {
  return new Map([['README.md', indexPage()], ...RULES.map(rule => [`${rule.id}.md`, rulePage(rule)] as const)]);
}
