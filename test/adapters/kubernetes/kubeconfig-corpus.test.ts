import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { chooseConnection } from '../../../src/adapters/kubernetes/client/connection.ts';
import { kubeconfigCorpus } from '../../support/kubeconfig-corpus.ts';

const OF = {
  server: '127.0.0.1:6443',
  farServer: 'api.test:6443',
  plainServer: '127.0.0.1:8001',
  proxy: 'proxy.test:3128',
  socks: 'proxy.test:1080',
  ca: 'authority',
  cert: 'certificate',
  key: 'key',
};

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'kubeconfig-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What an agent connects by. The library's agents keep their proxy in a property. */
interface AgentState {
  readonly options: Readonly<Record<string, unknown>>;
  readonly keepAlive: boolean;
  readonly proxy?: URL | { readonly host: string; readonly port: number };
}

const text = (value: unknown): string | undefined => (value === undefined ? undefined : String(value));

function addressOf(proxy: AgentState['proxy']): string | undefined {
  if (proxy instanceof URL) return proxy.host;
  return proxy && `${proxy.host}:${proxy.port}`;
}

async function read(config: string, env: Readonly<Record<string, string>>) {
  const choice = { env: { PATH: process.env.PATH, ...env, KUBECONFIG: config }, home: '/nonexistent', nowMs: Date.now };
  const { server, credentials } = await chooseConnection(choice);
  const { headers, agent } = await credentials.current();
  const { options, keepAlive, proxy }: AgentState = Object(agent);
  const { ca, cert, key, rejectUnauthorized, servername } = options;
  return {
    server: server.origin,
    headers,
    tls: [ca, cert, key].map(text),
    isInsecure: rejectUnauthorized === false,
    serverName: servername,
    proxy: addressOf(proxy),
    keepAlive,
  };
}

const ADDRESS_OF = { http: OF.proxy, socks: OF.socks };

test.each(kubeconfigCorpus(OF))('$title', async ({ title, files, kubeconfig = ['config'], env = {}, expected }) => {
  const home = join(folder, title.replaceAll(/\W/g, '-'));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(home, name)), { recursive: true });
    writeFileSync(join(home, name), content);
    if (content.startsWith('#!')) chmodSync(join(home, name), 0o755);
  }
  const reading = read(kubeconfig.map(name => join(home, name)).join(delimiter), env);
  if (typeof expected === 'string') {
    await expect(reading).rejects.toThrow(expected);
    return;
  }
  const {
    server = `https://${OF.server}`,
    headers = {},
    hasCertificate,
    isInsecure = false,
    serverName,
    proxy,
  } = expected;
  const isPlain = server.startsWith('http:');
  expect(await reading).toEqual({
    server,
    headers: headers,
    tls: [isInsecure || isPlain ? undefined : OF.ca, hasCertificate && OF.cert, hasCertificate && OF.key],
    isInsecure: isInsecure || isPlain,
    serverName,
    proxy: proxy && ADDRESS_OF[proxy],
    keepAlive: true,
  });
});
