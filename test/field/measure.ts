import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What `check` makes of one repository. */
export interface Measured {
  readonly name: string;
  readonly files: number;
  readonly objects: number;
  readonly servers: number;
  readonly denied: number;
  /** Workloads that look close to a server and are none. */
  readonly close: number;
  /** Those among them of which a sign was set aside; of the first 100. */
  readonly setAside: number;
  readonly errors: number;
  readonly warnings: number;
  /** Exit status; -1 where it ended otherwise, or printed no report. */
  readonly status: number;
  /** Of the whole process, milliseconds. */
  readonly ms: number;
}

/** What is read of the JSON report. */
interface Report {
  readonly summary: {
    readonly files: number;
    readonly objects: number;
    readonly servers: number;
    readonly deny: number;
  };
  readonly lookClose?: {
    readonly count: number;
    readonly workloads: readonly { readonly setAside: readonly unknown[] }[];
  };
  readonly problems: readonly { readonly severity: 'error' | 'warning' }[];
}

const PROGRAM = fileURLToPath(new URL('../../src/main/start.ts', import.meta.url));
/** A repository that takes longer is told as one that ended otherwise. */
const MAX_MS = 300_000;

const NOTHING: Report = { summary: { files: 0, objects: 0, servers: 0, deny: 0 }, problems: [] };

function run(folder: string): Promise<{ readonly status: number; readonly stdout: string }> {
  const args = [PROGRAM, 'check', folder, '--output', 'json', '--allow-empty'];
  const options = { timeout: MAX_MS, maxBuffer: 1 << 28 };
  return new Promise(resolve => {
    execFile(process.execPath, args, options, (error, stdout) => {
      resolve({ status: error === null ? 0 : typeof error.code === 'number' ? error.code : -1, stdout });
    });
  });
}

function reportIn(stdout: string): Report | undefined {
  try {
    return JSON.parse(stdout) as Report;
  } catch {
    return undefined;
  }
}

async function measureOne(name: string, folder: string): Promise<Measured> {
  const before = performance.now();
  const { status, stdout } = await run(folder);
  const ms = performance.now() - before;
  const report = reportIn(stdout);
  const { summary, lookClose, problems } = report ?? NOTHING;
  const countOf = (severity: 'error' | 'warning'): number => problems.filter(one => one.severity === severity).length;
  return {
    name,
    files: summary.files,
    objects: summary.objects,
    servers: summary.servers,
    denied: summary.deny,
    close: lookClose?.count ?? 0,
    setAside: lookClose?.workloads.filter(({ setAside }) => setAside.length > 0).length ?? 0,
    errors: countOf('error'),
    warnings: countOf('warning'),
    status: report === undefined ? -1 : status,
    ms,
  };
}

/** Judges each folder in `root` by itself, one after the other, in the order of their names. Hidden folders are left out. */
export async function* measureFolders(root: string): AsyncGenerator<Measured> {
  const names = readdirSync(root, { withFileTypes: true })
    .filter(entry => entry.isDirectory() && !entry.name.startsWith('.'))
    .map(entry => entry.name)
    .sort();
  for (const name of names) yield await measureOne(name, join(root, name));
}

/** The sums, under the name `total`; the status is the highest, or -1 where one ended otherwise. */
export function totalOf(all: readonly Measured[]): Measured {
  const sum = (of: (one: Measured) => number): number => all.reduce((total, one) => total + of(one), 0);
  return {
    name: `total of ${all.length}`,
    files: sum(one => one.files),
    objects: sum(one => one.objects),
    servers: sum(one => one.servers),
    denied: sum(one => one.denied),
    close: sum(one => one.close),
    setAside: sum(one => one.setAside),
    errors: sum(one => one.errors),
    warnings: sum(one => one.warnings),
    status: all.some(({ status }) => status === -1) ? -1 : Math.max(0, ...all.map(({ status }) => status)),
    ms: sum(one => one.ms),
  };
}

const COLUMNS = ['files', 'objects', 'servers', 'denied', 'close', 'set aside', 'errors', 'warnings', 'status', 'ms'];

const line = (name: string, cells: readonly string[]): string =>
  `${cells.map(cell => cell.padStart(9)).join(' ')}  ${name}\n`;

export const HEADING: string = line('repository', COLUMNS);

export function lineOf(one: Measured): string {
  const { files, objects, servers, denied, close, setAside, errors, warnings, status, ms } = one;
  const counts = [files, objects, servers, denied, close, setAside, errors, warnings];
  const ended = status === -1 ? 'crashed' : String(status);
  return line(one.name, [...counts.map(String), ended, ms.toFixed(0)]);
}
