import { execFile, execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { askedVersion, type KubernetesVersion, moduleOf, NEWEST } from './versions.ts';

const HERE = fileURLToPath(new URL('.', import.meta.url));
/** These are of the version that is asked for; every other program is the newest. */
const VERSIONED: readonly string[] = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler'];

/** A Go module of this folder whose tools are the programs, and how to name and stamp them. */
interface Source {
  /** Where go.mod and go.sum lie. */
  readonly module: string;
  readonly package: string;
  /** `-X` settings for the linker: variable → go.mod's requirement whose version it gets. */
  readonly stamps?: readonly string[];
}

/** /version and `kubectl version` read one each. */
const KUBERNETES_STAMPS = ['k8s.io/component-base/version.gitVersion', 'k8s.io/client-go/pkg/version.gitVersion'];
const kubernetes = (name: string): Source => ({
  module: HERE,
  package: `k8s.io/kubernetes/cmd/${name}`,
  stamps: KUBERNETES_STAMPS,
});

const certManager = (name: string): Source => ({
  module: join(HERE, 'cert-manager'),
  package: `github.com/cert-manager/cert-manager/cmd/${name}`,
});

const containerd = (name: string): Source => ({
  module: join(HERE, 'containerd'),
  package: `github.com/containerd/containerd/v2/cmd/${name}`,
});

const SOURCES = {
  'kube-apiserver': kubernetes('kube-apiserver'),
  'kube-controller-manager': kubernetes('kube-controller-manager'),
  'kube-scheduler': kubernetes('kube-scheduler'),
  'kube-proxy': kubernetes('kube-proxy'),
  kubelet: kubernetes('kubelet'),
  kubectl: kubernetes('kubectl'),
  etcd: { module: HERE, package: 'go.etcd.io/etcd/server/v3' },
  'cert-manager-controller': certManager('controller'),
  'cert-manager-cainjector': certManager('cainjector'),
  containerd: containerd('containerd'),
  'containerd-shim-runc-v2': containerd('containerd-shim-runc-v2'),
  ctr: containerd('ctr'),
  helm: { module: join(HERE, 'helm'), package: 'helm.sh/helm/v3/cmd/helm' },
  // To which records are shipped: an OpenTelemetry Collector of the parts that are named beside it, and a server of S3's API.
  collector: { module: join(HERE, 'collector'), package: '.' },
  versitygw: { module: join(HERE, 'versitygw'), package: 'github.com/versity/versitygw/cmd/versitygw' },
} as const satisfies Record<string, Source>;

/** A program that tests start. */
export type ProgramName = keyof typeof SOURCES;

/** Paths of the programs that a cluster needs. */
export type Binaries = Readonly<Record<(typeof CLUSTER_PROGRAMS)[number], string>>;

/** What a cluster needs; kube-proxy and helm are asked for by who uses them. */
export const CLUSTER_PROGRAMS = [
  'etcd',
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'kubectl',
] as const;

/** The programs that envtest's folder holds (its convention: the variable KUBEBUILDER_ASSETS). */
const ENVTEST_PROGRAMS: readonly string[] = ['kube-apiserver', 'etcd', 'kubectl'];
const LOCK_POLL_MS = 500;

const say = (text: string): void => void process.stderr.write(`control plane: ${text}\n`);

function goVersion(): string {
  try {
    return execFileSync('go', ['env', 'GOVERSION'], { cwd: HERE, encoding: 'utf8' }).trim();
  } catch (cause) {
    throw new Error(
      'Go is needed to build the control plane for the end-to-end tests (`go` was not found on PATH, or does not run). ' +
        'Install Go 1.26 or later; or set KUBEBUILDER_ASSETS to a folder with kube-apiserver, etcd and kubectl, which leaves less to build.',
      { cause },
    );
  }
}

/** Outside the tree, so that every clone and every clean checkout shares it. */
function cacheFolder(module: string, go: string): string {
  const sum = readFileSync(join(module, 'go.sum'));
  const hash = createHash('sha256').update(sum).update(go).digest('hex').slice(0, 16);
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'chokepoint', 'control-plane', hash);
}

