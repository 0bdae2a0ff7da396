import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { KUBERNETES_VERSIONS, type KubernetesVersion, VERSION_VARIABLE } from './versions.ts';

/**
 * `npm run e2e:matrix [-- FILTER…]` runs the end-to-end suite once for each minor version of Kubernetes, oldest first, and says a line of each at
 * the end. Exit code 1 if it fails on any of them.
 */

const SUITE = fileURLToPath(new URL('../e2e/run-lanes.ts', import.meta.url));

/** Resolves to whether the suite passed. */
function runSuite(version: KubernetesVersion, filters: readonly string[]): Promise<boolean> {
  const env = { ...process.env, [VERSION_VARIABLE]: version };
  const child = spawn(process.execPath, [SUITE, ...filters], { stdio: 'inherit', env });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', code => resolve(code === 0));
  });
}

const lines: string[] = [];
for (const version of KUBERNETES_VERSIONS) {
  const started = Date.now();
  const passed = await runSuite(version, process.argv.slice(2));
  if (!passed) process.exitCode = 1;
  lines.push(
    `Kubernetes ${version}: ${passed ? 'passed' : 'FAILED'} in ${Math.round((Date.now() - started) / 1000)} s`,
  );
}
process.stdout.write(`\n${lines.join('\n')}\n`);
