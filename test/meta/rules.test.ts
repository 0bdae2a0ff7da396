import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { gatePolicySchema } from '../../docs/gate-policy-schema.ts';
import { rulePages } from '../../docs/rule-pages.ts';
import type { Finding } from '../../src/core/decision.ts';
import type { Rule } from '../../src/core/rule.ts';
import { RULES } from '../../src/core/rules/index.ts';
import { baseCase, FIXTURE_KINDS, FIXTURES, ruleCases, ruleFile } from '../support/rule-cases.ts';
import { fixturesOf, judgeCase } from '../support/rule-judgement.ts';
import retired from './retired-ids.json' with { type: 'json' };

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const IDS = RULES.map(({ id }) => id);
/** Where a rule's folder is missing, one test says so, and the others have nothing to say. */
const named = RULES.filter(({ id }) => existsSync(`${FIXTURES}${id}`)).map(rule => [rule.id, rule] as const);

/** What a rule's text can have to be read as an issue of a fixture: text that the judge reads in its worst sense is the subject of some rules. */
const CIDR_ISSUES = new Set(['invalid-cidr', 'invalid-except']);

function failFindings(rule: Rule): readonly Finding[] {
  const findings = ruleCases(rule.id, 'fail').flatMap(one => judgeCase(rule, one).findings);
  return findings.filter(finding => finding.rule === rule.id);
}

describe('The index of rules', () => {
  it('is sorted by id and holds no id twice', () => {
    expect(IDS).toEqual([...new Set(IDS)].sort());
  });

  it('holds every file of src/core/rules, each under its own name', () => {
    const files = readdirSync(`${ROOT}src/core/rules`).filter(name => name !== 'index.ts');
    expect(files.sort(), 'a rule is imported and listed in src/core/rules/index.ts').toEqual(IDS.map(id => `${id}.ts`));
  });

  it('holds every folder of test/rules', () => {
    const folders = readdirSync(FIXTURES, { withFileTypes: true }).filter(entry => entry.isDirectory());
    expect(folders.map(({ name }) => name).sort(), 'a rule has its fixtures in test/rules/ID').toEqual(IDS);
  });

  it('never uses the id of a rule or message that was retired', () => {
    const messages = RULES.flatMap(rule => Object.keys(rule.messages).map(id => `${rule.id}/${id}`));
    const gone = new Set<string>([...retired.rules, ...retired.messages]);
    expect([...IDS, ...messages].filter(id => gone.has(id))).toEqual([]);
  });
});

describe.each(named)('The rule %s', (id, rule) => {
  it('exports itself under its id in camel case', () => {
    const name = id.replace(/-./g, part => part.slice(1).toUpperCase());
    expect(readFileSync(`${ROOT}src/core/rules/${id}.ts`, 'utf8')).toContain(`export const ${name} = define`);
  });

  it('is never looser in the restricted preset than in the baseline', () => {
    expect(rule.levels.baseline === 'deny' && rule.levels.restricted !== 'deny').toBe(false);
  });

  it('tells why, its limits and its sources', () => {
    expect(rule.title).not.toMatch(/\.$/);
    for (const text of [rule.why, rule.limits]) expect(text).toMatch(/^[A-Z].*\.$/);
    expect(rule.sources.length).toBeGreaterThan(0);
    for (const source of rule.sources) expect(source).toMatch(/^https:\/\//);
  });

  it('has at least four failing and three passing fixtures', () => {
    const text = (kind: string) => `describe one more in test/rules/${id}/${kind}.yaml (test/rules/README.md)`;
    expect(ruleCases(id, 'fail').length, text('fail')).toBeGreaterThanOrEqual(4);
    expect(ruleCases(id, 'pass').length, text('pass')).toBeGreaterThanOrEqual(3);
  });

  it('has no other files in its folder', () => {
    const known = new Set(['base.yaml', 'expect.json', 'fail.yaml', 'pass.yaml', 'policy.yaml']);
    expect(readdirSync(`${FIXTURES}${id}`).filter(name => !known.has(name))).toEqual([]);
  });

  it('has cases in the order of their names', () => {
    for (const kind of FIXTURE_KINDS) {
      const names = [...(ruleFile(id, `${kind}.yaml`) ?? '').matchAll(/^([a-z0-9-]+):/gm)].map(([, name]) => name);
      expect(names).toEqual(ruleCases(id, kind).map(({ name }) => name));
    }
  });

  it('has fixtures that decode without an issue, but for CIDR text', () => {
    const cases = [baseCase(id), ...FIXTURE_KINDS.flatMap(kind => ruleCases(id, kind))];
    const issues = cases.flatMap(one =>
      fixturesOf(rule, one).flatMap(({ input }) => input.issues.map(issue => ({ case: one.name, ...issue }))),
    );
    expect(issues.filter(({ code }) => !CIDR_ISSUES.has(code))).toEqual([]);
  });

  it('produces each of its messages for some failing fixture, and no others', () => {
    const produced = new Set(failFindings(rule).map(({ messageId }) => messageId));
    expect([...produced].sort()).toEqual(Object.keys(rule.messages).sort());
  });

  it('fills every gap of its messages and fixes', () => {
    for (const { message, fix } of failFindings(rule)) {
      expect(message).not.toMatch(/\{[a-zA-Z]+\}|undefined/);
      expect(message).not.toMatch(/\.$/);
      expect(fix.summary).not.toMatch(/undefined|\.$/);
      expect(fix.summary).not.toBe('');
    }
  });
});

it('The pages of the rules and the schema of the configuration are as npm run gen writes them', () => {
  const pages = [...rulePages()].map(([name, text]) => [`docs/rules/${name}`, text] as const);
  const stale = pages.filter(
    ([file, text]) => !existsSync(`${ROOT}${file}`) || readFileSync(`${ROOT}${file}`, 'utf8') !== text,
  );
  const foreign = readdirSync(`${ROOT}docs/rules`).filter(name => !rulePages().has(name));
  expect([...stale.map(([file]) => file), ...foreign], 'run npm run gen').toEqual([]);
  const schema = readFileSync(`${ROOT}policies/gate-policy.schema.json`, 'utf8');
  expect(gatePolicySchema(schema), 'run npm run gen').toEqual(JSON.parse(schema));
});
