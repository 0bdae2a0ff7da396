import {
  closeSync,
  fstatSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { Script } from 'node:vm';

/** Where scripts are, and where what V8 makes of them is kept. */
export interface ScriptPlaces {
  /** Holds scripts, each a function as Node.js makes of a CommonJS module, that load nothing but each other, as `./NAME`. Their names tell what is in them. */
  readonly folder: string;
  /** A folder of this user's; absent: nothing is kept. */
  readonly cache: string | undefined;
  /** Runs that use the same functions, which are kept together: a command. */
  readonly kind: string;
}

/** Whether only this user, or the administrator, could have written it. On Windows the folder of the user tells that. */
const isOwn = (uid: number): boolean => uid === 0 || process.getuid === undefined || uid === process.getuid();

/** What was kept; `undefined` where nothing was, or somebody else may have written it: it is run without a look at it. */
function readKept(file: string): Buffer | undefined {
  try {
    const descriptor = openSync(file, 'r');
    try {
      return isOwn(fstatSync(descriptor).uid) ? readFileSync(descriptor) : undefined;
    } finally {
      closeSync(descriptor);
    }
  } catch {
    return undefined;
  }
}

/** Writes a file that is not there yet, down to the disk. */
function writeNew(file: string, bytes: Buffer): void {
  const descriptor = openSync(file, 'wx', 0o600);
  try {
    writeFileSync(descriptor, bytes);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/**
 * Keeps bytes in a file, whole or not at all: V8 tells what another version made, and what is cut off, but not a page that the disk has lost, so the
 * bytes are there before the name is. Where nothing can be written, nothing is.
 */
function keep(file: string, bytes: Buffer): void {
  const temporary = `${file}.${process.pid}`;
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    writeNew(temporary, bytes);
    renameSync(temporary, file);
  } catch {
    try {
      rmSync(temporary, { force: true });
    } catch {
      // The folder is none, or is somebody else's: there is nothing to remove.
    }
  }
}

const KEPT_DAYS = 30;
const DAY_MS = 24 * 60 * 60 * 1000;

/** A folder of this program's, for one version of Node.js. */
const IS_KEPT_FOR = /^v\d+\.\d+\.\d+-\w+$/;

/** Removes what was kept over 30 days ago, by whichever version: what is still used is made anew in one run. */
function removeOld(cache: string): void {
  const since = Date.now() - KEPT_DAYS * DAY_MS;
  try {
    for (const version of readdirSync(cache).filter(name => IS_KEPT_FOR.test(name))) {
      const folder = join(cache, version);
      const files = readdirSync(folder);
      const old = files.filter(name => statSync(join(folder, name)).mtimeMs < since);
      for (const name of old) rmSync(join(folder, name), { force: true });
      if (old.length === files.length) rmdirSync(folder);
    }
  } catch {
    // Another process removed it, or it is somebody else's: the next run that keeps something tries again.
  }
}

/**
 * Runs a script and those that it loads. What V8 compiled by the end of the process is kept for the next one of this kind: each function that ran, where
 * `module.enableCompileCache` of Node.js keeps what was compiled when a file was loaded, which leaves a third of a short run to the compiler.
 */
export function runScript({ folder, cache, kind }: ScriptPlaces, first: string): void {
  const loaded = new Map<string, { exports: unknown }>();
  const compiled: { readonly file: string; readonly script: Script; readonly wasKept: boolean }[] = [];
  // A script of which nothing was kept is needed by who asks for more than anybody before, and that ran more of the others too.
  process.once('exit', () => {
    if (compiled.every(({ wasKept }) => wasKept)) return;
    for (const { file, script } of compiled) keep(file, script.createCachedData());
    if (cache !== undefined) removeOld(cache);
  });

  const compile = (name: string): Script => {
    const filename = join(folder, name);
    const file = cache && join(cache, `${process.version}-${process.arch}`, `${name}.${kind}`);
    const kept = file && readKept(file);
    // esbuild writes nothing but ASCII, which is read twice as fast as UTF-8.
    const script = new Script(readFileSync(filename, 'latin1'), { filename, ...(kept && { cachedData: kept }) });
    if (file) compiled.push({ file, script, wasKept: kept !== undefined && !script.cachedDataRejected });
    return script;
  };

  const load = (path: string): unknown => {
    const name = path.replace('./', '');
    const known = loaded.get(name);
    if (known !== undefined) return known.exports;
    const module = { exports: {} };
    loaded.set(name, module);
    compile(name).runInThisContext()(module.exports, load, module, folder);
    return module.exports;
  };
  load(first);
}
