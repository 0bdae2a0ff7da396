import { expect, test } from 'vitest';
import { readCases } from '../support/rule-cases.ts';

/** What is said of a case that cannot be read: a case that is passed over, or read as another, would hold nothing. */

const BASE = `kind: Deployment
metadata: {name: weather, namespace: tools}
spec: {replicas: 1, containers: [a, b, c]}
---
kind: Namespace
metadata: {name: tools}
`;
const POLICY = 'kind: GatePolicy\nmetadata: {name: default}\nspec: {preset: baseline}\n';

const read = (text: string) =>
  readCases('some-rule', 'fail', name => ({ 'fail.yaml': text, 'base.yaml': BASE, 'policy.yaml': POLICY })[name]);

test.each([
  ['no YAML', 'a: [', /^test\/rules\/some-rule\/fail\.yaml: /],
  ['a list of cases', '- a', /fail\.yaml: a map of names to cases/],
  ['a case that is a text', 'a: b', /fail\.yaml: a is a map of what is different from the base/],
  ['a case of nothing', 'a:', /fail\.yaml: a is a map of what is different from the base/],
  [
    'an object that the base has not',
    'a: {Deployment tools/other: {spec.replicas: 2}}',
    /some-rule: a: the base has no "Deployment tools\/other"; it has Deployment tools\/weather, Namespace tools, GatePolicy default/,
  ],
  ['an object without its namespace', 'a: {Deployment weather: {}}', /a: the base has no "Deployment weather"/],
  ['an object changed to a text', 'a: {Namespace tools: b}', /a: Namespace tools is a map of paths to values, or null/],
  ['a path that is none', 'a: {Namespace tools: {"metadata[": 1}}', /a: Namespace tools: "metadata\[" is no path/],
  ['an empty path', 'a: {Namespace tools: {"": 1}}', /a: Namespace tools: "" is no path/],
  ['a field that is not there to take away', 'a: {Namespace tools: {spec: null}}', /there is no spec to take away/],
  ['objects to add that are no list', 'a: {add: {kind: Pod}}', /a: add is a list of objects/],
])('%s is refused', (_, text, message) => {
  expect(() => read(text)).toThrow(message);
});

test.each([
  ['an empty file', '', []],
  ['a file of comments', '# none yet', []],
  ['cases in any order, by their names', 'b: {}\na: {}', ['a', 'b']],
])('%s has these cases', (_, text, names) => {
  expect(read(text).map(({ name }) => name)).toEqual(names);
});

test.each([
  ['a field', 'a: {Deployment tools/weather: {spec.replicas: 2}}', 'replicas: 2'],
  [
    'fields of a list that go away, from its end',
    'a: {Deployment tools/weather: {"spec.containers[0]": null, "spec.containers[1]": null}}',
    'containers: [c]',
  ],
  ['an object more', 'a: {add: [{kind: Pod, metadata: {name: more}}]}', 'name: more'],
])('%s is changed in the world', (_, text, part) => {
  expect(read(text)[0]?.world).toContain(part);
});

test('an object that goes away leaves the others, and the configuration is apart', () => {
  const [one] = read('a: {Namespace tools: null, GatePolicy default: {spec.preset: restricted}}');
  expect(one?.world).not.toContain('kind: Namespace');
  expect([one?.ownPolicy, one?.policy]).toEqual([true, expect.stringContaining('preset: restricted')]);
});
