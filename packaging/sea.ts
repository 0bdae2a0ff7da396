import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  linkSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { bundleOptions } from './bundle.ts';
import { compress, packTar } from './release/archive.ts';
import { epochOf } from './release/epoch.ts';
import { expectGood, runCommand, UsageError } from './usage.ts';

/**
 * `npm run sea [-- --platform OS-ARCH --node FILE --reproducible]`: the command line as one executable (nodejs.org/api/single-executable-applications.html), and
 * the archive in which it is given away. For another platform `--node` names its Node.js, in the folder into which its archive was unpacked, and
 * of the version that runs this. What V8 has compiled is put in too, which is for this platform, and other bytes each time: `--reproducible` leaves
 * it away.
 */

/** The same file by further names: kubectl finds the first as a plugin, and asks the second for the words that can follow. */
const PLUGIN = 'kubectl-chokepoint';
const COMPLETION = 'kubectl_complete-chokepoint';

/** By this Node.js learns that something was put into it: the same text in every build of it. */
const FUSE = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2';

/** This platform in Go's words, by which kubectl's plugins are told apart. */
const HERE = `${process.platform}-${process.arch === 'x64' ? 'amd64' : process.arch}`;

/** Runs a program, quietly unless it fails. */
function run(program: string, ...args: readonly string[]): void {
  execFileSync(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
}

/** Bundles everything into one CommonJS file, the only kind that Node.js runs so, and makes of it what is put into an executable. */
async function makeBlob(folder: string, version: string, useCodeCache: boolean): Promise<string> {
  const main = join(folder, 'main.cjs');
  const output = join(folder, 'main.blob');
  const config = join(folder, 'sea.json');
  const { define, ...options } = bundleOptions(version);
  await build({
    ...options,
    define: { ...define, 'import.meta.dirname': '__dirname' },
    entryPoints: ['src/main/executable.ts'],
    outfile: main,
    format: 'cjs',
    legalComments: 'none',
  });
  const settings = { main, output, disableExperimentalSEAWarning: true, useCodeCache };
  writeFileSync(config, JSON.stringify(settings));
  run(process.execPath, '--experimental-sea-config', config);
  return output;
}

/** Copies Node.js to `executable` and puts the blob into it. What macOS is to run must be signed anew, which only macOS can. */
function makeExecutable(node: string, blob: string, executable: string, isForMac: boolean): void {
  copyFileSync(node, executable);
  chmodSync(executable, 0o755);
  const canSign = process.platform === 'darwin';
  if (isForMac && canSign) run('codesign', '--remove-signature', executable);
  const segment = isForMac ? ['--macho-segment-name', 'NODE_SEA'] : [];
  const postject = join('node_modules', 'postject', 'dist', 'cli.js');
  run(process.execPath, postject, executable, 'NODE_SEA_BLOB', blob, '--sentinel-fuse', FUSE, ...segment);
  if (isForMac && canSign) run('codesign', '--sign', '-', executable);
  if (isForMac && !canSign) process.stderr.write(`${executable} runs once it is signed: codesign --sign - ${PLUGIN}\n`);
}

/** What is to be made. */
interface Settings {
  /** In Go's words. */
  readonly platform: string;
  /** File of the Node.js into which it is put. */
  readonly node: string;
  readonly useCodeCache: boolean;
}

/** What the command line asks for. Throws a UsageError where that cannot be made. */
function settingsOf(args: readonly string[]): Settings {
  const { values } = parseArgs({
    args: [...args],
    options: {
      platform: { type: 'string', default: HERE },
      node: { type: 'string' },
      reproducible: { type: 'boolean', default: false },
    },
  });
  const { platform, node, reproducible } = values;
  if (!/^(?:linux|darwin)-[a-z0-9]+$/.test(platform)) throw new UsageError(`nothing is built for ${platform}`);
  if (platform !== HERE && node === undefined) throw new UsageError(`--node must name the Node.js of ${platform}`);
  const found = expectGood(`--node ${node}`, () => realpathSync(node ?? process.execPath));
  return { platform, node: found, useCodeCache: platform === HERE && !reproducible };
}

const anew = (folder: string): void => {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
};

/** Packs an executable and what has to be given away with it, and returns the archive. */
function packExecutable(folder: string, { node, platform }: Settings, version: string, epoch: number): string {
  // Whoever gives it away gives Node.js and what is bundled away with it.
  copyFileSync('LICENSE', join(folder, 'LICENSE'));
  copyFileSync(join(dirname(dirname(node)), 'LICENSE'), join(folder, 'NODE-LICENSE'));
  const bundled = ['THIRD-PARTY-LICENSES.txt', 'sbom.cdx.json'];
  for (const name of bundled) copyFileSync(join('dist', name), join(folder, name));
  const tar = join('dist-sea', `chokepoint-${version}-${platform}.tar`);
  packTar(folder, tar, epoch, [PLUGIN, 'LICENSE', 'NODE-LICENSE', ...bundled]);
  return compress(tar);
}

await runCommand(async () => {
  const settings = settingsOf(process.argv.slice(2));
  const epoch = epochOf(process.env, () => Math.floor(Date.now() / 1000));
  const { platform, node, useCodeCache } = settings;
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
  const [folder, work] = [join('dist-sea', platform), join('dist-sea', 'work')];
  for (const made of [folder, work]) anew(made);
  const executable = join(folder, 'chokepoint');
  makeExecutable(node, await makeBlob(work, version, useCodeCache), executable, platform.startsWith('darwin-'));
  for (const name of [PLUGIN, COMPLETION]) linkSync(executable, join(folder, name));
  rmSync(work, { recursive: true });
  process.stdout.write(`${executable}\n${packExecutable(folder, settings, version, epoch)}\n`);
  return 0;
});
