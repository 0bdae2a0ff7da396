import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chooseConnection } from '../../../src/adapters/kubernetes/client/connection.ts';
import type { Credentials } from '../../../src/adapters/kubernetes/client/credentials.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'kubeconfig-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const file = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};

/** A kubeconfig of one context. */
const config = (user: string, cluster = 'server: https://127.0.0.1:6443'): string => `
apiVersion: v1
kind: Config
current-context: here
contexts: [{name: here, context: {cluster: c, user: u, namespace: shop}}]
clusters: [{name: c, cluster: {${cluster}}}]
users: [{name: u, user: {${user}}}]
`;

const choose = (options: Partial<Parameters<typeof chooseConnection>[0]>) =>
  chooseConnection({ env: {}, home: folder, nowMs: () => 0, ...options });

describe('which file and context', () => {
  test('the flag, its current context and its namespace', async () => {
    const { server, namespace } = await choose({ kubeconfig: file('one', config('token: t')) });
    expect([server.href, namespace]).toEqual(['https://127.0.0.1:6443/', 'shop']);
  });

  test('of the files of KUBECONFIG the first one stands, and one that is missing is passed over', async () => {
    const first = file('first', config('token: t', 'server: https://first:1'));
    const second = file('second', config('token: t', 'server: https://second:1'));
    const { server } = await choose({ env: { KUBECONFIG: `${join(folder, 'missing')}:${first}:${second}` } });
    expect(server.host).toBe('first:1');
  });

  test('without a kubeconfig the service account of the pod', async () => {
    file('ca.crt', 'authority');
    file('token', 'pod-token\n');
    file('namespace', 'chokepoint-system');
    const env = { KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '6443' };
    const { server, namespace, credentials } = await choose({ env, serviceAccount: folder });
    expect([server.href, namespace]).toEqual(['https://[fd00::1]:6443/', 'chokepoint-system']);
    const { headers, agent } = await credentials.current();
    expect([headers, agent]).toMatchObject([{ authorization: 'Bearer pod-token' }, { options: { ca: 'authority' } }]);
  });

  test('of a service account without a port and a namespace 443 and default are meant', async () => {
    const bare = mkdtempSync(join(folder, 'bare-'));
    writeFileSync(join(bare, 'ca.crt'), 'authority');
    const { server, namespace } = await choose({
      env: { KUBERNETES_SERVICE_HOST: '192.0.2.1' },
      serviceAccount: bare,
    });
    expect([server.href, namespace]).toEqual(['https://192.0.2.1/', 'default']);
  });

  test.each([
    [
      'a service account without its authority',
      () => choose({ env: { KUBERNETES_SERVICE_HOST: '192.0.2.1' }, serviceAccount: '/nope' }),
      'the certificate authority cannot be read',
    ],
    [
      'a service account at no address',
      () => choose({ env: { KUBERNETES_SERVICE_HOST: 'a b' }, serviceAccount: folder }),
      '"https://a b:443" is no address of an API server',
    ],
    [
      'a context without a kubeconfig',
      () => choose({ context: 'c', env: { KUBERNETES_SERVICE_HOST: '192.0.2.1' } }),
      'no kubeconfig: give --kubeconfig',
    ],
    [
      'a KUBECONFIG of files that are not there',
      () => choose({ env: { KUBECONFIG: '/nope:/nor-this', KUBERNETES_SERVICE_HOST: '192.0.2.1' } }),
      'KUBECONFIG names no file that is there: /nope, /nor-this',
    ],
    ['no kubeconfig at all', () => choose({}), 'no kubeconfig: give --kubeconfig'],
    [
      'a context that is not there',
      () => choose({ kubeconfig: file('k', config('token: t')), context: 'toString' }),
      'no context "toString"',
    ],
    ['no YAML', () => choose({ kubeconfig: file('k', '{') }), 'cannot be read'],
    ['a list', () => choose({ kubeconfig: file('k', '[]') }), 'is no kubeconfig'],
    [
      'a server that is no address',
      () => choose({ kubeconfig: file('k', config('token: t', 'server: nowhere')) }),
      '"nowhere" is no address',
    ],
  ])('%s is refused by name', async (_title, work, message) => {
    await expect(work()).rejects.toThrow(message);
  });
});

