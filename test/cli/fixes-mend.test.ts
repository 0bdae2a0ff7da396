import { afterAll, describe, expect, test } from 'vitest';
import { parseAllDocuments, stringify } from 'yaml';
import { RULES } from '../../src/core/rules/index.ts';
import { createRandom } from '../support/random.ts';
import { randomWorld } from '../support/random-world.ts';
import { type RuleCase, ruleCases } from '../support/rule-cases.ts';
import { temporaryFolder } from './run.ts';

/** Whatever `--fix` says that it mended is mended, and nothing is worse than before. */

const folder = temporaryFolder();
afterAll(() => folder.remove());

interface Reported {
  readonly namespace: string;
  readonly kind: string;
  readonly name: string;
  readonly findings: readonly { readonly rule: string; readonly level: string }[];
}

/** `Deployment tools/weather: egress-reaches-cluster`, with the level in front. */
const found = (servers: readonly Reported[], isMeant: (level: string) => boolean): ReadonlySet<string> =>
  new Set(
    servers.flatMap(({ namespace, kind, name, findings }) =>
      findings.filter(({ level }) => isMeant(level)).map(({ rule }) => `${kind} ${namespace}/${name}: ${rule}`),
    ),
  );

const isDeny = (level: string): boolean => level === 'deny';
const isAny = (): boolean => true;

let count = 0;

/** Judges manifests, has them mended, and returns what was promised and not kept, and what came to be denied by it. */
async function brokenPromises(world: string, policy: string | undefined): Promise<readonly string[]> {
  count += 1;
  const place = `world-${count}`;
  folder.write(`${place}/all.yaml`, world);
  const config = policy === undefined ? [] : ['--config', `gate-${count}.yaml`];
  if (policy !== undefined) folder.write(`gate-${count}.yaml`, policy);
  const judge = async (...more: readonly string[]) => {
    const { stdout, stderr } = await folder.run(['check', place, '-o', 'json', ...config, ...more]);
    return { servers: JSON.parse(stdout).servers as readonly Reported[], stderr };
  };
  const before = await judge();
  const after = await judge('--fix');
  const left = [...found(after.servers, isAny)].filter(
    key => found(before.servers, isAny).has(key) && !after.stderr.includes(`not fixed: ${key}: `),
  );
  const worse = [...found(after.servers, isDeny)].filter(key => !found(before.servers, isDeny).has(key));
  return [...left.map(key => `still there: ${key}`), ...worse.map(key => `denied since: ${key}`)];
}

const cases: readonly (readonly [rule: string, RuleCase])[] = RULES.filter(({ judges }) => judges === 'server').flatMap(
  ({ id }) => ruleCases(id, 'fail').map(one => [id, one] as const),
);

describe('what check --fix mends of the fixtures stays mended', () => {
  test.each(cases.map(([id, one]) => [`${id}/${one.name}`, one] as const))('%s', async (_, { world, policy }) => {
    expect(await brokenPromises(world, policy)).toEqual([]);
  });
});

/** A random world in which some pods are servers, in block style. */
function serversIn(seed: number): string {
  const random = createRandom(seed);
  const documents = randomWorld(random, 0).documents.flatMap(text => parseAllDocuments(text).map(one => one.toJS()));
  const objects = documents.flatMap(one => (one.kind === 'List' ? one.items : [one]));
  for (const { kind, metadata } of objects)
    if (kind !== 'NetworkPolicy' && kind !== 'Namespace' && random.chance(0.6))
      metadata.labels = { ...metadata.labels, 'chokepoint.dev/mcp-server': 'true' };
  return objects.map(one => stringify(one)).join('---\n');
}

describe('what check --fix mends of random worlds stays mended', () => {
  test.each(Array.from({ length: 60 }, (_, index) => index + 1))('seed %i', async seed => {
    expect(await brokenPromises(serversIn(seed), undefined)).toEqual([]);
  });
});
