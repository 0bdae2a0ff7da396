// biome-ignore-all lint/suspicious/noTemplateCurlyInString: this is how configurations name variables
import { describe, expect, test } from 'vitest';
import { readAddress } from '../../../src/adapters/addresses/read-address.ts';
import { readGatePolicy } from '../../../src/adapters/config/document.ts';
import { knownFile, mayNameServers, otherFile } from '../../../src/app/agents/clients.ts';
import { serversIn } from '../../../src/app/agents/read-servers.ts';
import type { ClientFacts } from '../../../src/app/agents/rule.ts';
import { CLIENT_RULES } from '../../../src/app/agents/rules/index.ts';

const DOCUMENT = `apiVersion: chokepoint.dev/v1alpha1
kind: GatePolicy
metadata: {name: default}
spec:
  registry:
    servers: [{image: ghcr.io/team/search, owner: a, version: 1.4.2}]
    packages:
    - {from: npm, name: "@team/mail", owner: a, version: 2.0.0}
    - {from: pypi, name: any_version, owner: a}
    - {from: npm, name: gone, owner: a, status: deleted}
    remotes:
    - {host: mcp.approved.example, owner: a}
    - {host: 10.0.0.9, port: 8080, owner: a}
  perimeter:
    gateway: {hosts: [mcp.example.com], addresses: [203.0.113.10/32, "2001:db8::10/128"]}
    internalNetworks: [10.0.0.0/8]
    mcpHosts: [vendor.example]
`;
const { policy, problems } = readGatePolicy(DOCUMENT, 'chokepoint.yaml', readAddress);
if (policy === undefined) throw new Error(JSON.stringify(problems));
const FACTS: ClientFacts = {
  perimeter: policy.perimeter,
  registry: policy.registry,
  remotes: policy.remotes,
  known: new Set(['listed.example']),
};

/** What the rules say of one entry: rule, message, level where it is no denial, and the end of the field's path. */
function said(entry: object, facts = FACTS): readonly string[] {
  const servers = serversIn({ mcpServers: { a: entry } }, knownFile('.mcp.json') ?? otherFile('x'));
  return servers.flatMap(server =>
    CLIENT_RULES.flatMap(rule =>
      rule
        .check(server, facts)
        .map(({ messageId, atMost, path }) =>
          [rule.id.replace('client-', ''), messageId, atMost ?? '', path.replace(/^mcpServers\.a\.?/, '')]
            .filter(text => text !== '')
            .join(' '),
        ),
    ),
  );
}

