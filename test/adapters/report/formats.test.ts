import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Ajv } from 'ajv';
import { describe, expect, test } from 'vitest';
import { renderGithub } from '../../../src/adapters/report/github.ts';
import { renderGitlab } from '../../../src/adapters/report/gitlab.ts';
import { renderJunit } from '../../../src/adapters/report/junit.ts';
import { renderMarkdown } from '../../../src/adapters/report/markdown.ts';
import { renderSarif } from '../../../src/adapters/report/sarif.ts';
import { type Palette, PLAIN, renderText } from '../../../src/adapters/report/text.ts';
import type { CheckReport } from '../../../src/app/report/check-report.ts';
import { renderJson } from '../../../src/cli/render-report.ts';
import type { Rule } from '../../../src/core/rule.ts';
import { RULES } from '../../../src/core/rules/index.ts';
import { AGAINST_REPORT } from '../../support/against-report.ts';
import { CLUSTER_REPORT } from '../../support/cluster-report.ts';
import { expectGolden } from '../../support/golden.ts';
import { SAMPLE_REPORT } from '../../support/sample-report.ts';

const RULE: Rule = {
  id: 'service-exposed',
  since: 'v1',
  judges: 'server',
  title: 'A title',
  why: 'The reason.',
  limits: 'The limits.',
  sources: ['https://example.org/one', 'https://example.org/two'],
  levels: { baseline: 'deny', restricted: 'deny' },
  severity: 8.8,
  messages: {},
  check: () => [],
};
const TOOL = {
  version: '1.2.3',
  rules: [RULE, { ...RULE, id: 'gateway-locked-out', levels: { baseline: 'warn', restricted: 'deny' } as const }],
};
const TARGET = { rules: RULES, root: '/checkout' };
const MARKED: Palette = {
  bad: text => `<bad ${text}>`,
  doubtful: text => `<doubtful ${text}>`,
  good: text => `<good ${text}>`,
  strong: text => `<strong ${text}>`,
  faint: text => `<faint ${text}>`,
};
const EMPTY: CheckReport = {
  ...SAMPLE_REPORT,
  summary: { files: 1, objects: 1, servers: 0, deny: 0, warn: 0, undetermined: 0 },
  servers: [],
  lookClose: { count: 1, workloads: [] },
  problems: [],
  passedOver: [],
};

describe('each format of one report is its golden file', () => {
  test.each([
    ['text', renderText(SAMPLE_REPORT, PLAIN)],
    ['verbose.text', renderText(SAMPLE_REPORT, PLAIN, { isVerbose: true })],
    ['coloured.text', renderText(SAMPLE_REPORT, MARKED)],
    ['json', renderJson(SAMPLE_REPORT)],
    ['sarif', renderSarif(SAMPLE_REPORT, TOOL)],
    ['junit.xml', renderJunit(SAMPLE_REPORT)],
    ['github', renderGithub(SAMPLE_REPORT)],
    ['gitlab', renderGitlab(SAMPLE_REPORT, TARGET)],
    ['markdown', renderMarkdown(SAMPLE_REPORT)],
    ['cluster.gitlab', renderGitlab(CLUSTER_REPORT, TARGET)],
    ['cluster.markdown', renderMarkdown(CLUSTER_REPORT)],
    ['empty.gitlab', renderGitlab(EMPTY, TARGET)],
    ['empty.markdown', renderMarkdown(EMPTY)],
    ['cluster.text', renderText(CLUSTER_REPORT, PLAIN)],
    ['cluster.junit.xml', renderJunit(CLUSTER_REPORT)],
    ['cluster.github', renderGithub(CLUSTER_REPORT)],
    ['against.text', renderText(AGAINST_REPORT, PLAIN)],
    ['against.verbose.text', renderText(AGAINST_REPORT, PLAIN, { isVerbose: true })],
    ['against.quiet.text', renderText(AGAINST_REPORT, PLAIN, { isQuiet: true })],
    ['against.sarif', renderSarif(AGAINST_REPORT, TOOL)],
    ['against.junit.xml', renderJunit(AGAINST_REPORT)],
    ['against.github', renderGithub(AGAINST_REPORT)],
    ['empty.text', renderText(EMPTY, PLAIN)],
    ['empty.junit.xml', renderJunit(EMPTY)],
    ['empty.github', renderGithub(EMPTY)],
  ])('%s', (name, text) => expectGolden(`report/${name}`, text));
});

/** The schema is of draft 4, which Ajv reads as draft 7 once the two keywords that changed their names are out of the way. */
function sarifSchema(): Record<string, unknown> {
  const file = createRequire(import.meta.url).resolve('@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json');
  const { $schema: _draft, id: _id, ...schema } = JSON.parse(readFileSync(file, 'utf8'));
  return schema;
}

