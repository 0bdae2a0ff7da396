/**
 * What `check` costs beside a bare YAML parse of the same files, and a small folder beside an empty Node.js, as whole processes run in turn.
 * Run: `npm run build && node bench/check.ts [--runs N]`. Prints medians and the ratio of medians.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { commandLine } from '../test/support/developer-command.ts';
import { generateManifests, READING_SHAPE } from './generate.ts';

const { values } = commandLine({
  name: 'node bench/check.ts',
  does: 'Whole processes, in turn with their floor: a bare js-yaml reading of the same files, and an empty Node.js.',
  options: { runs: { value: 'N', means: 'how often each is run', default: 7 } },
});
const RUNS = values.runs;

interface Cost {
  readonly seconds: number;
  /** Processor time in seconds, of all threads: what another process takes from the machine meanwhile changes it little. */
  readonly processor: number;
  readonly megabytes: number;
}

interface Side {
  readonly args: readonly string[];
  /** Where what was compiled is kept; absent: anew in each run, as in the first. */
  readonly cache?: string;
}

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;

/** One whole process; what it took is told by a hook that it loads. */
function cost(folder: string, { args, cache }: Side): Cost {
  const told = path.join(folder, 'told');
  const hook = path.join(folder, 'hook.cjs');
  writeFileSync(
    hook,
    `process.on('exit',()=>require('fs').writeFileSync(${JSON.stringify(told)},JSON.stringify(process.resourceUsage())));`,
  );
  const kept = cache ?? mkdtempSync(path.join(folder, 'cache-'));
  const started = performance.now();
  const run = spawnSync(process.execPath, ['--require', hook, ...args], {
    stdio: 'ignore',
    env: { ...process.env, XDG_CACHE_HOME: kept },
  });
  const seconds = (performance.now() - started) / 1000;
  // 1 and 2 are verdicts of ours (denied, undetermined), never ones of the floors.
  if (run.status === null || (run.status !== 0 && !args.includes('check')))
    throw new Error(`${args.join(' ')} ended with ${run.status}`);
  const { maxRSS, userCPUTime, systemCPUTime } = JSON.parse(readFileSync(told, 'utf8'));
  return { seconds, processor: (userCPUTime + systemCPUTime) / 1e6, megabytes: maxRSS / 1024 };
}

/** Runs both in turn, so that both meet the same machine. */
function compare(title: string, folder: string, ours: Side, floor: Side): void {
  const costs: { ours: Cost[]; floor: Cost[] } = { ours: [], floor: [] };
  for (let run = 0; run <= RUNS; run += 1) {
    const pair = { ours: cost(folder, ours), floor: cost(folder, floor) };
    if (run === 0) continue;
    costs.ours.push(pair.ours);
    costs.floor.push(pair.floor);
  }
  const both = (of: keyof Cost, unit: string, digits: number): string => {
    const [a, b] = [median(costs.ours.map(one => one[of])), median(costs.floor.map(one => one[of]))];
    return `${a.toFixed(digits)} ${unit}, floor ${b.toFixed(digits)} ${unit}, ×${(a / b).toFixed(2)}`;
  };
  const said = [
    both('seconds', 's', 3),
    `processor ${both('processor', 's', 3)}`,
    `peak ${both('megabytes', 'MB', 0)}`,
  ];
  process.stdout.write(`${title.padEnd(44)} ${said.join('; ')}\n`);
}

const FLOOR = `import{readFileSync,readdirSync}from'node:fs';import path from'node:path';import{loadAll}from${JSON.stringify(import.meta.resolve('js-yaml'))};
const walk=d=>{for(const e of readdirSync(d,{withFileTypes:true})){const p=path.join(d,e.name);if(e.isDirectory())walk(p);else loadAll(readFileSync(p,'utf8'));}};
walk(process.argv[2]);`;

const folder = mkdtempSync(path.join(tmpdir(), 'check-bench-'));
const floor = path.join(folder, 'floor.mjs');
const cache = path.join(folder, 'cache');
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
      { args: ['dist/chokepoint.js', 'check', manifests, '--output', 'json'], cache },
      { args: [floor, manifests], cache },
    );
  }
  const small = path.resolve('policies', 'demo', 'gke');
  const world = path.join(small, 'world');
  const plain = ['dist/chokepoint.js', 'check', world, '--mode', 'audit'];
  const configured = ['dist/chokepoint.js', 'check', '--config', path.join(small, 'chokepoint.yaml'), world];
  const nothing = { args: ['-e', '0'], cache };
  compare('check of a small folder, to node -e 0', folder, { args: plain, cache }, nothing);
  compare('the same with a configuration, to node -e 0', folder, { args: configured, cache }, nothing);
  compare('its first run, of which nothing is kept yet', folder, { args: configured }, nothing);
} finally {
  rmSync(folder, { recursive: true });
}
