#!/usr/bin/env node
const { HOME, XDG_CACHE_HOME } = process.env;
/** A relative path there is to be ignored (XDG Base Directory Specification). */
const caches = XDG_CACHE_HOME?.startsWith('/') ? XDG_CACHE_HOME : HOME && `${HOME}/.cache`;

/**
 * Node.js keeps what it compiles (0.3 MB of its own code cache, for each version) in `chokepoint/` of the user's cache folder, which takes a
 * tenth off a short run. Never in the shared temporary folder, Node's default: what another user put there would be run. Where nothing can be
 * written, nothing is; NODE_DISABLE_COMPILE_CACHE=1 turns it off. By `getBuiltinModule`, as an import would read every export of the module.
 */
if (caches) process.getBuiltinModule('node:module').enableCompileCache(`${caches}/chokepoint`);

// Not before: what is imported statically is compiled before the first line runs.
await import('./cli.ts');
