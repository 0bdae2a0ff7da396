import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';

/** It judges in a browser: the bundler refuses a file that imports something of Node.js. */
test('the playground is built of what browsers have', () => {
  const said = execFileSync(process.execPath, ['packaging/playground.ts', '--build'], { encoding: 'utf8' });
  expect(said).toBe('dist/playground/index.html\n');
});