test.each<readonly [string, readonly string[]]>([
  ['https://mcp.example.com/search/mcp', []],
  ['https://MCP.example.com./mcp', []],
  ['https://mcp.example.com:443/mcp', []],
  ['https://203.0.113.10/mcp', []],
  ['https://[2001:db8::10]/mcp', []],
  ['https://${HOST:-mcp.example.com}/mcp', []],
  ['http://mcp.example.com/mcp', ['plain-http cleartext url']],
  ['https://mcp.example.com:8443/mcp', ['past-gateway port url']],
  ['https://mcp.example.com@evil.example.net/mcp', ['plain-secret plain url', 'unknown-host unknown url']],
  ['https://mcp.example.com.evil.example.net/mcp', ['unknown-host unknown url']],
  ['https://sub.mcp.example.com/mcp', ['unknown-host unknown url']],
  ['http://localhost:3000/mcp', ['past-gateway machine url']],
  ['http://127.0.0.1:3000/sse', ['past-gateway machine url']],
  ['http://[::1]:3000/sse', ['past-gateway machine url']],
  ['http://host.docker.internal:3000/sse', ['past-gateway machine url']],
  ['https://10.1.2.3:8443/mcp', ['past-gateway internal url']],
  ['http://weather.tools.svc.cluster.local:8080/mcp', ['past-gateway internal url', 'plain-http cleartext url']],
  ['https://weather/mcp', ['past-gateway internal url']],
  ['https://mcp.vendor.example/mcp', ['past-gateway service url']],
  ['https://listed.example/mcp', ['past-gateway service url']],
  ['https://api.githubcopilot.com/mcp/', ['past-gateway service url']],
  ['https://observability.mcp.cloudflare.com/sse', ['past-gateway service url']],
  ['https://mcp.approved.example/mcp', ['past-gateway approved warn url']],
  ['https://mcp.approved.example:8443/mcp', ['unknown-host unknown url']],
  ['https://other.mcp.approved.example/mcp', ['unknown-host unknown url']],
  ['http://10.0.0.9:8080/mcp', ['past-gateway approved warn url', 'plain-http cleartext url']],
  ['http://10.0.0.9/mcp', ['past-gateway internal url', 'plain-http cleartext url']],
  ['https://a1b2.ngrok-free.app/mcp', ['past-gateway personal url']],
  ['wss://tool.workers.dev', ['past-gateway personal url']],
  ['https://tools.example.org/mcp', ['unknown-host unknown url']],
  ['https://198.51.100.7/mcp', ['unknown-host unknown url']],
  ['tools.example.org:8080/mcp', ['unknown-host unknown url']],
  ['${MCP_URL}', ['past-gateway variable warn url']],
  ['https://${MCP_HOST}/mcp', ['past-gateway variable warn url']],
  ['https://${input:host}.example.org/mcp', ['past-gateway variable warn url']],
  ['https://*.example.com/*', ['unknown-host unknown url']],
  ['https://*/*', ['unknown-host unknown url']],
  ['https://mcp.example.com/*', []],
  ['unix:///run/mcp.sock', ['past-gateway machine url']],
  ['::', ['past-gateway unread url']],
  ['https://mcp.example.com\\@evil.example/mcp', ['past-gateway unread url', 'plain-secret plain url']],
  ['http://2130706433:3000/mcp', ['past-gateway machine url']],
  [' https://mcp.example.com/mcp ', []],
])('the address %s', (url, expected) => expect(said({ url })).toEqual(expected));

test('without a perimeter, what may be the gateway is a warning', () => {
  const facts = { ...FACTS, perimeter: undefined };
  const says = (url: string) => said({ url }, facts);
  expect(says('https://mcp.example.com/mcp')).toEqual(['unknown-host unknown warn url']);
  expect(says('https://10.1.2.3/mcp')).toEqual(['past-gateway internal warn url']);
  expect(says('https://mcp.linear.app/mcp')).toEqual(['past-gateway service url']);
  expect(says('http://localhost:1/mcp')).toEqual(['past-gateway machine url']);
});

const LOCAL = 'local-server started command';

test('a whole command in one text is taken apart', () => {
  const expected = [LOCAL, 'unpinned-package none command'];
  expect(said({ command: 'npx -y pkg' })).toEqual(expected);
  expect(said({ command: 'cmd', args: ['/c', 'npx -y pkg'] })).toEqual([
    'local-server started args[1]',
    'unpinned-package none args[1]',
  ]);
  expect(said({ command: 'C:\\Program Files\\nodejs\\npx.cmd', args: ['-y', 'pkg@1.2.3'] })).toEqual([LOCAL]);
});

