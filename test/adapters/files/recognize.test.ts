import { expect, it } from 'vitest';
import { DEFAULT_LIMITS } from '../../../src/adapters/files/limits.ts';
import { recognize } from '../../../src/adapters/files/recognize.ts';
import { createParser } from '../../../src/adapters/yaml/parse.ts';

const parse = createParser(DEFAULT_LIMITS);

it.each([
  ['an object', '{apiVersion: v1, kind: Pod}', 'object'],
  ['a List', '{apiVersion: v1, kind: List, items: []}', 'object'],
  ['a custom object without a spec', '{apiVersion: acme.io/v1, kind: Thing}', 'object'],
  ['a kustomization that says so', '{apiVersion: kustomize.config.k8s.io/v1beta1, kind: Kustomization}', 'object'],
  ['an object without its kind', '{apiVersion: apps/v1, metadata: {name: a}, spec: {}}', 'broken-object'],
  ['an object without its apiVersion', '{kind: Deployment, metadata: {name: a}, spec: {}}', 'broken-object'],
  ['an apiVersion that is a number', '{apiVersion: 1, kind: Deployment, spec: {}}', 'broken-object'],
  ['a kind that is a list', '{apiVersion: v1, kind: [Pod], spec: {}}', 'broken-object'],
  ['names that are misspelt', '{apiversion: v1, Kind: Pod, metadata: {name: a}, spec: {}}', 'broken-object'],
  ['names that are empty', '{apiVersion: "", kind: "", metadata: {name: a}, spec: {}}', 'broken-object'],
  ['a List without its kind', '{apiVersion: v1, items: [{apiVersion: v1, kind: Pod}]}', 'broken-object'],
  ['a List without its apiVersion', '{kind: List, items: [{apiVersion: v1, kind: Pod}]}', 'broken-object'],
  ['a list of objects', '[{apiVersion: v1, kind: Pod}]', 'broken-object'],
  ['Helm values', '{image: x, extraObjects: []}', 'values'],
  ['Helm values with a kind of their own', '{kind: DaemonSet, extraObjects: []}', 'no-object'],
  ['plain Helm values', '{image: x, replicas: 2}', 'no-object'],
  ['a chart', '{apiVersion: v2, name: x, version: 1.0.0}', 'no-object'],
  ["Helm's index", '{apiVersion: v1, entries: {}, generated: "2026-01-01T00:00:00Z"}', 'no-object'],
  ['Grafana data sources', '{apiVersion: 1, datasources: [{name: a}]}', 'no-object'],
  ['a Score workload', '{apiVersion: score.dev/v1b1, metadata: {name: a}, containers: {}}', 'no-object'],
  ['a Drone pipeline', '{kind: pipeline, type: docker, name: default, steps: []}', 'no-object'],
  ['a Zarf package', '{kind: ZarfPackageConfig, metadata: {name: a}, components: []}', 'no-object'],
  ['a workflow of GitHub', '{on: push, jobs: {}}', 'no-object'],
  ['a Compose file', '{services: {a: {image: x}}}', 'no-object'],
  ['a devfile', '{schemaVersion: 2.2.0, metadata: {name: a}, components: []}', 'no-object'],
  ['a package.json', '{"name": "x", "version": "1.0.0"}', 'no-object'],
  ['an OpenAPI document', '{openapi: 3.0.0, info: {title: a}, paths: {}}', 'no-object'],
  ['a JSON patch', '[{op: add, path: /spec/replicas, value: 2}]', 'no-object'],
  ['a list of kinds that are no text', '[{kind: [a]}]', 'no-object'],
  ['an empty list', '[]', 'no-object'],
  ['an empty mapping', '{}', 'no-object'],
  ['text', 'text', 'no-object'],
  ['a number', '12', 'no-object'],
  ['keys of every object', '{"constructor": {}, "__proto__": {"kind": "Pod", "apiVersion": "v1"}}', 'no-object'],
])('%s is recognized: %s', (_, text, expected) => {
  const parsed = parse(text);
  expect(parsed.kind === 'value' ? recognize(parsed.value) : parsed).toBe(expected);
});
