#!/usr/bin/env node
/** The oldest Node.js that runs the rest, as `engines` in package.json says it. Nothing here may need a newer one than 20. */
const OLDEST = [22, 19] as const;

/** The script with which the program begins, in `chunks/`, where `build.ts` made scripts of it; from the sources there is none. */
declare const CHOKEPOINT_SCRIPT: string | undefined;

function isTooOld(): boolean {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  return major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1]);
}

const { HOME, XDG_CACHE_HOME, NODE_DISABLE_COMPILE_CACHE } = process.env;
/** A relative path there is to be ignored (XDG Base Directory Specification). */
const caches = XDG_CACHE_HOME?.startsWith('/') ? XDG_CACHE_HOME : HOME && `${HOME}/.cache`;

/** Never in the shared temporary folder: what another user put there would be run. Off by the variable that turns off Node's own. */
const cache = caches && !NODE_DISABLE_COMPILE_CACHE ? `${caches}/chokepoint` : undefined;

if (isTooOld()) {
  process.stderr.write(
    `chokepoint: Node.js ${OLDEST.join('.')} or newer is needed, this is ${process.versions.node}\n`,
  );
  process.exitCode = 2;
} else if (typeof CHOKEPOINT_SCRIPT === 'string') {
  // Not before: what is imported statically runs before the first line.
  const { runScript } = await import('../adapters/system/scripts.ts');
  const [kind = 'none'] = /^[a-z]+$/.exec(process.argv[2] ?? '') ?? [];
  runScript({ folder: `${import.meta.dirname}/chunks`, cache, kind }, CHOKEPOINT_SCRIPT);
} else {
  const { main } = await import('./cli.ts');
  await main();
}
