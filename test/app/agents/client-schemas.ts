/**
 * What clients take of MCP servers, as JSON Schema: written from the schema that each publishes, of which it is the part about servers. What has no
 * schema (Claude Desktop, `.mcp.json` of Claude Code, Cursor, Windsurf, Junie, GitHub Copilot, requirements of Codex, policies of VS Code) is documented in prose alone.
 */

const TEXT = { type: 'string' } as const;
const TEXTS = { type: 'array', items: TEXT } as const;
const TEXTS_BY_NAME = { type: 'object', additionalProperties: TEXT } as const;
const ADDRESS = { type: 'string', pattern: '^https?://.+' } as const;

/** An object of these fields and no others. */
const only = (properties: object, ...required: readonly string[]) => ({
  type: 'object',
  properties,
  required,
  additionalProperties: false,
});
const byName = (server: object) => ({ type: 'object', additionalProperties: server });

/** SchemaStore, claude-code-settings.json, of 2026-08-07. */
const claudeCodeSettings = {
  type: 'object',
  properties: {
    allowManagedMcpServersOnly: { type: 'boolean' },
    allowedMcpServers: {
      type: 'array',
      items: {
        anyOf: [
          only({ serverName: { type: 'string', pattern: '^[a-zA-Z0-9_-]+$' } }, 'serverName'),
          only({ serverCommand: TEXTS }, 'serverCommand'),
          only({ serverUrl: TEXT }, 'serverUrl'),
        ],
      },
    },
  },
};

/** google-gemini/gemini-cli, schemas/settings.schema.json, of 2026-08-21. */
const geminiSettings = only({
  mcp: only({ serverCommand: TEXT, allowed: TEXTS, excluded: TEXTS }),
  mcpServers: byName(
    only({
      command: TEXT,
      args: TEXTS,
      env: TEXTS_BY_NAME,
      cwd: TEXT,
      url: TEXT,
      httpUrl: TEXT,
      headers: TEXTS_BY_NAME,
      tcp: TEXT,
      type: { enum: ['stdio', 'sse', 'http'] },
      timeout: { type: 'number' },
      trust: { type: 'boolean' },
    }),
  ),
});

/** microsoft/vscode, src/vs/workbench/contrib/mcp/common/mcpConfiguration.ts, commit 0b37532c. */
const vscodeServers = only({
  servers: byName({
    oneOf: [
      only({
        type: { enum: ['stdio'] },
        command: TEXT,
        args: TEXTS,
        cwd: TEXT,
        env: { type: 'object' },
        envFile: TEXT,
      }),
      only({ type: { enum: ['http', 'sse'] }, url: ADDRESS, headers: TEXTS_BY_NAME }, 'url'),
    ],
  }),
  inputs: { type: 'array' },
});

/** openai/codex, codex-rs/core/config.schema.json (`RawMcpServerConfig`), commit 000c857e. */
const codexConfig = only({
  mcp_servers: byName({ type: 'object', properties: { command: TEXT, args: TEXTS, env: TEXTS_BY_NAME, url: TEXT } }),
});

/** continuedev/continue, packages/config-yaml/src/schemas/mcp, commit 0a3f6338. */
const continueBlock = {
  type: 'object',
  properties: {
    name: TEXT,
    version: TEXT,
    schema: { const: 'v1' },
    mcpServers: {
      type: 'array',
      items: {
        type: 'object',
        properties: { name: TEXT, url: TEXT, type: { enum: ['sse', 'streamable-http'] } },
        required: ['name', 'url'],
      },
    },
  },
  required: ['name', 'version'],
};

/** zed-industries/zed, crates/settings_content/src/project.rs (`ContextServerSettingsContent`), commit 006ce515. */
const zedSettings = only({
  context_servers: byName(
    only({ enabled: { type: 'boolean' }, url: TEXT, headers: TEXTS_BY_NAME, timeout: { type: 'integer' } }, 'url'),
  ),
});

/** By the file, as it is written below the folder of its client. */
export const CLIENT_SCHEMAS: Readonly<Record<string, object>> = {
  'claude-code-managed/managed-settings.json': claudeCodeSettings,
  'gemini-cli/.gemini/settings.json': geminiSettings,
  'vscode/.vscode/mcp.json': vscodeServers,
  'codex/.codex/config.toml': codexConfig,
  'continue/.continue/mcpServers/approved.yaml': continueBlock,
  'zed/.config/zed/settings.json': zedSettings,
};
