import { describe, expect, test } from 'vitest';
import {
  isCompose,
  knownFile,
  mayBeConfiguration,
  mayNameServers,
  otherFile,
} from '../../../src/app/agents/clients.ts';
import { issuesIn, serversIn } from '../../../src/app/agents/read-servers.ts';

const knownOf = (file: string) => knownFile(file) ?? otherFile(file);

/** What is read of a file: each server with its addresses and its command. */
const read = (file: string, value: unknown): readonly string[] =>
  serversIn(value, knownOf(file)).map(({ ref, path, urls, words, isEnabled }) =>
    [
      `${path} ${ref.name}:`,
      ...urls.map(({ text, path: at }) => `${text} at ${at.slice(path.length)}`),
      ...(words.length > 0 ? [words.map(({ text }) => text).join(' ')] : []),
      ...(isEnabled ? [] : ['off']),
    ].join(' '),
  );

test.each([
  ['Library/Application Support/Claude/claude_desktop_config.json', 'Claude Desktop', ''],
  [
    'fleet/mac-1/ann/Library/Application Support/Claude/claude_desktop_config.json',
    'Claude Desktop',
    'fleet/mac-1/ann',
  ],
  ['fleet/win-1/ann/AppData/Roaming/Claude/claude_desktop_config.json', 'Claude Desktop', 'fleet/win-1/ann'],
  ['.mcp.json', 'Claude Code', ''],
  ['./.mcp.json', 'Claude Code', ''],
  ['home/ann/.claude.json', 'Claude Code', 'home/ann'],
  ['home/ann/.claude/settings.local.json', 'Claude Code', 'home/ann'],
  ['etc/claude-code/managed-mcp.json', 'Claude Code', 'etc/claude-code'],
  ['etc/claude-code/managed-settings.json', 'Claude Code', 'etc/claude-code'],
  ['app/.vscode/mcp.json', 'VS Code', 'app'],
  ['ann/.config/Code/User/mcp.json', 'VS Code', 'ann'],
  ['ann/Library/Application Support/Code/User/profiles/x1/mcp.json', 'VS Code', 'ann'],
  ['app/.devcontainer/devcontainer.json', 'VS Code', 'app'],
  ['app/all.code-workspace', 'VS Code', 'app'],
  ['ann/.cursor/mcp.json', 'Cursor', 'ann'],
  ['ann\\.cursor\\mcp.json', 'Cursor', 'ann'],
  ['ann/.codeium/windsurf/mcp_config.json', 'Windsurf', 'ann'],
  ['app/.junie/mcp/mcp.json', 'JetBrains', 'app'],
  ['ann/.config/github-copilot/intellij/mcp.json', 'JetBrains', 'ann'],
  ['ann/.gemini/settings.json', 'Gemini CLI', 'ann'],
  ['etc/gemini-cli/settings.json', 'Gemini CLI', 'etc'],
  ['ann/.codex/config.toml', 'Codex', 'ann'],
  ['ann/.continue/config.yaml', 'Continue', 'ann'],
  ['app/.continue/mcpServers/docs.yaml', 'Continue', 'app'],
  ['ann/.config/zed/settings.json', 'Zed', 'ann'],
  ['app/.roo/mcp.json', 'Roo Code', 'app'],
  ['app/.kiro/settings/mcp.json', 'Kiro', 'app'],
  ['app/opencode.json', 'opencode', 'app'],
  ['app/docker-compose.override.yml', 'Compose', 'app'],
  ['app/compose.yaml', 'Compose', 'app'],
  ['h/.warp/.mcp.json', 'Warp', 'h'],
  ['h/.config/amp/settings.json', 'Amp', 'h'],
  ['h/.factory/mcp.json', 'Factory', 'h'],
  ['h/.kimi/mcp.json', 'Kimi', 'h'],
  ['h/.vibe/config.toml', 'Mistral Vibe', 'h'],
  ['app/.trae/mcp.json', 'Trae', 'app'],
  ['ann/Library/Application Support/Trae/User/mcp.json', 'Trae', 'ann'],
  ['h/.codeium/mcp_config.json', 'Windsurf', 'h'],
  ['h/.junie/mcp/mcp.json', 'JetBrains', 'h'],
  ['h/.gemini/config/mcp_config.json', 'Antigravity', 'h'],
  ['h/.devin/mcp_config.json', 'Devin', 'h'],
  ['app/my-servers.json', 'MCP client', 'app'],
  ['servers.json', 'MCP client', ''],
])('%s is of %s in %j', (file, client, folder) => {
  expect(knownOf(file)).toMatchObject({ client, folder });
  expect(mayBeConfiguration(file)).toBe(true);
});

const HTTP = { url: 'https://a.example/mcp' };
const STDIO = { command: 'npx', args: ['-y', 'pkg'] };

