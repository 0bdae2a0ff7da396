import { expect, test } from 'vitest';
import { renderJson } from '../../../src/adapters/inventory/json.ts';
import { assembleInventory } from '../../../src/app/inventory/assemble.ts';
import type { Inventory, InventoryServer } from '../../../src/app/inventory/inventory.ts';

const server = (name: string): InventoryServer => ({
  ...{ context: '', namespace: 'tools', kind: 'Deployment', name, file: 'a "quoted"\nfile.yaml' },
  ...{ registration: 'unknown', standing: 'declared', foundBy: 'label', transport: 'http', mode: 'audit' },
  ...{ evidence: [], images: [{ container: 'main', image: 'x:1', digests: [] }], ports: ['TCP 8080'] },
  ...{ services: [], routes: [], notJudged: [], exceptions: [], denied: [], warned: ['host-network'] },
  owner: { team: null, from: '', madeBy: '' },
  authentication: { state: 'none', by: [], gaps: [] },
  ingress: { isolated: true, open: [] },
  egress: { isolated: false, open: [{ who: 'any', by: '', peers: ['any'], ports: ['any'] }] },
  modeByLabel: false,
  verdict: 'deny',
});

const SOURCE = { context: '', server: '', policySource: 'chokepoint.yaml', hasRegistry: false };
const inventory = (names: readonly string[]): Inventory =>
  assembleInventory('2026-11-27', [SOURCE], names.map(server), []);

test.each<readonly [string, Inventory]>([
  ['of nothing', inventory([])],
  ['of one server', inventory(['weather'])],
  ['of several', inventory(['weather', 'orders', 'fetch'])],
  [
    'with what has changed',
    { ...inventory(['weather']), changes: { against: 'old.json', added: [], gone: [], changed: [] } },
  ],
])('an inventory %s is written in pieces as it is in one', (_, value) => {
  expect([...renderJson(value)].join('')).toBe(`${JSON.stringify(value, null, 2)}\n`);
});
