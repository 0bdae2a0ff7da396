import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { ALERTS } from '../../docs/monitoring/alerts.ts';

/** The rules that are shipped, by Prometheus' own program: they are read, and each alert comes and goes as its case says. */

const run = promisify(execFile);
const fileOf = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const RULES = fileOf('manifests/chart/files/monitoring/alerts.yaml');
const CASES = fileOf('test/monitoring/alerts.test.yaml');

test('promtool reads the rules', async () => {
  const { stdout } = await run('promtool', ['check', 'rules', RULES]);
  expect(stdout).toContain(`SUCCESS: ${ALERTS.length} rules found`);
});

test('promtool finds each alert to come and go as its case says', async () => {
  const { stdout } = await run('promtool', ['test', 'rules', CASES]);
  expect(stdout).toContain('SUCCESS');
});