function kubernetesVersion(module: string): string {
  const [, version] = /^require k8s\.io\/kubernetes (\S+)$/m.exec(readFileSync(join(module, 'go.mod'), 'utf8')) ?? [];
  if (version === undefined) throw new Error(`${module}/go.mod does not require k8s.io/kubernetes`);
  return version;
}

function buildArguments(source: Source, output: string): readonly string[] {
  const version = source.stamps && kubernetesVersion(source.module);
  const stamps = (source.stamps ?? []).map(variable => `-X ${variable}=${version}`);
  const linker = ['-s', '-w', ...stamps].join(' ');
  return ['build', '-mod=readonly', '-buildvcs=false', '-trimpath', '-ldflags', linker, '-o', output, source.package];
}

/** One build at a time, over all processes: Go's compiler takes 2 GB for these programs. */
async function withLock<T>(folder: string, work: () => Promise<T>): Promise<T> {
  mkdirSync(folder, { recursive: true });
  const lock = join(folder, 'build.lock');
  for (let said = false; !takeLock(lock); said = true) {
    if (!said) say(`waiting for another build (${lock})`);
    await sleep(LOCK_POLL_MS);
  }
  try {
    return await work();
  } finally {
    rmSync(lock, { force: true });
  }
}

function takeLock(lock: string): boolean {
  try {
    writeFileSync(lock, String(process.pid), { flag: 'wx' });
    return true;
  } catch {
    if (!ownerRuns(lock)) rmSync(lock, { force: true });
    return false;
  }
}

function ownerRuns(lock: string): boolean {
  try {
    process.kill(Number(readFileSync(lock, 'utf8')) || -1, 0);
    return true;
  } catch {
    return false;
  }
}

function sourceOf(name: ProgramName, version: KubernetesVersion): Source {
  const source: Source = SOURCES[name];
  return VERSIONED.includes(name) ? { ...source, module: moduleOf(version) } : source;
}

async function build(name: ProgramName, source: Source, folder: string): Promise<void> {
  const path = join(folder, name);
  const unfinished = join(folder, `${name}.${process.pid}.unfinished`);
  say(`building ${name} (${source.package}), once, into ${folder}; all programs together take minutes`);
  const started = Date.now();
  await promisify(execFile)('go', buildArguments(source, unfinished), {
    cwd: source.module,
    env: { ...process.env, CGO_ENABLED: '0', GOFLAGS: '' },
    maxBuffer: 1 << 26,
  });
  renameSync(unfinished, path);
  say(`built ${name} in ${Math.round((Date.now() - started) / 1000)} s`);
}

/** Its API server has a version of its own, and so is not the one that is asked for. */
function fromEnvtest(name: ProgramName, version: KubernetesVersion | undefined): string | undefined {
  const assets = process.env.KUBEBUILDER_ASSETS;
  if (!assets || !ENVTEST_PROGRAMS.includes(name)) return undefined;
  if (version !== undefined && VERSIONED.includes(name)) return undefined;
  const path = join(assets, name);
  return existsSync(path) ? path : undefined;
}

/**
 * Paths of the programs: from the folder that KUBEBUILDER_ASSETS names, else from the cache, else built into the cache. The first build of all
 * takes about five minutes on two cores. `version` where absent: what the environment asks for, else what there is.
 */
export async function findBinaries<N extends ProgramName>(
  names: readonly N[],
  version: KubernetesVersion | undefined = askedVersion(),
): Promise<Readonly<Record<N, string>>> {
  const found = new Map<N, string>();
  for (const name of names) {
    found.set(name, fromEnvtest(name, version) ?? (await fromCache(name, sourceOf(name, version ?? NEWEST))));
  }
  return Object.fromEntries(found) as Record<N, string>;
}

async function fromCache(name: ProgramName, source: Source): Promise<string> {
  const folder = cacheFolder(source.module, goVersion());
  const path = join(folder, name);
  if (existsSync(path)) return path;
  return withLock(folder, async () => {
    if (!existsSync(path)) await build(name, source, folder);
    return path;
  });
}
