import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { ROOT } from './action-runner.ts';
import { goProgram } from './go-program.ts';

/** The workflows under the real actionlint. */

const WORKFLOWS = join(ROOT, '.github/workflows');

let actionlint: string;
beforeAll(() => {
  actionlint = goProgram('github.com/rhysd/actionlint/cmd/actionlint', 'v1.7.12');
}, 300_000);

test.each(readdirSync(WORKFLOWS))('%s is a workflow in which actionlint finds nothing', name => {
  const { status, stdout, stderr } = spawnSync(actionlint, [join(WORKFLOWS, name)], { encoding: 'utf8' });
  expect([status, stdout, stderr]).toEqual([0, '', '']);
});
