import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CLOSED, CONFIG, OPEN, SERVER } from './manifests.ts';
import { type Folder, temporaryFolder } from './run.ts';

let folder: Folder;
beforeAll(() => {
  folder = temporaryFolder();
  folder.write('chokepoint.yaml', CONFIG);
  folder.write('m/server.yaml', SERVER);
  folder.write('one/server.yaml', SERVER);
  folder.write('open/all.yaml', `${SERVER}---\n${OPEN}`);
});
afterAll(() => folder.remove());

describe('check --fix', () => {
  test('writes the missing policy beside the server, and says so; a second run changes nothing', async () => {
    const before = await folder.run(['check', 'm']);
    const fixed = await folder.run(['check', 'm', '--fix']);
    expect([before.status, fixed.status]).toEqual([1, 0]);
    expect(fixed.stderr).toMatch(
      /^fixed: m\/server\.networkpolicy\.yaml: NetworkPolicy shop\/orders-gateway-only: .+\n$/,
    );
    const written = readFileSync(join(folder.path, 'm/server.networkpolicy.yaml'), 'utf8');
    const again = await folder.run(['check', 'm', '--fix']);
    expect(again).toEqual({ status: 0, stdout: fixed.stdout, stderr: '' });
    expect(readFileSync(join(folder.path, 'm/server.networkpolicy.yaml'), 'utf8')).toBe(written);
  });

  test('judges the policy that it wrote beside a file that was given by name, now or before', async () => {
    for (const _run of ['first', 'second']) {
      const { status, stdout } = await folder.run(['check', 'one/server.yaml', '--fix', '--output', 'json']);
      expect([status, JSON.parse(stdout).summary.files]).toEqual([0, 2]);
    }
  });

  test('says what is left to a person, and still denies it', async () => {
    const { status, stderr } = await folder.run(['check', 'open', '--fix']);
    expect(status).toBe(1);
    expect(stderr).toMatch(/^not fixed: Deployment shop\/orders: ingress-beyond-gateway: /m);
  });

  test('does nothing where the configuration cannot be used', async () => {
    const { status, stderr } = await folder.run(['check', 'open', '--fix', '--config', 'gone.yaml']);
    expect({ status, stderr }).toEqual({ status: 2, stderr: '' });
  });

  test.each([[[]], [['--dry-run']]])('judges standard input, which it cannot write, as without it: %j', async more => {
    const plain = await folder.run(['check', '-', 'one/server.yaml'], { stdin: SERVER });
    const { status, stdout, stderr } = await folder.run(['check', '-', 'one/server.yaml', '--fix', ...more], {
      stdin: `${SERVER}---\n${OPEN}`,
    });
    expect([plain.status, status]).toEqual([1, 1]);
    expect(stdout).not.toContain('this file is empty');
    expect(stderr).toContain('not fixed: ');
  });
});

test('check counts what --fix can edit: not what an anchor shares with other places', async () => {
  const egress = (except: string) => `  - to: [{ipBlock: {cidr: 0.0.0.0/0${except}}}]\n`;
  folder.write('plain/all.yaml', `${SERVER}---\n${CLOSED}${egress('')}`);
  folder.write(
    'shared/all.yaml',
    `${SERVER}---\n${CLOSED}${egress(', except: &e [10.0.0.0/8]')}${egress(', except: *e')}`,
  );
  expect((await folder.run(['check', 'plain'])).stdout).toMatch(/can be fixed with --fix/);
  expect((await folder.run(['check', 'shared'])).stdout).not.toMatch(/can be fixed with --fix/);
});
