import { EXIT_STATUS, examples } from './help-parts.ts';

/** What `--help` says of what lies around the cluster, by command. */
export const AROUND_HELP: readonly (readonly [command: string, text: string])[] = [
  [
    'dashboard',
    `${examples([
      'chokepoint dashboard',
      'chokepoint dashboard --context production --open',
      'chokepoint dashboard --record record.jsonl --port 0',
    ])}

It watches the cluster with your own rights, by get, list and watch alone, and judges again when something changes. It listens on 127.0.0.1, and
answers GET under that name, for its own page: who can open connections from this machine can read it, as with kubectl proxy. Standard output has the
address of the page. docs/dashboard.md has the rights that it needs.

Exit status:
  0  stopped by a signal
  2  it could not start: usage, configuration, cluster or port`,
  ],
  [
    'perimeter',
    `${examples([
      'chokepoint perimeter --as nftables > perimeter.nft && nft -c -f perimeter.nft',
      'chokepoint perimeter --as squid --phase log',
      'chokepoint perimeter --as gcp --phase enforce > perimeter.tf',
    ])}

It reads spec.perimeter of the GatePolicy: where the gateway is, which ports MCP servers listen on, which networks are yours.
Nothing is loaded anywhere. The head of each output says how it is loaded, how it is taken back, and what it does not see. With
--phase log nothing is stopped, and what --phase enforce would stop is logged: docs/perimeter.md.

Exit status:
  0  written
  2  usage, or a configuration that cannot be read`,
  ],
  [
    'perimeter gateway',
    `${examples(['chokepoint perimeter gateway', 'chokepoint perimeter gateway gateway/mcp --context production'])}

It reads the Gateways (gateway.networking.k8s.io) and Services of a cluster by list alone, and tells of one what its status says: addresses, and host
names of its HTTPS listeners. Told on standard error: an address that nothing reserves, a name in place of an address, and what the GatePolicy lacks.

Exit status:
  0  its addresses are reserved, and the configuration, where it has a perimeter, has them
  1  something is told on standard error
  2  usage, or a cluster that has no such gateway or cannot be read`,
  ],
  [
    'perimeter observed',
    `${examples([
      'chokepoint perimeter observed /var/log/squid/chokepoint.log',
      'chokepoint perimeter observed access.log flows.jsonl --output csv > endpoints.csv',
      'chokepoint perimeter observed access.log --write chokepoint.yaml --approve mcp.vendor.example --owner team-tools',
    ])}

It reads what chokepoint perimeter --as squid and --as envoy have their proxies log, the native, common and combined formats of Squid, the default
format of Envoy, and flow records as chokepoint observe does; which form a line has, its content tells. Told are requests that show MCP: a session or
version of the protocol, a path of it, a host that is known for it or called so; of flows, a port of mcpPorts inside. Memory is bounded by endpoints.

Exit status:
  0  every MCP endpoint in use is approved: the gateway, or one of registry.remotes
  1  an endpoint that nobody approved is in use
  2  usage, or a line, a log or the configuration that cannot be read`,
  ],
  [
    'agents',
    `${examples([
      'chokepoint agents --client cursor',
      'chokepoint agents --client claude-code-managed vscode-managed --output clients/',
      'chokepoint agents --output clients/',
      'chokepoint agents --path /mcp',
    ])}

It reads spec.registry and spec.perimeter of the GatePolicy: what is approved, remote servers too, and the name of the gateway. Nothing is installed anywhere: where
each client looks for its file says docs/agents.md.

Exit status:
  0  printed or written
  2  usage, a configuration that cannot be read or does not say enough, or a file that could not be written`,
  ],
  [
    'agents check',
    `${examples([
      'chokepoint agents check .',
      'chokepoint agents check .mcp.json .vscode/mcp.json compose.yaml',
      'chokepoint agents check fleet/ --output sarif > agents.sarif     a folder for each host and user',
      'chokepoint agents check ~ --config chokepoint.yaml --report json=agents.json',
      'chokepoint agents check fleet/ --against agents.json             only what is not in it fails',
      'chokepoint agents check . --level client-local-server=warn',
    ])}

It reads the files by which Claude Desktop, Claude Code, VS Code, Cursor, Windsurf, JetBrains, Gemini CLI, Codex, Continue, Zed and others are told of
MCP servers, whatever else has an mcpServers in it, and Compose files, whose services are servers where detection says so. Which host the gateway is,
and which servers are approved, says the GatePolicy: spec.perimeter and spec.registry. Secrets that are found are never printed. Folders are searched as
by check. Where there is no such file at all, that is an error unless --allow-empty is given. The rules: docs/agents.md.
${EXIT_STATUS}`,
  ],
];
