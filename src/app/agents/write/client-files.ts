import type { GatewayServer } from './approved-servers.ts';
import type { ClientName } from './choices.ts';

/** A file that a client reads. */
export interface ClientFile {
  /** As the client looks for it, from the folder on that it is of. */
  readonly path: string;
  readonly text: string;
}

interface Told {
  readonly servers: readonly GatewayServer[];
  /** Of the gateway: `https://mcp.example.com`. */
  readonly origin: string;
}

/** The bridge for a client whose file starts programs alone, in one version. */
const BRIDGE = 'mcp-remote@0.15.1';

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

type Entry = (server: GatewayServer) => unknown;

const mapped = ({ servers }: Told, entry: Entry): Readonly<Record<string, unknown>> =>
  Object.fromEntries(servers.map(server => [server.name, entry(server)]));

const byType: Entry = ({ url }) => ({ type: 'http', url });
const byUrl: Entry = ({ url }) => ({ url });

const mcpServers =
  (path: string, entry: Entry) =>
  (told: Told): readonly ClientFile[] => [{ path, text: json({ mcpServers: mapped(told, entry) }) }];

/** What an allowlist of addresses holds: everything at the gateway. */
const atGateway = ({ origin }: Told): readonly object[] => [{ serverUrl: `${origin}/*` }];

/** A text of TOML (1.0, basic strings): JSON escapes the same way what these texts can hold. */
const quoted = (text: string): string => JSON.stringify(text);

const codexTables = ({ servers }: Told, part: string): string =>
  servers.map(({ name, url }) => `[mcp_servers.${name}${part}]\nurl = ${quoted(url)}\n`).join('\n');

const continueText = ({ servers }: Told): string =>
  [
    'name: Approved MCP servers',
    'version: 1.0.0',
    'schema: v1',
    'mcpServers:',
    ...servers.flatMap(({ name, url }) => [`- name: ${name}`, '  type: streamable-http', `  url: ${quoted(url)}`]),
    '',
  ].join('\n');

/**
 * What each client reads, by the name that the command line knows it by. Sources: the clients' own documentation, and their published schemas where there
 * are some: of Claude Code's settings, of Gemini CLI's, Codex' and Zed's, of VS Code's mcp.json and of Continue's blocks.
 */
const CLIENT_FILES: Readonly<Record<ClientName, (told: Told) => readonly ClientFile[]>> = {
  'claude-code': mcpServers('.mcp.json', byType),
  /** Servers that no user can take out or add to, and an allowlist for all other ways to name one. */
  'claude-code-managed': told => [
    { path: 'managed-mcp.json', text: json({ mcpServers: mapped(told, byType) }) },
    {
      path: 'managed-settings.json',
      text: json({ allowManagedMcpServersOnly: true, allowedMcpServers: atGateway(told) }),
    },
  ],
  'claude-desktop': mcpServers('claude_desktop_config.json', ({ url }) => ({
    command: 'npx',
    args: ['-y', BRIDGE, url],
  })),
  /** Policies by their names: users can add no servers of their own, as extensions stay off unless an administrator sets them on. */
  'claude-desktop-managed': told => [
    {
      path: 'claude-desktop-policy.json',
      text: json({
        managedMcpServers: told.servers.map(({ name, url }) => ({ name, transport: 'http', url, oauth: true })),
        isLocalDevMcpEnabled: false,
        isDesktopExtensionEnabled: false,
      }),
    },
  ],
  codex: told => [{ path: '.codex/config.toml', text: codexTables(told, '') }],
  /** Servers of other names, or under these names at other addresses, are switched off. */
  'codex-managed': told => [{ path: 'requirements.toml', text: codexTables(told, '.identity') }],
  continue: told => [{ path: '.continue/mcpServers/approved.yaml', text: continueText(told) }],
  cursor: mcpServers('.cursor/mcp.json', byUrl),
  'gemini-cli': told => [
    {
      path: '.gemini/settings.json',
      text: json({
        mcp: { allowed: told.servers.map(({ name }) => name) },
        mcpServers: mapped(told, ({ url }) => ({ httpUrl: url })),
      }),
    },
  ],
  jetbrains: told => [
    ...mcpServers('.junie/mcp/mcp.json', byUrl)(told),
    { path: '.config/github-copilot/intellij/mcp.json', text: json({ servers: mapped(told, byUrl) }) },
  ],
  'mcp-servers': mcpServers('mcp.json', byType),
  vscode: told => [{ path: '.vscode/mcp.json', text: json({ servers: mapped(told, byType) }) }],
  /** Policies by their names, as VS Code reads them on Linux, and its administrative templates have them elsewhere; a list is a text of JSON. */
  'vscode-managed': told => [
    {
      path: 'policy.json',
      text: json({ ChatMCP: 'all', ChatAllowedMcpServers: JSON.stringify(atGateway(told)) }),
    },
  ],
  windsurf: mcpServers('.codeium/windsurf/mcp_config.json', ({ url }) => ({ serverUrl: url })),
  zed: told => [{ path: '.config/zed/settings.json', text: json({ context_servers: mapped(told, byUrl) }) }],
};

/** The files of a client. */
export const clientFiles = (client: ClientName, told: Told): readonly ClientFile[] => CLIENT_FILES[client](told);
