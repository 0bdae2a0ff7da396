import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { RULES } from '../../src/core/rules/index.ts';
import { FIXTURE_KINDS, FIXTURES, fixtureNames } from '../support/rule-fixtures.ts';
import { type Expected, judgeFixture } from '../support/rule-judgement.ts';

/** Everything that is expected in one rule's folder, by file without its ending. */
type Golden = Record<string, readonly Expected[]>;

const fileOf = (id: string): string => `${FIXTURES}${id}/expect.json`;
const readGolden = (id: string): Golden | undefined =>
  existsSync(fileOf(id)) ? (JSON.parse(readFileSync(fileOf(id), 'utf8')) as Golden) : undefined;

/** Of a rule without a folder, the test of the index tells. */
const named = RULES.filter(({ id }) => existsSync(`${FIXTURES}${id}`)).map(rule => [rule.id, rule] as const);

/** `UPDATE_GOLDEN=1` writes what differs and fails all the same: read the difference, then run again without it. */
describe.each(named)('The fixtures of %s:', (id, rule) => {
  const base: readonly (readonly ['' | 'fail' | 'pass', string])[] = rule.judges === 'server' ? [['', 'base']] : [];
  const cases = [...base, ...FIXTURE_KINDS.flatMap(kind => fixtureNames(id, kind).map(name => [kind, name] as const))];
  const golden = readGolden(id);

  it.each(cases)('%s/%s is judged as written down', (kind, name) => {
    const { expected, findings } = judgeFixture(rule, kind, name);
    const rules = new Set(findings.map(finding => finding.rule));
    expect(rules.has(id), `${id} is found in fail fixtures, and in no other`).toBe(kind === 'fail');
    if (kind === '') expect(findings, 'the base has no fault').toEqual([]);
    // Where there is no golden at all, one test says so.
    if (process.env.UPDATE_GOLDEN !== '1' && golden !== undefined) {
      expect(Object.hasOwn(golden, `${kind}/${name}`), 'UPDATE_GOLDEN=1 writes what is expected').toBe(true);
      expect(expected).toEqual(golden[`${kind}/${name}`]);
    }
  });

  it('expect.json holds these fixtures and no others', () => {
    if (process.env.UPDATE_GOLDEN === '1') {
      const written = Object.fromEntries(
        cases.map(([kind, name]) => [`${kind}/${name}`, judgeFixture(rule, kind, name).expected]),
      );
      const text = `${JSON.stringify(written, null, 1)}\n`;
      const isSame = existsSync(fileOf(id)) && readFileSync(fileOf(id), 'utf8') === text;
      if (!isSame) writeFileSync(fileOf(id), text);
      expect(isSame, 'expect.json was written: read the difference, and run again without UPDATE_GOLDEN').toBe(true);
    }
    expect(Object.keys(golden ?? {}).sort(), 'UPDATE_GOLDEN=1 writes what is expected').toEqual(
      cases.map(([kind, name]) => `${kind}/${name}`).sort(),
    );
  });
});