test.each<readonly [string, readonly string[]]>([
  ['npx -y pkg', [LOCAL, 'unpinned-package none args[1]']],
  ['npx -y pkg@latest', [LOCAL, 'unpinned-package moving args[1]']],
  ['npx -y pkg@^1.2.3', [LOCAL, 'unpinned-package moving args[1]']],
  ['npx -y pkg@1', [LOCAL, 'unpinned-package moving args[1]']],
  ['npx -y pkg@next', [LOCAL, 'unpinned-package moving args[1]']],
  ['npx -y pkg@1.2.3', [LOCAL]],
  ['npx -y @scope/pkg', [LOCAL, 'unpinned-package none args[1]']],
  ['npx -y @scope/pkg@1.2.3-beta.1', [LOCAL]],
  ['npx --package=pkg@1.2.3 -y run', [LOCAL]],
  ['npx -p pkg run', [LOCAL, 'unpinned-package none args[1]']],
  ['pnpm dlx pkg', [LOCAL, 'unpinned-package none args[1]']],
  ['bunx pkg@1.2.3', [LOCAL]],
  ['uvx pkg', [LOCAL, 'unpinned-package none args[0]']],
  ['uvx pkg==1.2.3', [LOCAL]],
  ['uvx pkg@1.2.3', [LOCAL]],
  ['uvx pkg>=1.2', [LOCAL, 'unpinned-package moving args[0]']],
  ['uvx --from pkg==1.2.3 run', [LOCAL]],
  ['uvx --from git+https://git.example/x/pkg run', [LOCAL, 'unpinned-package none args[1]']],
  ['uvx --from git+https://git.example/x/pkg@v1.2.3 run', [LOCAL]],
  ['uv tool run pkg', [LOCAL, 'unpinned-package none args[2]']],
  ['uv run --directory /src server.py', [LOCAL]],
  ['uv run --directory /src my-server', [LOCAL]],
  ['uv run --with mcp[cli] mcp run server.py', [LOCAL, 'unpinned-package none args[2]']],
  ['uvx --with extra==1.0.0 pkg', [LOCAL, 'unpinned-package none args[2]']],
  ['pipx run pkg', [LOCAL, 'unpinned-package none args[1]']],
  ['node /home/a/server.js', [LOCAL]],
  ['/usr/local/bin/server', [LOCAL]],
  ['python -m my_server', [LOCAL]],
  ['docker run -i --rm mcp/fetch', [LOCAL, 'unpinned-package none args[3]']],
  ['docker run -i --rm -p 80:80 mcp/fetch:latest', [LOCAL, 'unpinned-package moving args[5]']],
  ['docker run -i --rm mcp/fetch:1.2', [LOCAL]],
  [`docker run -i --rm mcp/fetch@sha256:${'0'.repeat(64)}`, [LOCAL]],
  ['npx -y @team/mail@2.0.0', ['local-server approved warn command']],
  ['npx -y @team/mail@2.0.1', [LOCAL]],
  ['npx -y @team/mail', [LOCAL, 'unpinned-package none args[1]']],
  ['uvx any-version==3.1', ['local-server approved warn command']],
  ['npx -y gone@1.2.3', [LOCAL]],
  ['docker run -i ghcr.io/team/search:1.4.2', ['local-server approved warn command']],
  ['docker run -i ghcr.io/team/search:1.5', [LOCAL]],
  ['npx -y mcp-remote@0.1.29 https://mcp.example.com/a/mcp', []],
  ['npx -y mcp-remote https://mcp.example.com/a/mcp', ['unpinned-package none args[1]']],
  ['npx -y mcp-remote@0.1.29 https://mcp.linear.app/sse', ['past-gateway service args[2]']],
  ['uvx mcp-proxy==0.8.2 http://10.1.2.3:80/mcp', ['past-gateway internal args[1]', 'plain-http cleartext args[1]']],
  ['npx -y supergateway@3.4.3 --stdio my-server', [LOCAL]],
])('the command %s', (line, expected) => {
  const [command = '', ...args] = line.split(' ');
  expect(said({ command, args })).toEqual(expected);
  expect(said({ command, args, disabled: true })).toEqual([]);
});

