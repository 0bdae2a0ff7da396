import { describe, expect, test } from 'vitest';
import { builtinGatePolicy } from '../../../src/adapters/config/load.ts';
import { judgeManifests } from '../../../src/app/report/judge-manifests.ts';

const POLICY = builtinGatePolicy();
const SERVER = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'search', labels: { 'chokepoint.dev/mcp-server': 'true' } },
  spec: { containers: [{ name: 'main', image: 'nginx' }] },
};
const { apiVersion, kind, ...BARE } = SERVER;
const list = (items: unknown, type = 'List'): unknown => ({ apiVersion: 'v1', kind: type, items });
const judged = (...values: readonly unknown[]) => {
  const { decisions, issues, passedOver } = judgeManifests(values, POLICY);
  return {
    verdicts: decisions.map(({ subject, verdict }) => `${subject.kind} ${subject.name} ${verdict}`),
    issues: issues.map(({ code, manifest }) => [code, manifest.document, ...manifest.pointer].join(' ')),
    passedOver: passedOver.map(other => other.kind),
  };
};
const DENIED = ['Pod search deny'];

describe('judgeManifests', () => {
  test.each<[string, readonly unknown[], readonly string[], readonly string[], readonly string[]]>([
    ['nothing', [], [], [], []],
    ['one server', [SERVER], DENIED, [], []],
    ['a List', [list([SERVER])], DENIED, [], []],
    ['a List in a List', [list([list([]), list([SERVER])])], DENIED, [], []],
    ['a list of one kind, whose items do not say it', [list([BARE], 'PodList')], DENIED, [], []],
    ['a kind that is not judged', [{ apiVersion: 'v1', kind: 'ConfigMap' }, SERVER], DENIED, [], ['ConfigMap']],
    ['a list without items', [list(undefined)], [], [], ['List']],
    ['null beside a server', [null, SERVER], DENIED, ['not-an-object 0'], []],
    ['text in a List', [SERVER, list(['a', 7, []])], DENIED, [0, 1, 2].map(i => `not-an-object 1 items ${i}`), []],
    ['an object without a kind', [{}, SERVER], DENIED, ['no-kind 0'], []],
    ['the same object twice', [SERVER, list([SERVER])], DENIED, ['duplicate-object 1 items 0'], []],
  ])('reads %s', (_, values, verdicts, issues, passedOver) => {
    expect(judged(...values)).toEqual({ verdicts, issues, passedOver });
  });

  test('reads Lists in Lists to any depth', () => {
    let deep: unknown = SERVER;
    for (let depth = 0; depth < 1_000; depth += 1) deep = list([deep]);
    expect(judged(deep).verdicts).toEqual(DENIED);
  });
});
