import { afterAll, beforeAll, expect, test } from 'vitest';
import { CLOSED, CONFIG, SERVER } from './manifests.ts';
import { type Folder, temporaryFolder } from './run.ts';

let folder: Folder;
beforeAll(() => {
  folder = temporaryFolder();
  folder.write('chokepoint.yaml', CONFIG);
});
afterAll(() => folder.remove());

const opens = (selector: string): string =>
  `apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: {name: opens}
spec: {selector: "${selector}", order: 10, types: [Ingress], ingress: [{action: Allow}]}
`;

/** The verdict on the one server, and what it is not known for. */
async function verdict(policy: string): Promise<readonly unknown[]> {
  folder.write('all.yaml', [SERVER, CLOSED, policy].join('---\n'));
  const { status, stdout } = await folder.run(['check', 'all.yaml', '--output', 'json']);
  const [server] = JSON.parse(stdout).servers;
  return [
    status,
    server.verdict,
    server.causes.map(({ code, object }: never) => [code, (object as { name: string }).name]),
  ];
}

test('a policy of Calico that opens a closed server before its NetworkPolicies is a denial', async () => {
  expect(await verdict(opens('has(app)'))).toEqual([1, 'deny', []]);
});

test('one of a tier that is not there leaves the verdict open, and is named', async () => {
  const elsewhere = opens('has(app)').replace('order: 10', 'tier: elsewhere');
  expect(await verdict(elsewhere)).toEqual([2, 'undetermined', [['foreign-policy', 'opens']]]);
});

test('one that selects other pods changes no verdict', async () => {
  expect(await verdict(opens("app == 'other'"))).toEqual([0, 'allow', []]);
});
