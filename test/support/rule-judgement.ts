import { expect } from 'vitest';
import { judgeInput } from '../../src/app/report/check.ts';
import { judgeChange } from '../../src/core/change.ts';
import type { Finding, Verdict, Witness } from '../../src/core/decision.ts';
import { createJudge } from '../../src/core/evaluate.ts';
import { refText } from '../../src/core/explain.ts';
import { findingOf } from '../../src/core/findings.ts';
import { postureOf } from '../../src/core/gate/effective-mode.ts';
import type { GatePolicy } from '../../src/core/gate/types.ts';
import type { KubeObject } from '../../src/core/kube/types.ts';
import type { ModeContext, Rule } from '../../src/core/rule.ts';
import { modeLowered } from '../../src/core/rules/mode-lowered.ts';
import { refOf } from '../../src/core/world/refs.ts';
import { type Change, namespaceLabels } from '../../src/core/world/world.ts';
import type { RuleCase } from './rule-cases.ts';
import { type Fixture, readFixture } from './rule-fixtures.ts';
import { parseYaml } from './yaml.ts';

/** What is written down of one finding. */
interface Found {
  readonly rule: string;
  readonly messageId: string;
  readonly level: Finding['level'];
  readonly object: string;
  readonly path: string;
  readonly message: string;
  /** What its fix says, without the manifest that it may hold. */
  readonly fix: string;
  readonly witness?: Witness;
}

/** What is written down of one server. */
export interface Expected {
  readonly subject: string;
  readonly verdict: Verdict;
  readonly findings: readonly Found[];
  /** `CODE OBJECT: MESSAGE` */
  readonly causes?: readonly string[];
}

/** The judgement of one fixture, with the findings as they are for the tests of their wording. */
export interface Judgement {
  readonly expected: readonly Expected[];
  readonly findings: readonly Finding[];
}

function foundOf({ rule, messageId, level, object, path, message, fix, witness }: Finding): Found {
  const place = { object: refText(object), path };
  return { rule, messageId, level, ...place, message, fix: fix.summary, ...(witness && { witness }) };
}

function judgeServers({ input, policy }: Fixture): Judgement {
  const { decisions } = judgeInput(input, createJudge(policy));
  return {
    expected: decisions.map(({ subject, verdict, findings, causes }) => ({
      subject: refText(subject),
      verdict,
      findings: findings.map(foundOf),
      ...(causes.length > 0 && {
        causes: causes.map(({ code, object, message }) => `${code} ${refText(object)}: ${message}`),
      }),
    })),
    findings: decisions.flatMap(({ findings }) => findings),
  };
}

const keyOf = (object: KubeObject): string => refText(refOf(object));

/** The one object in which two states of a world differ. */
function changeBetween(before: Fixture, after: Fixture): Change {
  const plain = (_key: string, value: unknown): unknown => {
    if (typeof value === 'bigint') return String(value);
    return value instanceof Map || value instanceof Set ? [...value] : value;
  };
  const textOf = (object: KubeObject | undefined): string => JSON.stringify(object, plain);
  const was = new Map([...before.input.objects.values()].map(({ object }) => [keyOf(object), object]));
  const is = new Map([...after.input.objects.values()].map(({ object }) => [keyOf(object), object]));
  const changed = [...new Set([...was.keys(), ...is.keys()])].filter(
    key => textOf(was.get(key)) !== textOf(is.get(key)),
  );
  const [key, ...others] = changed;
  if (key === undefined || others.length > 0) return expect.fail(`not one change but ${changed.length}: ${changed}`);
  const [old, new_] = [was.get(key), is.get(key)];
  return { ...(old && { before: old }), ...(new_ && { after: new_ }) };
}

function judgePair(before: Fixture, after: Fixture): Judgement {
  const { servers } = judgeChange(createJudge(after.policy), before.input.world, changeBetween(before, after));
  const brought = servers.flatMap(server => server.brought);
  return {
    expected: servers.map(server => ({
      subject: refText(server.after.subject),
      verdict: server.after.verdict,
      findings: server.brought.map(foundOf),
    })),
    findings: brought,
  };
}

/** Who asks, as the `user` of a case says. */
function mayLower(text: string | undefined, { modeChangers }: GatePolicy): ModeContext['mayLower'] {
  const [user] = parseYaml(text ?? '') as readonly { readonly username: string; readonly groups: readonly string[] }[];
  if (user === undefined) return expect.fail('a user is needed');
  if (modeChangers === undefined) return 'unknown';
  const account = user.username.replace('system:serviceaccount:', '').replace(':', '/');
  return (
    modeChangers.users.includes(user.username) ||
    modeChangers.groups.some(group => user.groups.includes(group)) ||
    modeChangers.serviceAccounts.includes(account)
  );
}

function judgeMode(before: Fixture, after: Fixture, user: string | undefined): Judgement {
  const namespace = 'tools';
  const modeIn = ({ input, policy }: Fixture) =>
    postureOf(namespaceLabels(input.world.namespace(namespace)), policy).mode;
  const context = {
    namespace,
    before: modeIn(before),
    after: modeIn(after),
    mayLower: mayLower(user, after.policy),
  };
  const subject = { kind: 'Namespace', namespace: '', name: namespace };
  const findings = modeLowered
    .check(context)
    .flatMap(report => findingOf(modeLowered, report, subject, after.policy) ?? []);
  const verdict = findings.some(({ level }) => level === 'deny') ? 'deny' : 'allow';
  return { expected: [{ subject: refText(subject), verdict, findings: findings.map(foundOf) }], findings };
}

/** The states of the world that one case judges: one, or the two of a change. */
export function fixturesOf(rule: Rule, { name, before, world, policy }: RuleCase): readonly Fixture[] {
  const states = rule.judges === 'server' ? [world] : [before, world];
  return states.map(state => readFixture(state, policy, `${rule.id}/${name}`));
}

/** Judges one case of a rule by all rules. */
export function judgeCase(rule: Rule, ruleCase: RuleCase): Judgement {
  const [first, second] = fixturesOf(rule, ruleCase);
  if (first === undefined) return expect.fail('no world');
  if (second === undefined) return judgeServers(first);
  if (rule.judges === 'change') return judgePair(first, second);
  return judgeMode(first, second, ruleCase.user);
}