describe('SARIF', () => {
  const validate = new Ajv({ strict: false, validateFormats: false, allErrors: true, unicodeRegExp: false }).compile(
    sarifSchema(),
  );

  test.each([
    ['a report with everything in it', SAMPLE_REPORT],
    ['a report with nothing in it', EMPTY],
    ['a report on a cluster', CLUSTER_REPORT],
    ['a report that is compared', AGAINST_REPORT],
  ])('%s is valid by the schema of SARIF 2.1.0', (_, report) => {
    validate(JSON.parse(renderSarif(report, { version: '1.2.3', rules: RULES })));
    expect(validate.errors).toBeNull();
  });

  test('of a cluster names its objects alone: there is no file that a viewer could open', () => {
    const { runs } = JSON.parse(renderSarif(CLUSTER_REPORT, { version: '1.2.3', rules: RULES }));
    const results: readonly { readonly locations: readonly object[] }[] = runs[0].results;
    expect(results.map(({ locations }) => locations.map(location => Object.keys(location)))).toEqual(
      results.map(() => [['logicalLocations']]),
    );
    expect(runs[0].invocations[0].toolExecutionNotifications[1].message.text).toBe(
      'shop/Deployment/mcp-orders: spec.replicas: expected a whole number, got a string',
    );
  });

  test('the schema would refuse a log that is not one', () => {
    expect(validate({ version: '2.1.0', runs: [{ tool: {} }] })).toBe(false);
  });

  test('every result names a rule of the log by its index', () => {
    const { runs } = JSON.parse(renderSarif(SAMPLE_REPORT, { version: '1.2.3', rules: RULES }));
    const rules = runs[0].tool.driver.rules.map((rule: { id: string }) => rule.id);
    const named = runs[0].results.map((result: { ruleIndex: number }) => rules[result.ruleIndex]);
    expect(named).toEqual(runs[0].results.map((result: { ruleId: string }) => result.ruleId));
  });

  test('no two results of different places share a fingerprint', () => {
    const { runs } = JSON.parse(renderSarif(SAMPLE_REPORT, { version: '1.2.3', rules: RULES }));
    const prints = runs[0].results.map((result: { partialFingerprints: object }) =>
      JSON.stringify(result.partialFingerprints),
    );
    expect(new Set(prints).size).toBe(prints.length);
  });
});

describe('The report for GitLab', () => {
  const first =
    SAMPLE_REPORT.servers.find(({ findings }) => findings.length > 0) ?? expect.fail('a server with findings');
  const [finding] = first.findings;
  const reportAt = (file: string, line: number): CheckReport => ({
    ...SAMPLE_REPORT,
    servers: [{ ...first, causes: [], findings: finding ? [{ ...finding, file, line }] : [] }],
    problems: [],
  });
  const locationsOf = (report: CheckReport): unknown =>
    JSON.parse(renderGitlab(report, TARGET)).map(({ location }: { location: unknown }) => location);

  test.each([
    ['of the checkout is relative', '/checkout/a/b.yaml', 3, 'a/b.yaml', 3],
    ['without dots', './a/b.yaml', 3, 'a/b.yaml', 3],
    ['outside leads out', '/other/b.yaml', 3, '../other/b.yaml', 3],
    ['of standard input has a name', '-', 3, 'standard-input', 3],
    ['of a line that is not known is at the top', 'b.yaml', 0, 'b.yaml', 1],
  ])('has a path: one %s', (_, file, line, path, begin) => {
    expect(locationsOf(reportAt(file, line))).toEqual([{ path, lines: { begin } }]);
  });

  test('has a fingerprint for each entry, which no line is part of', () => {
    const printsOf = (report: CheckReport): string[] =>
      JSON.parse(renderGitlab(report, TARGET)).map(({ fingerprint }: { fingerprint: string }) => fingerprint);
    const twice = { ...SAMPLE_REPORT, servers: [...SAMPLE_REPORT.servers, ...SAMPLE_REPORT.servers] };
    const prints = printsOf(twice);
    expect(new Set(prints).size).toBe(prints.length);
    expect(printsOf(reportAt('a.yaml', 3))).toEqual(printsOf(reportAt('b.yaml', 30)));
  });
});

describe('The report in Markdown', () => {
  const [server] = SAMPLE_REPORT.servers;
  const finding = SAMPLE_REPORT.servers.flatMap(({ findings }) => findings)[0];
  const many = (count: number): CheckReport => {
    if (server === undefined || finding === undefined) return expect.fail('a server and a finding');
    const message = '@all `x` | <b> '.repeat(100);
    return { ...SAMPLE_REPORT, servers: [{ ...server, findings: Array(count).fill({ ...finding, message }) }] };
  };

  test('is no longer than a comment may be, and says what it leaves out', () => {
    const text = renderMarkdown(many(500));
    expect(text.length).toBeLessThanOrEqual(65_536);
    expect(text.length).toBeGreaterThan(60_000);
    const shown = text.split('\n').filter(line => line.startsWith('| ')).length - 2;
    const [, leftOut] = /^(\d+) more rows are left out/m.exec(text) ?? [];
    expect(shown + Number(leftOut)).toBe(500 + SAMPLE_REPORT.problems.length);
  });

  test('has as many cells in every row, whatever is in them', () => {
    const rows = renderMarkdown(many(3))
      .split('\n')
      .filter(line => line.startsWith('|'));
    expect(rows.map(row => row.replaceAll('\\|', '').split('|').length)).toEqual(rows.map(() => 8));
  });
});
