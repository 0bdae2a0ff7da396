import type { Registry, RegistryRemote } from '../../core/gate/types.ts';
import type { Report, RuleInfo } from '../../core/rule.ts';
import type { ClientServer } from './client-server.ts';
import type { KnownHosts } from './destination.ts';

/** What servers of clients are judged by. */
export interface ClientFacts extends KnownHosts {
  /** The approved servers; `undefined`: servers need no approval. */
  readonly registry: Registry | undefined;
  /** The approved servers that run elsewhere. */
  readonly remotes: readonly RegistryRemote[];
}

/** A rule about one server that a client is told of. Pure. Paths are those of the client's file. */
export interface ClientRule<MessageId extends string = string> extends RuleInfo<MessageId> {
  check(server: ClientServer, facts: ClientFacts): readonly Report<MessageId>[];
}

/** Keeps the message ids of a rule's table and of its reports the same, by type. */
export const defineClientRule = <MessageId extends string>(rule: ClientRule<MessageId>): ClientRule<MessageId> => rule;

/** OWASP MCP09:2025, shadow MCP servers, and the specification's own advice on connections. */
export const SOURCES = {
  shadow: 'https://owasp.org/www-project-mcp-top-10/',
  transports: 'https://modelcontextprotocol.io/specification/2025-11-25/basic/transports',
  practices: 'https://modelcontextprotocol.io/specification/2025-11-25/basic/security_best_practices',
} as const;
