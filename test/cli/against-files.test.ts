import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CLOSED, CONFIG, OPEN, SERVER } from './manifests.ts';
import { type Folder, temporaryFolder } from './run.ts';

let folder: Folder;
beforeEach(() => {
  folder = temporaryFolder();
  folder.write('chokepoint.yaml', CONFIG);
  folder.write('m/all.yaml', [SERVER, CLOSED].join('---\n'));
});
afterEach(() => folder.remove());

const git = (...args: readonly string[]): string =>
  execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.com', ...args], {
    cwd: folder.path,
    stdio: 'pipe',
  }).toString();

function commit(): void {
  git('init', '--quiet');
  git('add', '--all');
  git('commit', '--quiet', '--message', 'base');
}

const check = (...args: readonly string[]) => folder.run(['check', 'm', ...args]);
const WIDE = `${CLOSED}  - to: [{ipBlock: {cidr: 10.0.0.0/8}}]\n`;

const reachOf = (stdout: string): readonly string[] => {
  const lines = stdout.split('\n');
  const from = lines.findIndex(line => /^(?:Newly open|Open no more):|^Nothing reaches/.test(line));
  return lines.slice(from).filter(line => /^(?:Newly|Open no|Nothing reaches| {2}\S.* (?:can|no longer) )/.test(line));
};

describe.each([
  ['a folder', '../before/m', () => undefined],
  ['a revision', 'HEAD', () => commit()],
  ['a revision that is said to be one', 'revision=HEAD', () => commit()],
])('check --against %s', (kind, against, prepare) => {
  const save = (text: string): void => {
    const place = kind === 'a folder' ? 'before/m/all.yaml' : 'm/all.yaml';
    folder.write(place, text);
    if (kind !== 'a folder') prepare();
  };
  const target = kind === 'a folder' ? 'before/m' : against;

  test.each([
    ['nothing', [SERVER, CLOSED], [SERVER, CLOSED], 0, ['Nothing reaches anything that it did not reach before.']],
    [
      'a policy that opens',
      [SERVER, CLOSED],
      [SERVER, CLOSED, OPEN],
      1,
      [
        'Newly open:',
        '  all pods in every namespace can reach Deployment shop/orders on every port (NetworkPolicy shop/open spec.ingress[0].from[0])',
      ],
    ],
    [
      'addresses',
      [SERVER, CLOSED],
      [SERVER, WIDE],
      0,
      [
        'Newly open:',
        '  Deployment shop/orders can reach addresses 10.0.0.0/8 on every port (NetworkPolicy shop/orders spec.egress[1].to[0])',
      ],
    ],
    [
      'less than before, and nothing new fails',
      [SERVER, CLOSED, OPEN],
      [SERVER, CLOSED],
      0,
      [
        'Open no more:',
        '  all pods in every namespace no longer reaches Deployment shop/orders on every port (NetworkPolicy shop/open spec.ingress[0].from[0])',
      ],
    ],
    [
      'a narrower peer, which is nothing new',
      [SERVER, CLOSED, OPEN],
      [SERVER, CLOSED, OPEN.replace('- namespaceSelector: {}', '- namespaceSelector: {matchLabels: {team: a}}')],
      1,
      [
        'Open no more:',
        '  all pods in every namespace no longer reaches Deployment shop/orders on every port (NetworkPolicy shop/open spec.ingress[0].from[0])',
      ],
    ],
  ] as const)('tells of a change to %s', async (_, before, after, status, lines) => {
    save(before.join('---\n'));
    folder.write('m/all.yaml', after.join('---\n'));
    const ran = await check('--against', target);
    expect([ran.stderr, reachOf(ran.stdout)]).toEqual(['', lines]);
    expect(ran.status).toBe(status);
  });
});

describe('check --against', () => {
  test('tells a new server with all that reaches it', async () => {
    folder.write('m/all.yaml', '{}');
    folder.write('m/all.yaml', 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n');
    commit();
    folder.write('m/new.yaml', [SERVER, CLOSED].join('---\n'));
    const { summary } = JSON.parse((await check('--against', 'HEAD', '-o', 'json')).stdout);
    expect(
      summary.against.reach.opened.map(({ direction, who }: Record<string, string>) => `${direction} ${who}`),
    ).toEqual([
      'ingress pods app=envoy in namespaces kubernetes.io/metadata.name=gateway',
      'egress pods k8s-app=kube-dns in namespaces kubernetes.io/metadata.name=kube-system',
    ]);
    expect(summary.against.flipped).toEqual([
      { namespace: 'shop', kind: 'Deployment', name: 'orders', before: null, after: 'allow' },
    ]);
  });

  test('shows it in Markdown before the table', async () => {
    commit();
    folder.write('m/open.yaml', OPEN);
    const { stdout } = await check('--against', 'HEAD', '-o', 'markdown');
    expect(stdout).toMatch(
      /^### .*\n\n\*\*Newly open\*\*\n\n- all pods in every namespace can reach Deployment shop\/orders .*\n\n\| \| rule/,
    );
  });

  test('a path that the revision does not have is nothing there', async () => {
    commit();
    folder.write('other/all.yaml', [SERVER, CLOSED].join('---\n').replaceAll('orders', 'bills'));
    const ran = await folder.run(['check', 'other', '--against', 'HEAD']);
    expect([ran.status, reachOf(ran.stdout)[0]]).toEqual([0, 'Newly open:']);
  });

  test.each([
    ['what is none of all', ['m', '--against', 'none'], 'it is no file, no folder and no revision of this repository'],
    [
      'an option for git',
      ['m', '--against=--output=owned'],
      'it is no file, no folder and no revision of this repository',
    ],
    [
      'a path outside of the repository',
      ['/etc/hostname', '--against', 'HEAD', '--allow-empty'],
      '/etc/hostname is outside of the repository',
    ],
    ['standard input', ['-', '--against', 'HEAD'], 'standard input has no revision'],
  ])('refuses %s', async (_, args, message) => {
    commit();
    const ran = await folder.run(['check', ...args], { stdin: SERVER });
    expect(ran.status).toBe(2);
    expect(ran.stderr).toContain(message);
    expect(existsSync(join(folder.path, 'owned'))).toBe(false);
  });

  test('says where there is no repository', async () => {
    const ran = await check('--against', 'HEAD');
    expect([ran.status, ran.stderr]).toEqual([2, expect.stringContaining('this is no git repository')]);
  });

  test('runs nothing that the repository names', async () => {
    commit();
    const touch = 'touch owned; cat';
    for (const [name, value] of [
      ['core.fsmonitor', touch],
      ['core.hooksPath', 'hooks'],
      ['filter.own.smudge', touch],
      ['filter.own.process', touch],
      ['diff.own.textconv', touch],
      ['core.pager', touch],
      ['alias.rev-parse', `!${touch}`],
    ])
      git('config', name ?? '', value ?? '');
    folder.write('.git/info/attributes', '* filter=own diff=own\n');
    expect((await check('--against', 'HEAD')).status).toBe(0);
    expect(existsSync(join(folder.path, 'owned'))).toBe(false);
  });
});