describe('a secret', () => {
  const ghp = `ghp_${'0123456789abcdefghijklmnopqrstuvwxyz'}`;
  const at = (entry: object): readonly string[] =>
    said({ command: '/bin/server', ...entry }).flatMap(text => /^plain-secret plain (.*)$/.exec(text)?.[1] ?? []);

  test.each<readonly [object, readonly string[]]>([
    [{ env: { GITHUB_TOKEN: ghp } }, ['env.GITHUB_TOKEN']],
    [{ env: { API_KEY: 'x1' } }, ['env.API_KEY']],
    [{ env: { NOTE: `use ${ghp}` } }, ['env.NOTE']],
    [{ env: { BRAVE_KEY: 'BSA4kq81mz0plw72' } }, ['env.BRAVE_KEY']],
    [{ env: { SSH_KEY: '/home/ann/.ssh/id_ed25519', SORT_KEY: 'created_at' } }, []],
    [{ env: { DATABASE_URL: 'postgres://a:b@db/x' } }, ['env.DATABASE_URL']],
    [{ env: { GITHUB_TOKEN: '${GITHUB_TOKEN}' } }, []],
    [{ env: { GITHUB_TOKEN: '${env:GITHUB_TOKEN}' } }, []],
    [{ env: { GITHUB_TOKEN: '${input:token}' } }, []],
    [{ env: { GITHUB_TOKEN: '$GITHUB_TOKEN' } }, []],
    [{ env: { GITHUB_TOKEN: '%GITHUB_TOKEN%' } }, []],
    [{ env: { GITHUB_TOKEN: '${{ secrets.GITHUB_TOKEN }}' } }, []],
    [{ env: { GITHUB_TOKEN: '{env:GITHUB_TOKEN}' } }, []],
    [{ env: { GITHUB_TOKEN: `\${GITHUB_TOKEN:-${ghp}}` } }, ['env.GITHUB_TOKEN']],
    [{ env: { GITHUB_TOKEN: 'op://vault/github/token' } }, []],
    [{ env: { GITHUB_TOKEN: '<YOUR_TOKEN>' } }, []],
    [{ env: { GITHUB_TOKEN: 'your-token-here' } }, []],
    [{ env: { GITHUB_TOKEN: '' } }, []],
    [{ env: { LOG_LEVEL: 'debug', MAX_TOKENS_FILE: '/x' } }, []],
    [{ headers: { Authorization: `Bearer ${ghp}` } }, ['headers.Authorization']],
    [{ headers: { Authorization: 'Bearer ${TOKEN}' } }, []],
    [{ headers: { 'X-Api-Key': 'abc' } }, ['headers.X-Api-Key']],
    [
      { http_headers: { Authorization: 'abc' }, env_http_headers: { Authorization: 'NAME' } },
      ['http_headers.Authorization'],
    ],
    [{ bearer_token_env_var: 'NAME' }, []],
    [{ bearer_token: 'abc' }, ['bearer_token']],
    [{ requestOptions: { headers: { Authorization: 'Bearer abc' } } }, ['requestOptions.headers.Authorization']],
    [{ oauth: { clientId: 'a', clientSecret: 'b' } }, ['oauth.clientSecret']],
    [{ args: ['--api-key', 'abc'] }, ['args[1]']],
    [{ args: ['--api-key', '${API_KEY}'] }, []],
    [{ args: ['--api-key=abc'] }, ['args[0]']],
    [{ args: ['--token', '--verbose'] }, []],
    [{ args: ['-e', `TOKEN=${ghp}`] }, ['args[1]']],
    [{ args: ['-e', 'GITHUB_TOKEN'] }, []],
    [{ args: ['--header', 'Authorization: Bearer abcdef123'] }, ['args[1]']],
    [{ args: ['--header', 'Authorization: Bearer ${TOKEN}'] }, []],
    [{ args: ['--header', 'Authorization:${AUTH_HEADER}'] }, []],
    [{ args: ['/Users/Ann/Projects2026/server-filesystem'] }, []],
    [{ args: ['Xk29fLq8Zr71mNb4Ty06Wc35'] }, ['args[0]']],
    [{ url: 'https://mcp.example.com/mcp?api_key=abc' }, ['url']],
    [{ url: 'https://mcp.example.com/mcp?api_key=${API_KEY}' }, []],
    [{ url: 'https://mcp.example.com/s/Xk29fLq8Zr71mNb4Ty06Wc35/mcp' }, ['url']],
    [{ url: 'https://ann:pw@mcp.example.com/mcp' }, ['url']],
  ])('in %j is found at %j', (entry, paths) => expect(at(entry)).toEqual(paths));
});

test('a hostile text is read to its end', () => {
  const parts = ['${', '{{', '%a', '$', '{env:', 'a=', '"', 'eyJ', '-----BEGIN '];
  for (const part of parts) {
    const text = part.repeat(40_000);
    expect(
      said({ command: text, args: [text, `--key=${text}`], env: { A: text, TOKEN: text }, url: `https://${text}` }),
    ).not.toEqual([]);
  }
  expect(mayNameServers('\n'.repeat(1_000_000))).toBe(false);
});

test('every rule has a message for each of its ids, in which no gap stays open', () => {
  expect(new Set(CLIENT_RULES.map(({ id }) => id)).size).toBe(CLIENT_RULES.length);
  for (const { messages, title, limits, sources } of CLIENT_RULES) {
    expect([title, limits, ...sources, ...Object.values(messages)].every(text => text.length > 0)).toBe(true);
  }
});
