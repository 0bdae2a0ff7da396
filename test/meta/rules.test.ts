import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { gatePolicySchema } from '../../docs/gate-policy-schema.ts';
import { rulePages } from '../../docs/rule-pages.ts';
import type { Finding } from '../../src/core/decision.ts';
import type { Rule } from '../../src/core/rule.ts';
import { RULES } from '../../src/core/rules/index.ts';
import { FIXTURE_KINDS, FIXTURES, fixtureNames, readFixture } from '../support/rule-fixtures.ts';
import { fixtureFiles, judgeFixture } from '../support/rule-judgement.ts';
import retired from './retired-ids.json' with { type: 'json' };

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const IDS = RULES.map(({ id }) => id);
/** Where a rule's folder is missing, one test says so, and the others have nothing to say. */
const named = RULES.filter(({ id }) => existsSync(`${FIXTURES}${id}`)).map(rule => [rule.id, rule] as const);

/** What a rule's text can have to be read as an issue of a fixture: text that the judge reads in its worst sense is the subject of some rules. */
const CIDR_ISSUES = new Set(['invalid-cidr', 'invalid-except']);

function failFindings(rule: Rule): readonly Finding[] {
  const findings = fixtureNames(rule.id, 'fail').flatMap(name => judgeFixture(rule, 'fail', name).findings);
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
    expect(fixtureNames(id, 'fail').length).toBeGreaterThanOrEqual(4);
    expect(fixtureNames(id, 'pass').length).toBeGreaterThanOrEqual(3);
  });

  it('has no other files in its folder', () => {
    const base = rule.judges === 'server' ? ['base.yaml'] : [];
    const known = new Set([...base, 'expect.json', 'fail', 'pass', 'policy.yaml']);
    expect(readdirSync(`${FIXTURES}${id}`).filter(name => !known.has(name))).toEqual([]);
    const states = rule.judges === 'mode' ? ['after.yaml', 'before.yaml', 'user.yaml'] : ['after.yaml', 'before.yaml'];
    for (const kind of FIXTURE_KINDS) {
      for (const entry of readdirSync(`${FIXTURES}${id}/${kind}`, { withFileTypes: true })) {
        if (rule.judges === 'server') expect(entry.name).toMatch(/^[a-z0-9-]+\.yaml$/);
        else expect(readdirSync(`${FIXTURES}${id}/${kind}/${entry.name}`).sort()).toEqual(states);
      }
    }
  });

  it('has fixtures that decode without an issue, but for CIDR text', () => {
    const names = FIXTURE_KINDS.flatMap(kind => fixtureNames(id, kind).map(name => [kind, name] as const));
    const files = names.flatMap(([kind, name]) => fixtureFiles(rule, kind, name));
    const issues = files.flatMap(file => readFixture(id, file).input.issues.map(issue => ({ file, ...issue })));
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
