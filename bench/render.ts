/**
 * What `check` costs of a tree with 2,000 files and 30 kustomizations beside the builds alone, two at a time, as whole processes run in turn.
 * Run: `npm run build && node bench/render.ts [--runs N]`. Needs kubectl on PATH. Prints medians and their ratio, which should stay below 3.
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { commandLine } from '../test/support/developer-command.ts';

const { values } = commandLine({
  name: 'node bench/render.ts',
  does: 'A tree of kustomizations, beside their builds alone by kubectl.',
  options: { runs: { value: 'N', means: 'how often each is run', default: 5 } },
});
const RUNS = values.runs;
const KUSTOMIZATIONS = 30;
const FILES = 2_000;
const AT_ONCE = 2;

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;

const server = (name: string): string => `apiVersion: apps/v1
kind: Deployment
metadata: {name: ${name}, namespace: tools}
spec:
  selector: {matchLabels: {app: ${name}}}
  template:
    metadata: {labels: {app: ${name}}}
    spec: {containers: [{name: main, image: "registry.example.com/${name}:1", ports: [{containerPort: 8080}]}]}
`;

/** Folders of a kustomization each, whose files are all of them but the kustomizations. */
function writeTree(root: string): readonly string[] {
  const each = Math.floor((FILES - KUSTOMIZATIONS) / KUSTOMIZATIONS);
  return Array.from({ length: KUSTOMIZATIONS }, (_, index) => {
    const folder = path.join(root, `k${index}`);
    mkdirSync(folder, { recursive: true });
    const names = Array.from({ length: each }, (__, file) => `server-${file}.yaml`);
    for (const name of names) writeFileSync(path.join(folder, name), server(path.basename(name, '.yaml')));
    writeFileSync(path.join(folder, 'kustomization.yaml'), `resources: [${names.join(', ')}]\n`);
    return folder;
  });
}

const build = (folder: string): Promise<void> =>
  new Promise((resolve, reject) => {
    const child = spawn('kubectl', ['kustomize', folder], { stdio: 'ignore' });
    child.once('error', reject);
    child.once('close', code => (code === 0 ? resolve() : reject(new Error(`kubectl ended with ${code}`))));
  });

async function buildAll(folders: readonly string[]): Promise<void> {
  const waiting = [...folders];
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await build(next);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
}

function check(root: string): void {
  const { status } = spawnSync(process.execPath, ['dist/chokepoint.js', 'check', root, '-o', 'json'], {
    stdio: 'ignore',
  });
  if (status !== 0 && status !== 1) throw new Error(`check ended with ${status}`);
}

const root = mkdtempSync(path.join(tmpdir(), 'render-bench-'));
try {
  const folders = writeTree(root);
  const seconds = { check: [] as number[], builds: [] as number[] };
  for (let run = 0; run <= RUNS; run += 1) {
    const started = performance.now();
    await buildAll(folders);
    const between = performance.now();
    check(root);
    const ended = performance.now();
    // The first run is for the caches.
    if (run === 0) continue;
    seconds.builds.push((between - started) / 1000);
    seconds.check.push((ended - between) / 1000);
  }
  const [a, b] = [median(seconds.check), median(seconds.builds)];
  process.stdout.write(
    `check, ${FILES} files in ${KUSTOMIZATIONS} kustomizations ${a.toFixed(3)} s, the builds alone ${b.toFixed(3)} s, ×${(a / b).toFixed(2)}\n`,
  );
} finally {
  rmSync(root, { recursive: true });
}
