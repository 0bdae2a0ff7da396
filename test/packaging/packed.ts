import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** What a program leaves behind. */
export interface Ended {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end, without an input. Never rejects for its status. */
export function runProgram(
  program: string,
  args: readonly string[],
  options: { readonly cwd: string; readonly env?: Readonly<Record<string, string>> },
): Promise<Ended> {
  return new Promise(resolve => {
    const env = { ...process.env, ...options.env };
    const child = execFile(
      program,
      args,
      { cwd: options.cwd, env, maxBuffer: 64 * 1024 * 1024 },
      (error, stdout, stderr) =>
        resolve({ status: typeof error?.code === 'number' ? error.code : error ? -1 : 0, stdout, stderr }),
    );
    child.stdin?.end();
  });
}

/** The package as it would be published, packed of what `npm run build` made, in a folder that nothing else is in. */
export interface Packed {
  readonly folder: string;
  readonly tarball: string;
  /** Paths inside the package, sorted. */
  readonly files: readonly string[];
  write(name: string, text: string): void;
  remove(): void;
}

const isFields = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

/** The one entry of `npm pack --json`: a list of entries up to npm 11, a map of them from 12 on. */
function packedEntry(text: string): {
  readonly filename: string;
  readonly files: readonly { readonly path: string }[];
} {
  const all: unknown = JSON.parse(text);
  return Object.values(isFields(all) ? all : {})[0] as ReturnType<typeof packedEntry>;
}

/** Packs the repository. */
export async function pack(): Promise<Packed> {
  const folder = mkdtempSync(join(tmpdir(), 'chokepoint-packed-'));
  const args = ['pack', '--ignore-scripts', '--json', '--pack-destination', folder];
  const { stdout, stderr } = await runProgram('npm', args, { cwd: ROOT });
  if (stdout === '') throw new Error(`npm pack said nothing: ${stderr}`);
  const { filename, files } = packedEntry(stdout);
  return {
    folder,
    tarball: join(folder, filename),
    files: files.map(({ path }) => path).sort(),
    write: (name, text) => {
      mkdirSync(join(folder, name, '..'), { recursive: true });
      writeFileSync(join(folder, name), text);
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Installs the package into a folder as its users do, but without a registry and with nothing in npm's cache. */
export async function installPacked({ tarball, folder }: Packed, into: string): Promise<Ended> {
  const args = [
    'install',
    '--omit=dev',
    '--offline',
    '--no-audit',
    '--no-fund',
    '--cache',
    join(folder, 'cache'),
    tarball,
  ];
  return runProgram('npm', args, { cwd: into });
}

/** The fenced blocks of a page in a language, in order. */
export function fencedBlocks(page: string, language: string): readonly string[] {
  const text = readFileSync(join(ROOT, page), 'utf8');
  return [...text.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].flatMap(([, found, block = '']) =>
    found === language ? [block] : [],
  );
}
