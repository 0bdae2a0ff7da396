/**
 * What `check` costs beside a bare YAML parse of the same files, and a small folder beside an empty Node.js, as whole processes run in turn.
 * Run: `npm run build && node bench/check.ts [--runs N]`. Prints medians and the ratio of medians.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { generateManifests, READING_SHAPE } from './generate.ts';

const flag = process.argv.indexOf('--runs');
const RUNS = flag < 0 ? 7 : Number(process.argv[flag + 1]);

interface Cost {
  readonly seconds: number;
  readonly megabytes: number;
}

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;

/** One whole process; its peak memory is told by a hook that it loads. */
function cost(folder: string, args: readonly string[]): Cost {
  const memory = path.join(folder, 'peak');
  const hook = path.join(folder, 'hook.mjs');
  writeFileSync(
    hook,
    `import{writeFileSync}from'node:fs';process.on('exit',()=>writeFileSync(${JSON.stringify(memory)},String(process.resourceUsage().maxRSS)));`,
  );
  const started = performance.now();
  const run = spawnSync(process.execPath, ['--import', hook, ...args], { stdio: 'ignore' });
  const seconds = (performance.now() - started) / 1000;
  // 1 and 2 are verdicts of ours (denied, undetermined), never ones of the floors.
  if (run.status === null || (run.status !== 0 && !args.includes('check')))
    throw new Error(`${args.join(' ')} ended with ${run.status}`);
  return { seconds, megabytes: Number(readFileSync(memory, 'utf8')) / 1024 };
}

/** Runs both in turn, so that both meet the same machine. */
function compare(title: string, folder: string, ours: readonly string[], floor: readonly string[]): void {
  const costs: { ours: Cost[]; floor: Cost[] } = { ours: [], floor: [] };
  for (let run = 0; run <= RUNS; run += 1) {
    const pair = { ours: cost(folder, ours), floor: cost(folder, floor) };
    if (run === 0) continue;
    costs.ours.push(pair.ours);
    costs.floor.push(pair.floor);
  }
  const seconds = (list: readonly Cost[]): number => median(list.map(one => one.seconds));
  const megabytes = (list: readonly Cost[]): number => median(list.map(one => one.megabytes));
  const [a, b] = [seconds(costs.ours), seconds(costs.floor)];
  const [m, n] = [megabytes(costs.ours), megabytes(costs.floor)];
  process.stdout.write(
    `${title.padEnd(44)} ${a.toFixed(3)} s, floor ${b.toFixed(3)} s, ×${(a / b).toFixed(2)}; peak ${m.toFixed(0)} MB, floor ${n.toFixed(0)} MB, ×${(m / n).toFixed(2)}\n`,
  );
}

const FLOOR = `import{readFileSync,readdirSync}from'node:fs';import path from'node:path';import{loadAll}from${JSON.stringify(import.meta.resolve('js-yaml'))};
const walk=d=>{for(const e of readdirSync(d,{withFileTypes:true})){const p=path.join(d,e.name);if(e.isDirectory())walk(p);else loadAll(readFileSync(p,'utf8'));}};
walk(process.argv[2]);`;

const folder = mkdtempSync(path.join(tmpdir(), 'check-bench-'));
const floor = path.join(folder, 'floor.mjs');
try {
  writeFileSync(floor, FLOOR);
  const shapes = [
    ['1,003 objects', { objects: 1003, files: 329, seed: 1 }],
    ['10,003 objects', READING_SHAPE],
  ] as const;
  for (const [title, shape] of shapes) {
    const manifests = path.join(folder, title.replace(/\D/g, ''));
    for (const [name, text] of generateManifests(shape)) {
      mkdirSync(path.dirname(path.join(manifests, name)), { recursive: true });
      writeFileSync(path.join(manifests, name), text);
    }
    compare(
      `check, ${title}, to bare js-yaml`,
      folder,
      ['dist/chokepoint.js', 'check', manifests, '--output', 'json'],
      [floor, manifests],
    );
  }
  const small = path.resolve('policies', 'demo', 'gke');
  const check = [
    'dist/chokepoint.js',
    'check',
    '--config',
    path.join(small, 'chokepoint.yaml'),
    path.join(small, 'world'),
  ];
  compare(
    'check of a small folder, to node -e 0',
    folder,
    ['dist/chokepoint.js', 'check', path.join(small, 'world'), '--mode', 'audit'],
    ['-e', '0'],
  );
  compare('the same with a configuration, to node -e 0', folder, check, ['-e', '0']);
} finally {
  rmSync(folder, { recursive: true });
}
