import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parsedServer } from '../support/command-line.ts';
import { DEPLOYMENTS, MANIFESTS, type Operation, patchesOf, shippedObjects } from '../support/shipped-objects.ts';

const COMPONENTS = readdirSync(new URL('components/', MANIFESTS));

/** The list item that a path leads to or through last; absent where it names every step, or adds to the end of a list. */
const itemOf = (path: string): string | undefined => /^.*\/\d+(?=\/|$)/.exec(path)?.[0];

/** Operations that change a list item by its place, and did not look before at what is there. */
const blind = (operations: readonly Operation[]): readonly string[] =>
  operations.flatMap(({ op, path }, index) => {
    const item = op === 'test' || path.endsWith('/-') ? undefined : itemOf(path);
    const looked = operations.slice(0, index).some(before => before.op === 'test' && itemOf(before.path) === item);
    return item === undefined || looked ? [] : [`${op} ${path}`];
  });

describe.each(COMPONENTS)('the component %s', name => {
  it('changes no item of a list before it has looked at what stands there', () => {
    expect(patchesOf(name).flatMap(blind)).toEqual([]);
  });

  it('takes in every other file of its folder', () => {
    const [kustomization] = shippedObjects(`components/${name}/kustomization.yaml`);
    const files = readdirSync(new URL(`components/${name}/`, MANIFESTS)).filter(file => file !== 'kustomization.yaml');
    const own = (kustomization?.resources ?? []).filter((resource: string) => !resource.startsWith('../'));
    expect(own.toSorted()).toEqual(files.toSorted());
  });
});

/** What the components add to the command lines of the gate, or put in their place. */
const FLAGS: readonly (readonly [component: string, flags: readonly string[], options: object])[] = [
  ['audit-only', ['--mode-limit=audit'], { modeLimit: 'audit' }],
  ['backstop', [], {}],
  ['cert-manager', [], {}],
  ['critical-pods-quota', [], {}],
  ['custom-resources', [], {}],
  ['enforce', ['--mode=enforce'], { mode: 'enforce' }],
  ['gate-policy', [], {}],
  ['guardrail', [], {}],
  ['host-network', ['--port=9443', '--health-port=9444'], { port: 9443, healthPort: 9444 }],
  ['monitoring', [], {}],
  ['no-tunnels', [], {}],
  ['port-10250', ['--port=10250'], { port: 10250 }],
  ['record', ['--record=/var/lib/chokepoint/record.jsonl'], { record: '/var/lib/chokepoint/record.jsonl' }],
  ['record-webhook', [], {}],
  ['reports', ['--reports=auto'], { reports: 'auto' }],
  ['rollout', [], {}],
  ['webhook-only', ['--absent-policy=reject'], { absentPolicy: 'reject' }],
];

describe('the command line', () => {
  it.each(FLAGS)('takes what the component %s gives it', async (name, flags, options) => {
    const [webhook, controller] = DEPLOYMENTS;
    const deployment = (name === 'reports' ? controller : webhook) ?? expect.fail();
    const given = patchesOf(name).flatMap(operations =>
      operations.filter(({ op, path }) => op !== 'test' && path.includes('/args/')).flatMap(({ value }) => value ?? []),
    );
    expect(given).toEqual(flags);
    expect(await parsedServer([...deployment.spec.template.spec.containers[0].args, ...flags])).toMatchObject(options);
  });

  it('is known of every component', () => {
    expect(FLAGS.map(([name]) => name)).toEqual(COMPONENTS.toSorted());
  });
});

it('the page about the installation says of every component what it changes', () => {
  const page = readFileSync(new URL('../docs/install.md', MANIFESTS), 'utf8');
  const [, table = ''] = /\| component \|[^\n]*\n[^\n]*\n((?:\|[^\n]*\n)+)/.exec(page) ?? [];
  const named = [...table.matchAll(/^\| ([^|]*) \|/gm)].flatMap(([, cell = '']) =>
    cell.replaceAll('`', '').split(', '),
  );
  expect(named.toSorted()).toEqual(COMPONENTS.toSorted());
});
