/** What the file of a client is called. */
interface ClientFile {
  readonly client: string;
  /** The end of its path, from the folder on that it is of; with `/` between the parts. */
  readonly path: RegExp;
}

const file = (client: string, ...paths: readonly RegExp[]): readonly ClientFile[] =>
  paths.map(path => ({ client, path }));

const COMPOSE = /(?:^|\/)(?:(?:docker-|podman-)?compose|docker-stack)(?:[.-][\w.-]+)?\.ya?ml$/i;

/**
 * Files by which clients are told of MCP servers, as their makers document them; the first that fits tells whose one is. What fits none is read where
 * it looks like one.
 */
const FILES: readonly ClientFile[] = [
  ...file(
    'Claude Desktop',
    /(?:^|\/)(?:(?:Library\/Application Support|AppData\/Roaming|\.config)\/Claude[\w-]*\/)?claude_desktop_config\.json$/i,
  ),
  ...file('Warp', /(?:^|\/)\.warp\/\.mcp\.json$/),
  ...file(
    'Claude Code',
    /(?:^|\/)(?:\.claude\/)?managed-(?:mcp|settings)\.json$/,
    /(?:^|\/)managed-settings\.d\/[^/]+\.json$/,
    /(?:^|\/)\.claude\.json$/,
    /(?:^|\/)\.claude\/[\w.-]+\.json$/,
    /(?:^|\/)\.mcp\.json$/,
  ),
  ...file(
    'VS Code',
    /(?:^|\/)\.vscode(?:-insiders|-server[\w/-]*)?\/(?:[\w/]+\/)?(?:mcp|settings)\.json$/,
    /(?:^|\/)(?:Library\/Application Support\/|AppData\/Roaming\/|\.config\/)?(?:Code(?: - Insiders)?|VSCodium)\/User\/(?:profiles\/[^/]+\/)?(?:mcp|settings)\.json$/,
    /(?:^|\/)(?:\.devcontainer\/(?:[^/]+\/)?)?\.?devcontainer\.json$/,
    /(?:^|\/)[^/]+\.code-workspace$/,
  ),
  ...file('Cursor', /(?:^|\/)\.cursor\/mcp\.json$/),
  ...file('Antigravity', /(?:^|\/)\.gemini\/(?:[\w-]+\/)?mcp_config\.json$/),
  ...file('Devin', /(?:^|\/)\.devin\/mcp_config\.json$/),
  ...file('Windsurf', /(?:^|\/)(?:\.codeium\/)?(?:windsurf(?:-next)?\/)?mcp_config\.json$/),
  ...file(
    'JetBrains',
    /(?:^|\/)\.junie\/(?:mcp\/)?mcp\.json$/,
    /(?:^|\/)(?:\.config\/)?github-copilot\/(?:[\w-]+\/)?mcp\.json$/,
    /(?:^|\/)\.aiassistant\/mcp\.json$/,
  ),
  ...file(
    'Gemini CLI',
    /(?:^|\/)\.gemini\/settings\.json$/,
    /(?:^|\/)gemini-cli\/(?:settings|system-defaults)\.json$/i,
    /(?:^|\/)(?:\.gemini\/extensions\/[^/]+\/)?gemini-extension\.json$/,
  ),
  ...file('Codex', /(?:^|\/)\.?codex\/(?:config|managed_config|requirements)\.toml$/),
  ...file('Continue', /(?:^|\/)\.continue\/(?:[\w-]+\/)?[\w.-]+\.(?:ya?ml|json)$/),
  ...file('Zed', /(?:^|\/)(?:\.config\/zed|\.zed|zed)\/settings\.json$/i),
  ...file('Cline', /(?:^|\/)cline_mcp_settings\.json$/),
  ...file('Roo Code', /(?:^|\/)\.roo\/mcp\.json$/, /(?:^|\/)(?:[\w.-]*roo[\w.-]*\/settings\/)?mcp_settings\.json$/),
  ...file('Kiro', /(?:^|\/)\.kiro\/settings\/mcp\.json$/),
  ...file('Amazon Q', /(?:^|\/)(?:\.aws\/amazonq|\.amazonq)\/(?:[\w-]+\/)?[\w.-]+\.json$/),
  ...file('Copilot CLI', /(?:^|\/)\.copilot\/mcp-config\.json$/),
  ...file('opencode', /(?:^|\/)(?:\.config\/opencode\/|\.opencode\/)?opencode\.jsonc?$/),
  ...file('Goose', /(?:^|\/)(?:\.config\/)?goose\/config\.ya?ml$/),
  ...file('Amp', /(?:^|\/)(?:\.config\/)?amp\/settings\.json$/),
  ...file('Factory', /(?:^|\/)\.factory\/mcp\.json$/),
  ...file('Kimi', /(?:^|\/)\.kimi\/mcp\.json$/),
  ...file('Mistral Vibe', /(?:^|\/)\.vibe\/config\.toml$/),
  ...file(
    'Trae',
    /(?:^|\/)\.trae\/mcp\.json$/,
    /(?:^|\/)(?:Library\/Application Support\/|AppData\/Roaming\/|\.config\/)?Trae\/User\/mcp\.json$/,
  ),
  ...file('LM Studio', /(?:^|\/)\.(?:cache\/)?lm-?studio\/mcp\.json$/),
  ...file('Compose', COMPOSE),
];

/** Whose a file is, and the folder that it is of; `undefined`: no client is known to read a file of its name. */
export interface KnownFile {
  readonly client: string;
  /** Of whom or what: a home, a checkout. Empty: the working folder. */
  readonly folder: string;
  /** Its name says that it is about MCP, or about the client: a map of `servers` in it is one of MCP servers. */
  readonly isNamed: boolean;
}

const unified = (path: string): string => path.replaceAll('\\', '/').replace(/^(?:\.\/)+/, '');

/** By its path alone. */
export function knownFile(path: string): KnownFile | undefined {
  const name = unified(path);
  for (const { client, path: end } of FILES) {
    const match = end.exec(name);
    if (match !== null) return { client, folder: name.slice(0, match.index), isNamed: true };
  }
  return undefined;
}

/** Whose a file is that holds servers and is not known by its name. */
export function otherFile(path: string): KnownFile {
  const name = unified(path);
  const slash = name.lastIndexOf('/');
  return {
    client: 'MCP client',
    folder: name.slice(0, Math.max(0, slash)),
    isNamed: /mcp/i.test(name.slice(slash + 1)),
  };
}

export const isCompose = (path: string): boolean => COMPOSE.test(unified(path));

/** Whether a file's name ends as those of configurations do; what another program unpacked (`node_modules`) is nobody's configuration. */
export const mayBeConfiguration = (path: string): boolean =>
  /\.(?:jsonc?|toml|ya?ml|code-workspace)$/i.test(path) && !/(?:^|[\\/])node_modules[\\/]/.test(path);

/** A text that holds servers for a client names them by one of these. A cheap look, without parsing it. */
const NAMES_SERVERS =
  /mcp[-_.]?servers|context_servers|modelContextProtocolServers|"servers"|"mcp"|^[ \t]*extensions:|enableAllProjectMcp/im;

export const mayNameServers = (text: string): boolean => NAMES_SERVERS.test(text);
