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

/** What the components add to the command line of the webhook, or put in place of a part of it. */
const FLAGS: readonly (readonly [component: string, flags: readonly string[], options: object])[] = [
  ['audit-only', ['--mode-limit=audit'], { modeLimit: 'audit' }],
  ['backstop', [], {}],
  ['cert-manager', [], {}],
  ['critical-pods-quota', [], {}],
  ['custom-resources', [], {}],
  ['dashboard', [], {}],
  ['enforce', ['--mode=enforce'], { mode: 'enforce' }],
  ['gate-policy', [], {}],
  ['guardrail', [], {}],
  ['host-network', ['--port=9443', '--health-port=9444'], { port: 9443, healthPort: 9444 }],
  ['monitoring', [], {}],
  ['no-tunnels', [], {}],
  ['port-10250', ['--port=10250'], { port: 10250 }],
  ['record', ['--record=/var/lib/chokepoint/record.jsonl'], { record: '/var/lib/chokepoint/record.jsonl' }],
  ['record-webhook', [], {}],
  ['reports', [], {}],
  ['rollout', [], {}],
  ['webhook-only', ['--absent-policy=reject'], { absentPolicy: 'reject' }],
];

/** The same of the controller, where there is anything. */
const CONTROLLER_FLAGS: typeof FLAGS = [
  ['audit-only', ['--mode-limit=audit'], { modeLimit: 'audit' }],
  ['enforce', ['--mode=enforce'], { mode: 'enforce' }],
  ['reports', ['--reports=auto'], { reports: 'auto' }],
  ['dashboard', ['--dashboard-port=8484'], { dashboardPort: 8484 }],
  [
    'record',
    [
      '--record=/var/lib/chokepoint/record.jsonl',
      '--webhook-token=/etc/chokepoint/webhook/token',
      '--webhook-ca=/etc/chokepoint/webhook/ca.crt',
      '--webhook-ca=/etc/chokepoint/webhook/cert-manager-ca.crt',
    ],
    {
      record: '/var/lib/chokepoint/record.jsonl',
      webhookToken: '/etc/chokepoint/webhook/token',
      webhookCa: ['/etc/chokepoint/webhook/ca.crt', '/etc/chokepoint/webhook/cert-manager-ca.crt'],
    },
  ],
];

/** What a component adds to, or replaces of, the arguments of a Deployment. */
const givenTo = (deployment: string, component: string): readonly unknown[] =>
  patchesOf(component, deployment).flatMap(operations =>
    operations.filter(({ op, path }) => op !== 'test' && path.includes('/args/')).flatMap(({ value }) => value ?? []),
  );

describe('the command line', () => {
  const [webhook, controller] = DEPLOYMENTS;

  it.each(FLAGS)('of the webhook takes what the component %s gives it', async (name, flags, options) => {
    expect(givenTo('chokepoint-webhook', name)).toEqual(flags);
    const { args } = webhook?.spec.template.spec.containers[0] ?? expect.fail();
    expect(await parsedServer([...args, ...flags])).toMatchObject(options);
  });

  it.each(FLAGS)('of the controller takes what the component %s gives it', async name => {
    const [, flags = [], options = {}] = CONTROLLER_FLAGS.find(([component]) => component === name) ?? [];
    expect(givenTo('chokepoint-controller', name)).toEqual(flags);
    const { args } = controller?.spec.template.spec.containers[0] ?? expect.fail();
    expect(await parsedServer([...args, ...flags])).toMatchObject(options);
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
