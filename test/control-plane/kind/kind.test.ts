import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { isRecentKind } from './engine.ts';
import { type FakeCommands, fakeCommands } from './fake-commands.ts';
import { obstacleIn } from './suite.ts';

const script = (name: string): string => fileURLToPath(new URL(`${name}.ts`, import.meta.url));
const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

const KIND = 'case "$1" in version) echo "kind v0.30.0 go1.24.6 linux/amd64" ;; get) echo chokepoint-of-others ;; esac';
/** It has the cluster from before. */
const KIND_WITH_CLUSTER = KIND.replace('echo chokepoint-of-others', "printf 'chokepoint\\nother\\n'");
const WORKS = 'true';
const FAILS = 'exit 1';
/** The gate refuses what is open. */
const KUBECTL =
  'case "$*" in *--dry-run=server*) echo "admission webhook denied the request: open" >&2; exit 1 ;; esac';

let fakes: FakeCommands | undefined;
afterEach(() => fakes?.remove());

describe('The version of kind', () => {
  it.each([
    ['kind v0.24.0 go1.22.6 linux/amd64', true],
    ['kind v0.30.0 go1.24.6 linux/amd64', true],
    ['kind v1.0.0 go1.26.0 darwin/arm64', true],
    ['kind v0.24.0-alpha+1234 go1.22.4 linux/amd64', true],
    ['kind v0.23.0 go1.21.10 linux/amd64', false],
    ['kind', false],
    ['', false],
  ])('of %j is new enough: %s', (text, recent) => {
    expect(isRecentKind(text)).toBe(recent);
  });
});

describe('Of the end-to-end suite', () => {
  it.each([
    ['admission', undefined],
    ['control-plane', undefined],
    ['no-bypass', undefined],
    ['harness', 'it starts, stops or freezes components of a control plane of its own'],
    ['least-privilege', 'it reads the audit log of the API server'],
    ['services', 'it starts, stops or freezes components of a control plane of its own'],
    ['kind', 'it puts a stand-in in the place of kind'],
  ])('%s is kept from kind by: %s', (name, why) => {
    expect(obstacleIn(readFileSync(`${ROOT}test/e2e/${name}.e2e.ts`, 'utf8'))).toBe(why);
  });
});

describe.each(['up', 'down', 'run-e2e'])(
  'Without what it needs %s does nothing, says why in one line and ends with 2:',
  name => {
    it.each([
      ['no kind', {}, 'there is no kind on PATH (https://kind.sigs.k8s.io)'],
      [
        'an old kind',
        { kind: 'echo kind v0.23.0' },
        'kind v0.23.0 is too old: from v0.24.0 on its network enforces NetworkPolicies',
      ],
      ['no Docker', { kind: KIND }, 'no Docker engine answers to `docker info`'],
      ['no Docker engine', { kind: KIND, docker: FAILS }, 'no Docker engine answers to `docker info`'],
      ['no kubectl', { kind: KIND, docker: WORKS }, 'there is no kubectl on PATH'],
    ])('%s', async (_, bodies, reason) => {
      fakes = fakeCommands(bodies);
      const stderr = `kind: nothing was done: ${reason}\n`;
      expect(await fakes.node(script(name))).toEqual({ code: 2, stdout: '', stderr });
      expect(fakes.calls().filter(call => / (create|delete|build|apply) /.test(call))).toEqual([]);
    });
  },
);

const CHANGES = /^(kind (create|load|delete)|docker build|kubectl .*(apply|restart))/;
/** What changed anything, without the folder of the checkout. */
const changes = (commands: FakeCommands): readonly string[] =>
  commands
    .calls()
    .filter(call => CHANGES.test(call))
    .map(call => call.replaceAll(ROOT, ''));

const INSTALLED = [
  'docker build --tag chokepoint:0.1.0 ',
  'kind load docker-image chokepoint:0.1.0 --name chokepoint',
  'kubectl --context kind-chokepoint apply --filename https://github.com/cert-manager/cert-manager/releases/download/v1.21.2/cert-manager.yaml',
  'kubectl --context kind-chokepoint apply --kustomize manifests/samples/kind',
];
const SAMPLES = [
  'kubectl --context kind-chokepoint apply --filename manifests/samples/gateway.yaml',
  'kubectl --context kind-chokepoint apply --filename manifests/samples/closed-server.yaml',
  'kubectl --context kind-chokepoint apply --dry-run=server --filename manifests/samples/open-server.yaml',
];

describe('kind:up', () => {
  it('makes the cluster, installs everything, and shows the refusal and what to try', async () => {
    fakes = fakeCommands({ kind: KIND, docker: WORKS, kubectl: KUBECTL });
    const { code, stdout } = await fakes.node(script('up'));
    expect(changes(fakes)).toEqual([
      'kind create cluster --name chokepoint --config test/control-plane/kind/try-out.yaml --wait 300s',
      ...INSTALLED,
      ...SAMPLES,
    ]);
    expect(stdout).toContain('admission webhook denied the request: open');
    expect(stdout).toContain('kubectl -n mcp delete networkpolicy weather');
    expect(code).toBe(0);
  });

  it('keeps a cluster that is there, and starts the Pods of the gate again on the new image', async () => {
    fakes = fakeCommands({ kind: KIND_WITH_CLUSTER, docker: WORKS, kubectl: KUBECTL });
    const { code } = await fakes.node(script('up'));
    expect(changes(fakes)).toEqual([
      ...INSTALLED,
      'kubectl --context kind-chokepoint --namespace chokepoint-system rollout restart deployment',
      ...SAMPLES,
    ]);
    expect(code).toBe(0);
  });

  it('stops at the first step that fails', async () => {
    fakes = fakeCommands({ kind: KIND, docker: '[ "$1" = info ]', kubectl: KUBECTL });
    const { code, stderr } = await fakes.node(script('up'));
    expect(stderr).toContain('docker build --tag chokepoint:0.1.0');
    expect(changes(fakes).at(-1)).toBe('docker build --tag chokepoint:0.1.0 ');
    expect(code).toBe(1);
  });
});

describe('kind:down', () => {
  it('deletes its own cluster', async () => {
    fakes = fakeCommands({ kind: KIND_WITH_CLUSTER, docker: WORKS, kubectl: WORKS });
    expect((await fakes.node(script('down'))).code).toBe(0);
    expect(changes(fakes)).toEqual(['kind delete cluster --name chokepoint']);
  });

  it('leaves every other cluster alone', async () => {
    fakes = fakeCommands({ kind: KIND, docker: WORKS, kubectl: WORKS });
    expect(await fakes.node(script('down'))).toEqual({
      code: 0,
      stdout: 'There is no kind cluster chokepoint.\n',
      stderr: '',
    });
    expect(changes(fakes)).toEqual([]);
  });
});