/** A line for each form that a client has. */
test.each<readonly [string, string, unknown, readonly string[]]>([
  [
    'Claude Code',
    '.mcp.json',
    { mcpServers: { a: { type: 'http', ...HTTP } } },
    ['mcpServers.a a: https://a.example/mcp at .url'],
  ],
  ['stdio', '.mcp.json', { mcpServers: { a: STDIO } }, ['mcpServers.a a: npx -y pkg']],
  [
    'a project',
    '.claude.json',
    { projects: { '/home/x': { mcpServers: { a: STDIO } } } },
    ['projects["/home/x"].mcpServers.a a: npx -y pkg'],
  ],
  ['VS Code', '.vscode/mcp.json', { servers: { a: HTTP }, inputs: [] }, ['servers.a a: https://a.example/mcp at .url']],
  [
    'VS Code settings',
    '.vscode/settings.json',
    { mcp: { servers: { a: HTTP } } },
    ['mcp.servers.a a: https://a.example/mcp at .url'],
  ],
  [
    'dotted settings',
    '.vscode/settings.json',
    { 'mcp.servers': { a: HTTP }, 'chat.mcp.servers': { b: HTTP } },
    ['["mcp.servers"].a a: https://a.example/mcp at .url', '["chat.mcp.servers"].b b: https://a.example/mcp at .url'],
  ],
  [
    'a dev container',
    '.devcontainer/devcontainer.json',
    { customizations: { vscode: { mcp: { servers: { a: HTTP } } } } },
    ['customizations.vscode.mcp.servers.a a: https://a.example/mcp at .url'],
  ],
  [
    'a workspace',
    'x.code-workspace',
    { settings: { mcp: { servers: { a: STDIO } } } },
    ['settings.mcp.servers.a a: npx -y pkg'],
  ],
  [
    'Windsurf',
    '.codeium/windsurf/mcp_config.json',
    { mcpServers: { a: { serverUrl: 'https://a.example/sse' } } },
    ['mcpServers.a a: https://a.example/sse at .serverUrl'],
  ],
  [
    'Gemini CLI',
    '.gemini/settings.json',
    { mcpServers: { a: { httpUrl: 'https://a.example/mcp' } } },
    ['mcpServers.a a: https://a.example/mcp at .httpUrl'],
  ],
  [
    'Codex',
    '.codex/config.toml',
    { mcp_servers: { a: { ...STDIO, enabled: false } } },
    ['mcp_servers.a a: npx -y pkg off'],
  ],
  [
    'Continue',
    '.continue/config.yaml',
    { mcpServers: [{ name: 'a', ...STDIO }, HTTP] },
    ['mcpServers[0] a: npx -y pkg', 'mcpServers[1] 1: https://a.example/mcp at .url'],
  ],
  [
    'older Continue',
    '.continue/config.json',
    { experimental: { modelContextProtocolServers: [{ transport: { type: 'stdio', ...STDIO } }] } },
    ['experimental.modelContextProtocolServers[0] 0: npx -y pkg'],
  ],
  [
    'Zed',
    '.config/zed/settings.json',
    { context_servers: { a: { command: { path: 'npx', args: ['-y', 'pkg'] } } } },
    ['context_servers.a a: npx -y pkg'],
  ],
  [
    'Amp',
    'amp/settings.json',
    { 'amp.mcpServers': { a: { url: 'https://x/mcp' } } },
    ['["amp.mcpServers"].a a: https://x/mcp at .url'],
  ],
  [
    'Mistral Vibe',
    '.vibe/config.toml',
    { mcp_servers: [{ name: 'a', transport: 'streamable-http', url: 'https://x/mcp' }] },
    ['mcp_servers[0] a: https://x/mcp at .url'],
  ],
  [
    'opencode',
    'opencode.json',
    { mcp: { a: { type: 'local', command: ['npx', '-y', 'pkg'] }, b: { type: 'remote', ...HTTP } } },
    ['mcp.a a: npx -y pkg', 'mcp.b b: https://a.example/mcp at .url'],
  ],
  [
    'Goose',
    'goose/config.yaml',
    {
      extensions: {
        a: { type: 'stdio', cmd: 'npx', args: ['-y', 'pkg'] },
        b: { type: 'builtin' },
        c: { type: 'streamable_http', uri: 'https://a.example/mcp' },
      },
    },
    ['extensions.a a: npx -y pkg', 'extensions.c c: https://a.example/mcp at .uri'],
  ],
  [
    'Cline',
    'cline_mcp_settings.json',
    { mcpServers: { a: { ...STDIO, disabled: true } } },
    ['mcpServers.a a: npx -y pkg off'],
  ],
  ['any file', 'team.json', { tools: { mcpServers: { a: STDIO } } }, ['tools.mcpServers.a a: npx -y pkg']],
  [
    'a shell of Windows',
    '.mcp.json',
    { mcpServers: { a: { command: 'cmd.exe', args: ['/C', 'npx', '-y', 'pkg'] } } },
    ['mcpServers.a a: npx -y pkg'],
  ],
  [
    'a bridge',
    '.mcp.json',
    { mcpServers: { a: { command: 'npx', args: ['-y', 'mcp-remote@latest', 'https://a.example/mcp'] } } },
    ['mcpServers.a a: https://a.example/mcp at .args[2] npx -y mcp-remote@latest https://a.example/mcp'],
  ],
  [
    'both',
    '.mcp.json',
    { mcpServers: { a: { ...HTTP, ...STDIO } } },
    ['mcpServers.a a: https://a.example/mcp at .url npx -y pkg'],
  ],
  ['a plugin', 'plugin.json', { name: 'x', mcpServers: './.mcp.json' }, []],
  [
    'what an administrator gives',
    'managed-settings.json',
    {
      managedMcpServers: { a: HTTP },
      allowedMcpServers: [{ serverUrl: 'https://*.example/*' }, { serverName: 'x' }, { serverCommand: ['npx', 'pkg'] }],
    },
    [
      'managedMcpServers.a a: https://a.example/mcp at .url',
      'allowedMcpServers[0] 0: https://*.example/* at .serverUrl',
      'allowedMcpServers[2] 2: npx pkg',
    ],
  ],
  [
    'what Codex requires',
    'requirements.toml',
    { mcp_servers: { a: { identity: HTTP } } },
    ['mcp_servers.a a: https://a.example/mcp at .identity.url'],
  ],
  ['an entry that says nothing', '.mcp.json', { mcpServers: { a: {}, b: null, c: 'x' } }, []],
  [
    'AsyncAPI',
    'asyncapi.yaml',
    { asyncapi: '2.6.0', servers: { prod: { url: 'mqtt://a.example', protocol: 'mqtt' } } },
    [],
  ],
  ['OpenAPI', 'openapi.yaml', { openapi: '3.1.0', servers: [{ url: 'https://a.example' }] }, []],
  ['a registry', 'registry.json', { servers: [{ server: { name: 'a', remotes: [HTTP] } }] }, []],
  ['an object of Kubernetes', 'agent.yaml', { apiVersion: 'v1', kind: 'X', spec: { mcpServers: { a: STDIO } } }, []],
  ['no object', '.mcp.json', [1, 2], []],
])('the servers are read of %s', (_, file, value, servers) => expect(read(file, value)).toEqual(servers));

