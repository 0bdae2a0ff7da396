import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chooseConnection } from '../../../src/adapters/kubernetes/client/kubeconfig.ts';

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
  test('the flag, its current context and its namespace', () => {
    const { server, namespace } = choose({ kubeconfig: file('one', config('token: t')) });
    expect([server.href, namespace]).toEqual(['https://127.0.0.1:6443/', 'shop']);
  });

  test('of the files of KUBECONFIG the first one stands, and one that is missing is passed over', () => {
    const first = file('first', config('token: t', 'server: https://first:1'));
    const second = file('second', config('token: t', 'server: https://second:1'));
    const { server } = choose({ env: { KUBECONFIG: `${join(folder, 'missing')}:${first}:${second}` } });
    expect(server.host).toBe('first:1');
  });

  test('without a kubeconfig the service account of the pod', async () => {
    file('ca.crt', 'authority');
    file('token', 'pod-token\n');
    file('namespace', 'chokepoint-system');
    const env = { KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '6443' };
    const { server, ca, namespace, credentials } = choose({ env, serviceAccount: folder });
    expect([server.href, ca, namespace]).toEqual(['https://[fd00::1]:6443/', 'authority', 'chokepoint-system']);
    expect(await credentials.current()).toEqual({ token: 'pod-token' });
  });

  test.each([
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
    [
      'a proxy',
      () => choose({ kubeconfig: file('k', config('', 'server: https://x, proxy-url: http://p')) }),
      '"proxy-url" is not supported',
    ],
    [
      'impersonation',
      () => choose({ kubeconfig: file('k', config('token: t, as: root')) }),
      '"as" of a user is not supported',
    ],
    [
      'a certificate without its key',
      () => choose({ kubeconfig: file('k', config('client-certificate-data: YQ==')) }),
      'go together',
    ],
  ])('%s is refused by name', (_title, work, message) => {
    expect(work).toThrow(message);
  });
});

describe('credentials', () => {
  test('a token file is read again when it changes', async () => {
    const path = file('rotating', 'first');
    const { credentials } = choose({ kubeconfig: file('k', config('tokenFile: rotating')) });
    expect(await credentials.current()).toEqual({ token: 'first' });
    writeFileSync(path, 'second');
    utimesSync(path, 2_000_000_000, 2_000_000_000);
    expect(await credentials.current()).toEqual({ token: 'second' });
  });

  test('a token file is read again after a refusal, whatever its time says', async () => {
    const path = file('same-time', 'first');
    utimesSync(path, 1_900_000_000, 1_900_000_000);
    const { credentials } = choose({ kubeconfig: file('k', config('tokenFile: same-time')) });
    await credentials.current();
    writeFileSync(path, 'second');
    utimesSync(path, 1_900_000_000, 1_900_000_000);
    expect(await credentials.current()).toEqual({ token: 'first' });
    credentials.renew();
    expect(await credentials.current()).toEqual({ token: 'second' });
  });

  test('a token file that is gone is an error that names it', async () => {
    const { credentials } = choose({ kubeconfig: file('k', config('tokenFile: gone')) });
    await expect(credentials.current()).rejects.toThrow('the credentials cannot be read');
  });

  test('certificates stand in the file as base64', async () => {
    const data = (text: string): string => Buffer.from(text).toString('base64');
    const user = `client-certificate-data: ${data('cert')}, client-key-data: ${data('key')}`;
    const { credentials } = choose({ kubeconfig: file('k', config(user)) });
    expect(await credentials.current()).toEqual({ certificate: { cert: 'cert', key: 'key' } });
  });

  /** A plugin that counts its runs and prints them as its token. */
  const plugin = (expires: string): string => {
    const runs = file(`runs-${expires.length}`, '');
    const status = `\\"token\\":\\"$(wc -c < ${runs})$WORD\\",\\"expirationTimestamp\\":\\"${expires}\\"`;
    return `exec: {apiVersion: client.authentication.k8s.io/v1, command: sh, env: [{name: WORD, value: x}], args: [-c, 'printf . >> ${runs}; printf "{\\"status\\":{${status}}}"']}`;
  };

  test('a plugin runs once until its credential ends or is refused', async () => {
    const { credentials } = choose({
      kubeconfig: file('k', config(plugin('2026-01-01T00:00:00Z'))),
      env: { PATH: process.env.PATH },
    });
    expect(await Promise.all([credentials.current(), credentials.current()])).toEqual([
      { token: '1x' },
      { token: '1x' },
    ]);
    credentials.renew();
    expect(await credentials.current()).toEqual({ token: '2x' });
  });

  test('a plugin whose credential has ended runs again', async () => {
    const { credentials } = choose({
      kubeconfig: file('k', config(plugin('2026-01-01T00:00:00.0Z'))),
      env: { PATH: process.env.PATH },
      nowMs: () => Date.parse('2027-01-01T00:00:00Z'),
    });
    expect(await credentials.current()).toEqual({ token: '2x' });
  });

  test('a plugin that fails is an error that says why', async () => {
    const user = `exec: {apiVersion: client.authentication.k8s.io/v1, command: sh, args: [-c, 'echo no luck >&2; exit 3']}`;
    const { credentials } = choose({ kubeconfig: file('k', config(user)), env: { PATH: process.env.PATH } });
    await expect(credentials.current()).rejects.toThrow('no luck');
  });
});
