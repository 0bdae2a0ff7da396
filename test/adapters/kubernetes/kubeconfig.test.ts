import { mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
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

describe('What kubectl refuses is refused', () => {
  const exec = (fields: string): string =>
    `exec: {apiVersion: client.authentication.k8s.io/v1, command: x, interactiveMode: Never, ${fields}}`;
  const TLS = 'server: https://127.0.0.1:6443';
  // biome-ignore format: one line a case
  test.each<[what: string, user: string, cluster: string, message: string]>([
    ['a plugin of another version', 'exec: {apiVersion: client.authentication.k8s.io/v1alpha1, command: x}', TLS, '"client.authentication.k8s.io/v1alpha1" is no apiVersion of a plugin (exec)'],
    ['a plugin without a command', 'exec: {apiVersion: client.authentication.k8s.io/v1, interactiveMode: Never}', TLS, 'a plugin (exec) has no command'],
    ['a plugin that always asks', 'exec: {apiVersion: client.authentication.k8s.io/v1, command: x, interactiveMode: Always}', TLS, 'must be Never or IfAvailable, not "Always"'],
    ['a plugin that does not say whether it asks', 'exec: {apiVersion: client.authentication.k8s.io/v1, command: x}', TLS, 'must be Never or IfAvailable, not ""'],
    ['a plugin that is no object', 'exec: x', TLS, '"exec" of a user must be an object'],
    ['a plugin beside an auth-provider', `${exec('')}, auth-provider: {name: oidc}`, TLS, 'a plugin (exec) and an auth-provider do not go together'],
    ['an auth-provider that is not known', 'auth-provider: {name: gcp}', TLS, 'the auth-provider "gcp" is not supported: use a plugin (exec)'],
    ['a token beside a username', 'token: t, username: u', TLS, 'a token and a username do not go together'],
    ['a password without a username', 'password: p', TLS, 'a password needs a username'],
    ['a certificate without its key', 'client-certificate-data: YQ==', TLS, 'a client certificate and its key go together'],
    ['a key without its certificate', 'client-key-data: YQ==', TLS, 'a client certificate and its key go together'],
    ['an authority as file and as data', 'token: t', `${TLS}, certificate-authority: a, certificate-authority-data: YQ==`, '"certificate-authority" and "certificate-authority-data" do not go together'],
    ['an authority that is not there', 'token: t', `${TLS}, certificate-authority: nope.crt`, 'the certificate authority cannot be read'],
    ['an authority that is not to be looked at', 'token: t', `${TLS}, insecure-skip-tls-verify: true, certificate-authority-data: YQ==`, '"insecure-skip-tls-verify" and an authority do not go together'],
    ['a server of another protocol', 'token: t', 'server: ftp://127.0.0.1', '"ftp://127.0.0.1" is no address of an API server'],
    ['an HTTP proxy for a server of plain HTTP', 'token: t', "server: http://192.0.2.1, proxy-url: 'http://p:1'", 'an HTTP proxy is not supported for a server of plain HTTP'],
    ['an HTTP proxy for a server at an IPv6 address', 'token: t', "server: 'https://[fd00::1]:6443', proxy-url: 'http://p:1'", 'an HTTP proxy is not supported for a server at an IPv6 address'],
    ['a token that is no text', 'token: 7', TLS, '"token" of the kubeconfig must be a string'],
    ['groups without a user to act as', 'token: t, as-groups: [a]', TLS, '"as-uid", "as-groups" and "as-user-extra" need "as"'],
    ['a uid without a user to act as', 'token: t, as-uid: a', TLS, '"as-uid", "as-groups" and "as-user-extra" need "as"'],
    ['extras without a user to act as', 'token: t, as-user-extra: {a: [b]}', TLS, '"as-uid", "as-groups" and "as-user-extra" need "as"'],
    ['groups that are no texts', 'token: t, as: jane, as-groups: [7]', TLS, '"as-groups" of the kubeconfig must be a list of strings'],
  ])('%s', async (_, user, cluster, message) => {
    await expect(choose({ kubeconfig: file('refused', config(user, cluster)) })).rejects.toThrow(message);
  });
});

describe('What kubectl takes is taken', () => {
  // biome-ignore format: one line a case
  test.each<[what: string, user: string, cluster: string, headers: object]>([
    ['a token', 'token: t', 'server: https://127.0.0.1:6443', { authorization: 'Bearer t' }],
    ['a username with its password', 'username: jane, password: p', 'server: https://127.0.0.1:6443', { authorization: `Basic ${Buffer.from('jane:p').toString('base64')}` }],
    ['a username without a password', 'username: jane', 'server: https://127.0.0.1:6443', { authorization: `Basic ${Buffer.from('jane:').toString('base64')}` }],
    ['no user at all', '', 'server: https://127.0.0.1:6443', {}],
    ['a token that goes before a plugin, which does not run', 'token: t, exec: {apiVersion: client.authentication.k8s.io/v1, command: /nope, interactiveMode: Never}', 'server: https://127.0.0.1:6443', { authorization: 'Bearer t' }],
    ['nothing that proves anything over plain HTTP', 'token: t', 'server: http://127.0.0.1:8001', {}],
    ['a SOCKS proxy for a server at an IPv6 address', 'token: t', "server: 'https://[fd00::1]:6443', proxy-url: 'socks5://127.0.0.1:1'", { authorization: 'Bearer t' }],
    ['an HTTP proxy for a server at an IPv4 address', 'token: t', "server: https://192.0.2.1, proxy-url: 'http://127.0.0.1:1'", { authorization: 'Bearer t' }],
    ['somebody to act as', 'token: t, as: jäne, as-uid: u1, as-groups: [a, b], as-user-extra: {Scopes/x%: [v]}', 'server: https://127.0.0.1:6443', {
      authorization: 'Bearer t',
      'impersonate-user': Buffer.from('jäne').toString('latin1'),
      'impersonate-uid': 'u1',
      'impersonate-group': ['a', 'b'],
      'impersonate-extra-scopes%2fx%25': ['v'],
    }],
    ['somebody to act as alone', 'token: t, as: jane', 'server: https://127.0.0.1:6443', { authorization: 'Bearer t', 'impersonate-user': 'jane' }],
  ])('%s', async (_, user, cluster, headers) => {
    const { credentials } = await choose({ kubeconfig: file('taken', config(user, cluster)) });
    expect((await credentials.current()).headers).toEqual(headers);
  });
});

describe('A plugin', () => {
  const printing = (answer: object | string, apiVersion = 'v1', mode = 'interactiveMode: Never'): string => {
    const text = typeof answer === 'string' ? answer : JSON.stringify(answer);
    const args = JSON.stringify(['-c', `printf %s '${text}'`]);
    return `exec: {apiVersion: client.authentication.k8s.io/${apiVersion}, ${mode}, command: sh, args: ${args}}`;
  };
  const answer = (status: object, version = 'v1'): object => ({
    apiVersion: `client.authentication.k8s.io/${version}`,
    status,
  });
  const env = { PATH: process.env.PATH };

  // biome-ignore format: one line a case
  test.each<[what: string, printed: object | string, message: string]>([
    ['that prints no JSON', 'hello', 'is not valid JSON'],
    ['that prints a list', '[]', 'the plugin printed no ExecCredential of client.authentication.k8s.io/v1'],
    ['that answers in another version', answer({ token: 't' }, 'v1beta1'), 'the plugin printed no ExecCredential of client.authentication.k8s.io/v1'],
    ['that prints nothing to prove', answer({}), 'the plugin printed neither a token nor a certificate with its key'],
    ['that prints a certificate alone', answer({ clientCertificateData: 'c' }), 'the plugin printed a certificate or a key, not both'],
    ['that prints a key beside its token', answer({ token: 't', clientKeyData: 'k' }), 'the plugin printed a certificate or a key, not both'],
  ])('%s is an error that says so', async (_, printed, message) => {
    const { credentials } = await choose({ kubeconfig: file('plugin', config(printing(printed))), env });
    await expect(credentials.current()).rejects.toThrow(message);
  });

  test('of the version before need not say whether it asks', async () => {
    const user = printing(answer({ token: 't' }, 'v1beta1'), 'v1beta1', 'args: []').replace('args: [], ', '');
    const { credentials } = await choose({ kubeconfig: file('plugin', config(user)), env });
    expect((await credentials.current()).headers.authorization).toBe('Bearer t');
  });

  test('that failed is asked again', async () => {
    const marker = join(folder, 'was-asked');
    const script = `if [ -e ${marker} ]; then printf %s '${JSON.stringify(answer({ token: 't' }))}'; else touch ${marker}; exit 1; fi`;
    const user = `exec: {apiVersion: client.authentication.k8s.io/v1, interactiveMode: IfAvailable, command: sh, args: ${JSON.stringify(['-c', script])}}`;
    const { credentials } = await choose({ kubeconfig: file('plugin', config(user)), env });
    await expect(credentials.current()).rejects.toThrow('the credential plugin sh failed');
    expect((await credentials.current()).headers.authorization).toBe('Bearer t');
  });

  test.each([
    [10_001, 1],
    [10_000, 2],
  ])('whose credential ends in %d ms has run %d times', async (leftMs, runs) => {
    const log = join(folder, `runs-${leftMs}`);
    const status = JSON.stringify(answer({ token: 't', expirationTimestamp: '2026-01-01T00:00:00Z' }));
    const script = `echo x >> ${log}; printf %s '${status}'`;
    const user = `exec: {apiVersion: client.authentication.k8s.io/v1, interactiveMode: Never, command: sh, args: ${JSON.stringify(['-c', script])}}`;
    const nowMs = () => Date.parse('2026-01-01T00:00:00Z') - leftMs;
    const { credentials } = await choose({ kubeconfig: file('plugin', config(user)), env, nowMs });
    await credentials.current();
    expect(readFileSync(log, 'utf8')).toBe('x\n'.repeat(runs));
  });
});
