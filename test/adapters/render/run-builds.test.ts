import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Build } from '../../../src/adapters/render/plan.ts';
import { BUILD_LIMITS, type BuildLimits, runBuilds } from '../../../src/adapters/render/run-builds.ts';
import { type Place, temporaryPlace } from './programs.ts';

let place: Place;
beforeEach(() => {
  place = temporaryPlace();
});
afterEach(() => place.remove());

const build = (folder: string, script: string, isOptional = false): Build => ({
  tool: 'kustomize',
  name: `${folder} (kustomize build)`,
  folder,
  file: `${folder}/kustomization.yaml`,
  sources: [],
  program: place.program(`${folder}/builder`, script),
  args: [],
  env: {},
  isOptional,
});

async function outcomes(builds: readonly Build[], limits: Partial<BuildLimits> = {}): Promise<readonly string[]> {
  const told: string[] = [];
  for await (const { build: one, built } of runBuilds(builds, { ...BUILD_LIMITS, ...limits })) {
    const text = 'output' in built ? built.output.toString() : `${built.problem.severity}: ${built.problem.message}`;
    told.push(`${one.folder}: ${text}`);
  }
  return told;
}

test('Builds are given in their order, however long each takes', async () => {
  const builds = [
    build('a', '/bin/sleep 0.2; printf 1'),
    build('b', 'printf 2'),
    build('c', 'printf 3'),
    build('d', 'printf 4'),
  ];
  expect(await outcomes(builds)).toEqual(['a: 1', 'b: 2', 'c: 3', 'd: 4']);
  expect(await outcomes([])).toEqual([]);
});

test('One that fails does not keep the others', async () => {
  expect(await outcomes([build('a', 'exit 1'), build('b', 'printf 2')])).toEqual([
    'a: error: a cannot be built by kustomize: it ended with status 1',
    'b: 2',
  ]);
});

test('What a builder says is cut', async () => {
  const [told = ''] = await outcomes([build('a', `printf '%2000d' 1 >&2; exit 1`)]);
  expect(told.length).toBeLessThan(700);
});

test('All of them together print no more than they may', async () => {
  const builds = ['a', 'b', 'c', 'd'].map(name => build(name, 'printf 12345'));
  const told = await outcomes(builds, { allBytes: 12, buildBytes: 6 });
  expect(told.slice(0, 2)).toEqual(['a: 12345', 'b: 12345']);
  expect(told[3]).toMatch(/^d: error: .* it printed more than \d bytes$/);
});

test('All of them together take no longer than they may', async () => {
  const builds = [build('a', '/bin/sleep 5'), build('b', '/bin/sleep 5'), build('c', 'printf 3')];
  const told = await outcomes(builds, { allMs: 1_000 });
  expect(told[2]).toBe('c: error: c cannot be built by kustomize: the builds before it took 1 s');
});

test('A Component that cannot be built alone is a warning', async () => {
  expect(await outcomes([build('a', 'exit 1', true)])).toEqual([
    'a: warning: a is a Component that no kustomization of the input uses, and cannot be built alone: it is not judged',
  ]);
});
