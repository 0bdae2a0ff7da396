#!/usr/bin/env node
/** The oldest Node.js that runs the rest, as `engines` in package.json says it. Nothing here may need a newer one than 20. */
const OLDEST = [22, 19] as const;

function isTooOld(): boolean {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  return major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1]);
}

const { HOME, XDG_CACHE_HOME } = process.env;
/** A relative path there is to be ignored (XDG Base Directory Specification). */
const caches = XDG_CACHE_HOME?.startsWith('/') ? XDG_CACHE_HOME : HOME && `${HOME}/.cache`;

/**
 * Node.js keeps what it compiles (0.3 MB of its own code cache, for each version) in `chokepoint/` of the user's cache folder, which takes a
 * tenth off a short run. Never in the shared temporary folder, Node's default: what another user put there would be run. Where nothing can be
 * written, nothing is; NODE_DISABLE_COMPILE_CACHE=1 turns it off. By `getBuiltinModule`, as an import would read every export of the module.
 */
function keepCompiled(): void {
  if (caches) process.getBuiltinModule('node:module').enableCompileCache(`${caches}/chokepoint`);
}

if (isTooOld()) {
  process.stderr.write(
    `chokepoint: Node.js ${OLDEST.join('.')} or newer is needed, this is ${process.versions.node}\n`,
  );
  process.exitCode = 2;
} else {
  keepCompiled();
  // Not before: what is imported statically is compiled before the first line runs.
  const { main } = await import('./cli.ts');
  await main();
}
