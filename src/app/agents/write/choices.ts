/** Clients that configuration is written for, and the forms of them that an administrator sets. */
export const CLIENT_NAMES = [
  'claude-code',
  'claude-code-managed',
  'claude-desktop',
  'claude-desktop-managed',
  'codex',
  'codex-managed',
  'continue',
  'cursor',
  'gemini-cli',
  'jetbrains',
  'mcp-servers',
  'vscode',
  'vscode-managed',
  'windsurf',
  'zed',
] as const;
export type ClientName = (typeof CLIENT_NAMES)[number];
