/** What the kubeconfigs of the corpus lead to. PEM texts; addresses as `host:port`. */
export interface Surroundings {
  readonly server: string;
  /** The same server by a name that only the proxies know: Go takes no proxy of the environment for 127.0.0.1. */
  readonly farServer: string;
  readonly plainServer: string;
  readonly proxy: string;
  readonly socks: string;
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/** What is sent, and how. */
interface Expected {
  /** Absent: the TLS server, by the name that the case gives it. */
  readonly server?: string;
  /** Beside what every request has. */
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly hasCertificate?: true;
  readonly isInsecure?: true;
  readonly serverName?: string;
  readonly proxy?: 'http' | 'socks';
}

export interface KubeconfigCase {
  readonly title: string;
  /** Files by path, relative to one folder. */
  readonly files: Readonly<Record<string, string>>;
  /** Absent: `config`. */
  readonly kubeconfig?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** A text: part of the error. */
  readonly expected: Expected | string;
}

const base64 = (text: string): string => Buffer.from(text).toString('base64');

/** Kubeconfigs as people have them, and what kubectl makes of each. */
export function kubeconfigCorpus(of: Surroundings): readonly KubeconfigCase[] {
  const ca = `certificate-authority-data: ${base64(of.ca)}`;
  const tls = `server: 'https://${of.server}', ${ca}`;
  const far = `server: 'https://${of.farServer}', ${ca}`;
  const plain = `server: 'http://${of.plainServer}'`;
  const certificate = `client-certificate-data: ${base64(of.cert)}, client-key-data: ${base64(of.key)}`;
  const config = (user: string, cluster = tls, more = ''): string =>
    `apiVersion: v1
kind: Config
current-context: here
contexts: [{name: here, context: {cluster: c, user: u}}]
clusters: [{name: c, cluster: {${cluster}}}]
users: [{name: u, user: {${user}}}]
${more}`;
  const one = (title: string, expected: Expected | string, user: string, cluster?: string): KubeconfigCase => ({
    title,
    files: { config: config(user, cluster) },
    expected,
  });
  const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });
  const basic = { headers: { authorization: `Basic ${base64('ann:pass')}` } };
  const jwt = (exp: number) =>
    ['{"alg":"none"}', `{"iss":"i","exp":${exp}}`, 's'].map(part => Buffer.from(part).toString('base64url')).join('.');
  const issuer = "idp-issuer-url: 'https://issuer.test', client-id: c";
  const fresh = jwt(4_000_000_000);
  const plugin = (status: string, version = 'v1'): string =>
    `#!/bin/sh\nprintf '%s' '{"apiVersion":"client.authentication.k8s.io/${version}","kind":"ExecCredential","status":${status}}'\n`;
  const exec = (command: string, args: string, version = 'v1', more = 'interactiveMode: Never') =>
    `exec: {apiVersion: client.authentication.k8s.io/${version}, command: ./${command}, args: [${args}], ${more}}`;
  const cloud = (title: string, program: string, args: string, more: string, version = 'v1'): KubeconfigCase => ({
    title,
    files: {
      config: config(exec(program, args, version, more)),
      [program]: plugin(`{"token":"of-${program}"}`, version),
    },
    expected: bearer(`of-${program}`),
  });
  const proxied = (
    title: string,
    env: Readonly<Record<string, string>>,
    proxy: Expected['proxy'],
    more = '',
  ): KubeconfigCase => ({
    title,
    files: { config: config('token: t', `${far}${more}`) },
    env,
    expected: { ...bearer('t'), server: `https://${of.farServer}`, ...(proxy && { proxy }) },
  });
  const leadingTo = (title: string, expected: Expected | string, from: string, to: string): KubeconfigCase => ({
    title,
    files: { config: config('token: t').replace(from, to) },
    expected,
  });
  const https = { HTTPS_PROXY: `http://${of.proxy}` };
  const [host = '', port = ''] = of.farServer.split(':');
  return [
    one('nobody', {}, ''),
    leadingTo(
      'a context that is not there',
      'no context "elsewhere"',
      'current-context: here',
      'current-context: elsewhere',
    ),
    leadingTo(
      'a context of a cluster that is not there',
      'names a cluster that is not there',
      'cluster: c,',
      'cluster: gone,',
    ),
    leadingTo('a context of a user that is not there', 'names a user that is not there', 'user: u}', 'user: gone}'),
    leadingTo('a context without a user', {}, ', user: u}', '}'),
    one('a token', bearer('t'), 'token: t'),
    one('a token of a number', 'must be a string', 'token: 12'),
    one('a certificate', { hasCertificate: true }, certificate),
    one('a certificate and a token', { ...bearer('t'), hasCertificate: true }, `${certificate}, token: t`),
    one('a certificate without its key', 'go together', `client-certificate-data: ${base64(of.cert)}`),
    one('basic authentication', basic, 'username: ann, password: pass'),
    one('a token and basic authentication', 'do not go together', 'token: t, username: ann, password: pass'),
    one(
      'no check of the server',
      { ...bearer('t'), isInsecure: true },
      'token: t',
      `server: 'https://${of.server}', insecure-skip-tls-verify: true`,
    ),
    one('an authority and no check', 'do not go together', 'token: t', `${tls}, insecure-skip-tls-verify: true`),
    one(
      "another name of the server's certificate",
      { ...bearer('t'), serverName: 'localhost' },
      'token: t',
      `${tls}, tls-server-name: localhost`,
    ),
    one(
      'an authority as data and as a file',
      'do not go together',
      'token: t',
      `${tls}, certificate-authority: ca.crt`,
    ),
    one(
      'an authority that is not there',
      'cannot be read',
      'token: t',
      `server: 'https://${of.server}', certificate-authority: gone.crt`,
    ),
    one('a token over plain HTTP is not sent', { server: `http://${of.plainServer}` }, 'token: t', plain),
    one(
      'impersonation over plain HTTP',
      { server: `http://${of.plainServer}`, headers: { 'impersonate-user': 'bob' } },
      'token: t, as: bob',
      plain,
    ),
    one(
      'impersonation',
      {
        headers: {
          authorization: 'Bearer t',
          'impersonate-user': 'bob',
          'impersonate-uid': 'u-1',
          'impersonate-group': ['dev', 'ops'],
          'impersonate-extra-scopes': ['a', 'b'],
          'impersonate-extra-acme.com%2fteam': ['core'],
        },
      },
      `token: t, as: bob, as-uid: u-1, as-groups: [dev, ops], as-user-extra: {scopes: [a, b], acme.com/team: [core]}`,
    ),
    one('groups of nobody', 'need "as"', 'token: t, as-groups: [dev]'),
    one('a token of OIDC', bearer(fresh), `auth-provider: {name: oidc, config: {${issuer}, id-token: ${fresh}}}`),
    one(
      'a static token before OIDC',
      bearer('t'),
      `token: t, auth-provider: {name: oidc, config: {${issuer}, id-token: ${fresh}}}`,
    ),
    one(
      'a token of OIDC that has ended',
      'the token has ended',
      `auth-provider: {name: oidc, config: {id-token: ${jwt(1)}}}`,
    ),
    one(
      'an auth-provider of a cloud',
      '"gcp" is not supported',
      'auth-provider: {name: gcp, config: {access-token: t}}',
    ),
    {
      title: 'relative paths',
      files: {
        'sub/config': config(
          'client-certificate: pki/a.crt, client-key: pki/a.key, tokenFile: token',
          `server: 'https://${of.server}', certificate-authority: ../ca.crt`,
        ),
        'sub/pki/a.crt': of.cert,
        'sub/pki/a.key': of.key,
        'sub/token': 'of-a-file\n',
        'ca.crt': of.ca,
      },
      kubeconfig: ['sub/config'],
      expected: { ...bearer('of-a-file'), hasCertificate: true },
    },
    {
      title: 'of merged files the first stands',
      files: {
        first: 'current-context: here\nusers: [{name: u, user: {token: first}}]\n',
        second: config('token: second').replace('current-context: here', 'current-context: elsewhere'),
      },
      kubeconfig: ['missing', 'first', 'second'],
      expected: bearer('first'),
    },
    {
      title: 'two users of a name in one file',
      files: { config: config('token: t').replace('users: [', 'users: [{name: u, user: {token: s}}, ') },
      expected: 'two users of the name "u"',
    },
    {
      title: 'an entry that is broken and not used',
      files: { config: config('token: t').replace('clusters: [', 'clusters: [{name: broken}, ') },
      expected: bearer('t'),
    },
    cloud(
      'the plugin of GKE',
      'gke-gcloud-auth-plugin',
      '',
      'provideClusterInfo: true, interactiveMode: IfAvailable',
      'v1beta1',
    ),
    cloud(
      'the plugin of EKS',
      'aws',
      'eks, get-token, --cluster-name, shop',
      'interactiveMode: IfAvailable, env: [{name: AWS_PROFILE, value: dev}]',
      'v1beta1',
    ),
    cloud(
      'the plugin of AKS',
      'kubelogin',
      'get-token, --server-id, id',
      'provideClusterInfo: false, interactiveMode: Never',
    ),
    {
      title: 'a static token before a plugin',
      files: { config: config(`token: t, ${exec('never', '')}`), never: '#!/bin/sh\nexit 1\n' },
      expected: bearer('t'),
    },
    {
      title: 'a plugin that prints nothing to use',
      files: { config: config(exec('empty', '')), empty: plugin('{}') },
      expected: 'neither a token nor a certificate',
    },
    {
      title: 'a plugin that speaks another version',
      files: { config: config(exec('old', '')), old: plugin('{"token":"t"}', 'v1beta1') },
      expected: 'printed no ExecCredential of client.authentication.k8s.io/v1',
    },
    one(
      'a plugin that does not say whether it asks',
      '"interactiveMode" of a plugin',
      exec('any', '', 'v1', 'env: []'),
    ),
    one('a plugin that always asks', 'not "Always"', exec('any', '', 'v1', 'interactiveMode: Always')),
    one('a plugin that is no object', '"exec" of a user must be an object', 'exec: ./plugin'),
    one('a server that is no address', 'is no address', 'token: t', "server: 'nowhere'"),
    one('a proxy of no known kind', 'must begin with', 'token: t', `${tls}, proxy-url: 'ftp://${of.proxy}'`),
    proxied('a proxy of the cluster', {}, 'http', `, proxy-url: 'http://${of.proxy}'`),
    proxied('a SOCKS proxy of the cluster', {}, 'socks', `, proxy-url: 'socks5://${of.socks}'`),
    proxied('a proxy of the environment', https, 'http'),
    proxied('a SOCKS proxy of the environment', { https_proxy: `socks5://${of.socks}` }, 'socks'),
    proxied(
      'the proxy of the cluster before that of the environment',
      { HTTPS_PROXY: 'http://127.0.0.1:1' },
      'http',
      `, proxy-url: 'http://${of.proxy}'`,
    ),
    proxied('a proxy that asks for a password', {}, 'http', `, proxy-url: 'http://me:p%40ss@${of.proxy}'`),
    proxied('a SOCKS proxy that asks for a password', {}, 'socks', `, proxy-url: 'socks5://me:p%40ss@${of.socks}'`),
    proxied('NO_PROXY with the host', { ...https, NO_PROXY: `x, ${host}` }, undefined),
    proxied('NO_PROXY with another port', { ...https, NO_PROXY: `${host}:1` }, 'http'),
    proxied('NO_PROXY with the port', { ...https, NO_PROXY: `${host}:${port}` }, undefined),
  ];
}
