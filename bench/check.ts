/**
 * What `check` costs beside a bare YAML parse of the same files, and a small folder beside an empty Node.js, as whole processes run in turn.
 * Run: `npm run build && node bench/check.ts [--runs N]`. Prints medians and the ratio of medians.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { commandLine } from '../test/support/developer-command.ts';
import { generateManifests } from './generate.ts';
import { median } from './processor.ts';
import { readProfiles, stageLine } from './profile.ts';

const { values } = commandLine({
  name: 'node bench/check.ts',
  does: 'Whole processes, in turn with their floor: a bare js-yaml reading of the same files, and an empty Node.js.',
  options: {
    runs: { value: 'N', means: 'how often each is run', default: 7 },
    seed: { value: 'N', means: 'of the manifests', default: 1 },
    only: { value: 'TEXT', means: 'only what has it in its title', default: '' },
  },
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
  if (!title.includes(values.only)) return;
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

/** Where the processor time of one run goes, by a profile of the sources. */
function profile(title: string, folder: string, args: readonly string[]): void {
  if (!title.includes(values.only)) return;
  const profiles = path.join(folder, 'profiles');
  const sources = path.resolve('src/main/start.ts');
  const all = ['--cpu-prof', '--cpu-prof-dir', profiles, sources, ...args];
  spawnSync(process.execPath, all, { stdio: 'ignore', env: { ...process.env, XDG_CACHE_HOME: folder } });
  process.stdout.write(`  by stage: ${stageLine(readProfiles(profiles))}\n`);
}

function writeManifests(folder: string, objects: number): string {
  const manifests = path.join(folder, String(objects));
  for (const [name, text] of generateManifests({ objects, files: Math.round(objects / 3.05), seed: values.seed })) {
    mkdirSync(path.dirname(path.join(manifests, name)), { recursive: true });
    writeFileSync(path.join(manifests, name), text);
  }
  return manifests;
}

const PROGRAM = 'dist/chokepoint.js';
const folder = mkdtempSync(path.join(tmpdir(), 'check-bench-'));
const floor = path.join(folder, 'floor.mjs');
const cache = path.join(folder, 'cache');
try {
  writeFileSync(floor, FLOOR);
  for (const objects of [1003, 10_003]) {
    const manifests = writeManifests(folder, objects);
    const title = `check, ${objects.toLocaleString('en')} objects`;
    const ours = (...args: readonly string[]): Side => ({ args: [PROGRAM, 'check', manifests, ...args], cache });
    compare(`${title}, to bare js-yaml`, folder, ours(), { args: [floor, manifests], cache });
    for (const output of ['json', 'html'])
      compare(`${title}, ${output}, to text`, folder, ours('--output', output), ours());
    if (objects > 5000) profile(title, folder, ['check', manifests]);
  }
  const small = path.resolve('policies', 'demo', 'gke');
  const world = path.join(small, 'world');
  const plain = [PROGRAM, 'check', world, '--mode', 'audit'];
  const configured = [PROGRAM, 'check', '--config', path.join(small, 'chokepoint.yaml'), world];
  const nothing = { args: ['-e', '0'], cache };
  compare('check of a small folder, to node -e 0', folder, { args: plain, cache }, nothing);
  compare('the same with a configuration, to node -e 0', folder, { args: configured, cache }, nothing);
  compare('its first run, of which nothing is kept yet', folder, { args: configured }, nothing);
} finally {
  rmSync(folder, { recursive: true });
}