describe('credentials', () => {
  const tokenOf = async ({ current }: Credentials) =>
    String((await current()).headers.authorization).replace('Bearer ', '');

  test('a token file is read again when it changes', async () => {
    const path = file('rotating', 'first');
    const { credentials } = await choose({ kubeconfig: file('k', config('tokenFile: rotating')) });
    expect(await tokenOf(credentials)).toBe('first');
    writeFileSync(path, 'second');
    utimesSync(path, 2_000_000_000, 2_000_000_000);
    expect(await tokenOf(credentials)).toBe('second');
  });

  test('a token file is read again after a refusal, whatever its time says', async () => {
    const path = file('same-time', 'first');
    utimesSync(path, 1_900_000_000, 1_900_000_000);
    const { credentials } = await choose({ kubeconfig: file('k', config('tokenFile: same-time')) });
    await credentials.current();
    writeFileSync(path, 'second');
    utimesSync(path, 1_900_000_000, 1_900_000_000);
    expect(await tokenOf(credentials)).toBe('first');
    credentials.renew();
    expect(await tokenOf(credentials)).toBe('second');
  });

  test('a token file that is gone is an error that names it', async () => {
    const { credentials } = await choose({ kubeconfig: file('k', config('tokenFile: gone')) });
    await expect(credentials.current()).rejects.toThrow('the credentials cannot be read');
  });

  /** A plugin that counts its runs and prints them as its token. */
  const plugin = (expires: string): string => {
    const runs = file(`runs-${expires.length}`, '');
    const status = `\\"token\\":\\"$(wc -c < ${runs})$WORD\\",\\"expirationTimestamp\\":\\"${expires}\\"`;
    return `exec: {apiVersion: client.authentication.k8s.io/v1, interactiveMode: Never, command: sh, env: [{name: WORD, value: x}], args: [-c, 'printf . >> ${runs}; printf "{\\"apiVersion\\":\\"client.authentication.k8s.io/v1\\",\\"status\\":{${status}}}"']}`;
  };

  test('a plugin runs once until its credential ends or is refused', async () => {
    const { credentials } = await choose({
      kubeconfig: file('k', config(plugin('2026-01-01T00:00:00Z'))),
      env: { PATH: process.env.PATH },
    });
    expect(await Promise.all([tokenOf(credentials), tokenOf(credentials)])).toEqual(['1x', '1x']);
    credentials.renew();
    expect(await tokenOf(credentials)).toBe('2x');
  });

  test('a plugin whose credential has ended runs again', async () => {
    const { credentials } = await choose({
      kubeconfig: file('k', config(plugin('2026-01-01T00:00:00.0Z'))),
      env: { PATH: process.env.PATH },
      nowMs: () => Date.parse('2027-01-01T00:00:00Z'),
    });
    expect(await tokenOf(credentials)).toBe('2x');
  });

  test('a plugin that fails is an error that says why', async () => {
    const user = `exec: {apiVersion: client.authentication.k8s.io/v1, interactiveMode: Never, command: sh, args: [-c, 'echo no luck >&2; exit 3']}`;
    const { credentials } = await choose({ kubeconfig: file('k', config(user)), env: { PATH: process.env.PATH } });
    await expect(credentials.current()).rejects.toThrow('no luck');
  });
});

test.each([
  ['cluster: c, user', 'cluster: gone, user', 'names a cluster that is not there'],
  ['user: u,', 'user: gone,', 'names a user that is not there'],
  ['current-context: here', 'current-context: gone', 'no context "gone"'],
])('a context in which "%s" is "%s" is refused', async (from, to, message) => {
  const path = file('dangling', config('token: t').replace(from, to));
  await expect((async () => choose({ kubeconfig: path }))()).rejects.toThrow(message);
});