describe('a file', () => {
  test('of a package is nobody’s configuration', () => {
    expect(mayBeConfiguration('node_modules/x/.mcp.json')).toBe(false);
    expect(mayBeConfiguration('src/index.ts')).toBe(false);
  });

  test.each([
    ['{"mcpServers": {}}', true],
    ['[mcp_servers.a]', true],
    ['{"context_servers": {}}', true],
    ['{"servers": {}}', true],
    ['{"mcp": {"servers": {}}}', true],
    ['extensions:\n  a: {}', true],
    ['{"name": "x"}', false],
  ])('%j may name servers: %s', (text, may) => expect(mayNameServers(text)).toBe(may));

  test.each([
    ['compose.yaml', true],
    ['docker-compose.prod.yml', true],
    ['podman-compose.yml', true],
    ['docker-stack.yml', true],
    ['stack.yaml', false],
    ['compose.json', false],
    ['decompose.yaml', false],
  ])('%s is of Compose: %s', (file, is) => expect(isCompose(file)).toBe(is));
});

// biome-ignore format: one line a case
test.each<[entry: unknown, issues: readonly string[]]>([
  [{ url: 5 }, ['mcpServers.a.url: must be a text: how the server is reached cannot be read']],
  [{ command: 7, args: [] }, ['mcpServers.a.command: must be a text: how the server is reached cannot be read']],
  [{ url: { host: 'x' } }, ['mcpServers.a.url: must be a text: how the server is reached cannot be read']],
  ['https://mcp.example.com', ['mcpServers.a: must be an object that says how a server is reached']],
  [7, ['mcpServers.a: must be an object that says how a server is reached']],
  [{ command: ['npx', 'x'] }, []],
  [{ command: { path: 'npx', args: [] } }, []],
  [{ url: null, command: 'npx' }, []],
  [{ serverName: 'x' }, []],
  [null, []],
  [false, []],
])('an entry that cannot be read is told: %j', (entry, issues) => {
  expect(issuesIn({ mcpServers: { a: entry } }).map(({ path, message }) => `${path}: ${message}`)).toEqual(issues);
});
