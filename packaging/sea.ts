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

const { values } = parseArgs({
  options: {
    platform: { type: 'string', default: HERE },
    node: { type: 'string' },
    reproducible: { type: 'boolean', default: false },
  },
});
const { platform } = values;
if (!/^(?:linux|darwin)-[a-z0-9]+$/.test(platform)) throw new Error(`nothing is built for ${platform}`);
const isForHere = platform === HERE;
if (!isForHere && values.node === undefined) throw new Error(`--node must name the Node.js of ${platform}`);
const node = realpathSync(values.node ?? process.execPath);
const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
/** Seconds since 1970 that stand for the time of what is in the archive. */
const epoch = Number(process.env.SOURCE_DATE_EPOCH ?? Math.floor(Date.now() / 1000));

const folder = join('dist-sea', platform);
const work = join('dist-sea', 'work');
for (const made of [folder, work]) {
  rmSync(made, { recursive: true, force: true });
  mkdirSync(made, { recursive: true });
}
const executable = join(folder, 'chokepoint');
makeExecutable(
  node,
  await makeBlob(work, version, isForHere && !values.reproducible),
  executable,
  platform.startsWith('darwin-'),
);
for (const name of [PLUGIN, COMPLETION]) linkSync(executable, join(folder, name));
rmSync(work, { recursive: true });

// Whoever gives it away gives Node.js and what is bundled away with it.
copyFileSync('LICENSE', join(folder, 'LICENSE'));
copyFileSync(join(dirname(dirname(node)), 'LICENSE'), join(folder, 'NODE-LICENSE'));
for (const name of ['THIRD-PARTY-LICENSES.txt', 'sbom.cdx.json']) copyFileSync(join('dist', name), join(folder, name));
const tar = join('dist-sea', `chokepoint-${version}-${platform}.tar`);
const given = [PLUGIN, 'LICENSE', 'NODE-LICENSE', 'THIRD-PARTY-LICENSES.txt', 'sbom.cdx.json'];
packTar(folder, tar, epoch, given);
const archive = compress(tar);
process.stdout.write(`${executable}\n${archive}\n`);
