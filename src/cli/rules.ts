import type { Palette } from '../adapters/report/text.ts';
import { CAUSES, type CauseInfo } from '../core/causes.ts';
import { suggestion } from '../core/gate/nearest.ts';
import type { Rule, RuleInfo } from '../core/rule.ts';
import { RULES } from '../core/rules/index.ts';
import { GateError } from '../errors.ts';
import type { CommandSpecific } from './commands.ts';
import type { Io } from './io.ts';
import { paletteFor } from './terminal-text.ts';

/** Columns that explanations are wrapped at. */
const WIDTH = 100;

/** A paragraph in lines of at most {@link WIDTH}, each after the indent; words are never cut. */
function wrap(text: string, indent: string): string {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && indent.length + line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = '';
    }
    line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line].map(part => `${indent}${part}`).join('\n');
}

function listText(rules: readonly Rule[]): string {
  const idWidth = Math.max(...rules.map(({ id }) => id.length));
  const row = (id: string, baseline: string, restricted: string, title: string): string =>
    `${id.padEnd(idWidth)}  ${baseline.padEnd(8)}  ${restricted.padEnd(10)}  ${title}`;
  const rows = rules.map(({ id, levels, title }) => row(id, levels.baseline, levels.restricted, title));
  return `${[row('rule', 'baseline', 'restricted', 'finds'), ...rows].join('\n')}\n`;
}

/** `rules`: the ruleset with its levels. */
export async function runRules({ output }: CommandSpecific['rules'], io: Io): Promise<number> {
  const asJson = RULES.map(({ id, since, judges, title, why, limits, sources, levels, severity, messages }) => {
    return { id, since, judges, title, why, limits, sources, levels, severity, messages };
  });
  await io.stdout.write(output === 'json' ? `${JSON.stringify(asJson, null, 2)}\n` : listText(RULES));
  return 0;
}

const EXCEPTION = ['namespace: shop', 'kind: Deployment', 'name: mcp-orders'];

function exampleText(id: string): string {
  return [
    'spec:',
    `  rules: {${id}: {level: warn}}   # deny, warn or off, everywhere`,
    '  exceptions:                      # or for one server, for a reason, for a time',
    `  - {${EXCEPTION.join(', ')}, rules: [${id}], reason: "TICKET-1", expires: "2030-12-31"}`,
  ]
    .map(line => `  ${line}`)
    .join('\n');
}

/** What a server that is `undetermined` can be so for, with the id that reports name. */
const CAUSE_LIST: readonly (CauseInfo & { readonly id: string })[] = Object.entries(CAUSES).map(([id, info]) => ({
  id,
  ...info,
}));

/** Every id that can be explained. */
export const EXPLAINED: readonly string[] = [...RULES, ...CAUSE_LIST].map(({ id }) => id);

function causeText({ id, title, why, fix, sources }: CauseInfo & { readonly id: string }, { strong }: Palette): string {
  const sections = [
    `${strong(id)}\n${wrap(title, '')}`,
    `${strong('Why')}\n${wrap(why, '  ')}`,
    `${strong('Fix')}\n${wrap(fix, '  ')}`,
    `${strong('Verdict')}\n  undetermined: refused in a namespace that enforces, and check ends with 2`,
    `${strong('Sources')}\n${sources.map(source => `  ${source}`).join('\n')}`,
  ];
  return `${sections.join('\n\n')}\n`;
}

/** `explain [RULE]`: everything that a rule, or a cause of an undetermined verdict, says of itself; without one, the list. */
export async function runExplain(id: string | undefined, io: Io): Promise<number> {
  if (id === undefined) return runRules({ output: 'text' }, io);
  const cause = CAUSE_LIST.find(known => known.id === id);
  if (cause !== undefined) {
    await io.stdout.write(causeText(cause, paletteFor(io.isColoured)));
    return 0;
  }
  const rule = RULES.find(known => known.id === id);
  const palette = paletteFor(io.isColoured);
  await io.stdout.write(
    rule === undefined
      ? await clientRuleText(id, palette)
      : ruleText(rule, 'In the GatePolicy', exampleText(id), palette),
  );
  return 0;
}

/** A rule about what clients are told. Its level stands in no document. Throws a GateError where there is none of this id. */
async function clientRuleText(id: string, palette: Palette): Promise<string> {
  const { CLIENT_RULES } = await import('../app/agents/rules/index.ts');
  const rule = CLIENT_RULES.find(known => known.id === id);
  if (rule !== undefined)
    return ruleText(rule, 'On the command line', `  chokepoint agents check --level ${id}=warn PATHS`, palette);
  const hint = suggestion(id, [...EXPLAINED, ...CLIENT_RULES.map(known => known.id)]);
  throw new GateError('bad-usage', `there is no rule "${id}"${hint || '; `chokepoint rules` lists them'}`);
}

function ruleText(rule: RuleInfo, where: string, example: string, { strong }: Palette): string {
  const { id } = rule;
  const { title, why, limits, levels, severity, messages, sources, since } = rule;
  const said = Object.entries(messages).map(([messageId, text]) => `  ${messageId}\n${wrap(text, '    ')}`);
  const sections = [
    `${strong(id)}\n${wrap(title, '')}`,
    `${strong('Why')}\n${wrap(why, '  ')}`,
    `${strong('What it does not see')}\n${wrap(limits, '  ')}`,
    `${strong('Levels')}\n  baseline: ${levels.baseline}\n  restricted: ${levels.restricted}\n  severity: ${severity} of 10\n  since ruleset ${since}`,
    `${strong('Messages')}\n${said.join('\n')}`,
    `${strong(where)}\n${example}`,
    `${strong('Sources')}\n${sources.map(source => `  ${source}`).join('\n')}`,
  ];
  return `${sections.join('\n\n')}\n`;
}
