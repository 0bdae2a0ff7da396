import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { findBinaries } from '../control-plane/binaries.ts';
import { type FakeCommands, fakeCommands } from '../control-plane/kind/fake-commands.ts';

const kindFile = (name: string): string => fileURLToPath(new URL(`../control-plane/kind/${name}`, import.meta.url));
/** Not 127.0.0.1: as on kind, webhooks listen elsewhere than the API server does. */
const GATEWAY = '127.0.0.2';
const NETWORK = JSON.stringify([{ IPAM: { Config: [{ Subnet: 'fc00::/64' }, { Gateway: GATEWAY }] } }]);

let fakes: FakeCommands | undefined;
afterEach(() => fakes?.remove());

/** kind's clusters are control planes of ours, which have no node to taint. */
async function onFakes(): Promise<FakeCommands> {
  const { kubectl } = await findBinaries(['kubectl']);
  return fakeCommands(
    {
      kind: `exec '${process.execPath}' '${kindFile('fake-kind.ts')}' "$(dirname "$0")" "$@"`,
      docker: `[ "$1" = info ] || echo '${NETWORK}'`,
      kubectl: `case "$*" in *taint*) ;; *) exec '${kubectl}' "$@" ;; esac`,
    },
    process.env.PATH,
  );
}

test('the suite runs on a kind cluster of its own, which is deleted in the end', async () => {
  fakes = await onFakes();
  const { code, stdout } = await fakes.node(kindFile('run-e2e.ts'), 'control-plane', 'versions');
  expect(stdout).toContain('not run on kind: versions: it starts, stops or freezes components');
  expect(stdout).toMatch(/✓.*a webhook that answers 503 with Retry-After is asked again within the same call/);
  expect(stdout).toMatch(/Test Files .*1 passed/);
  expect(code).toBe(0);
  const [name] = /chokepoint-e2e-\d+/.exec(fakes.calls().join('\n')) ?? [];
  const [, config = ''] = /--config (\S+)/.exec(fakes.calls().join('\n')) ?? [];
  const folder = dirname(config);
  expect(fakes.calls().map(call => call.replaceAll(folder, 'FOLDER'))).toEqual([
    'kind version',
    'docker info',
    'kubectl version --client',
    `kind create cluster --name ${name} --config FOLDER/cluster.yaml --kubeconfig FOLDER/admin.kubeconfig --wait 300s`,
    'kubectl --kubeconfig FOLDER/admin.kubeconfig taint nodes --all chokepoint.dev/no-tests=true:NoSchedule',
    'docker network inspect kind',
    `kind delete cluster --name ${name}`,
  ]);
  expect(existsSync(folder)).toBe(false);
});

test('what is left of a cluster is deleted where it does not come up', async () => {
  const kind = 'case "$1" in version) echo kind v0.30.0 ;; create) exit 1 ;; esac';
  fakes = fakeCommands({ kind, docker: 'true', kubectl: 'true' });
  const { code, stderr } = await fakes.node(kindFile('run-e2e.ts'), 'control-plane');
  expect(stderr).toMatch(/kind create cluster .*: exit code 1/);
  expect(fakes.calls().at(-1)).toMatch(/^kind delete cluster --name chokepoint-e2e-\d+$/);
  expect(code).toBe(1);
});
