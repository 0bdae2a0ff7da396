import { type Fields, isFields, own } from '../../core/kube/reading.ts';

const listed = (value: unknown): readonly Fields[] =>
  (Array.isArray(value) ? value : isFields(value) ? Object.values(value) : []).filter(isFields);

/** Where a remote server is reached. */
export interface Remote {
  /** In small letters, without brackets. */
  readonly host: string;
  readonly port: number;
}

function remoteAt({ url }: Fields): readonly Remote[] {
  try {
    const { hostname, port, protocol } = new URL(typeof url === 'string' ? url : '');
    if (hostname === '') return [];
    const usual = protocol === 'http:' ? 80 : 443;
    return [{ host: hostname.replace(/^\[|\]$/g, ''), port: port === '' ? usual : Number(port) }];
  } catch {
    return [];
  }
}

/** An entry of the MCP registry API has its remotes in its server.json; one of ToolHive's file is one itself. */
export function remotesOf(entry: Fields): readonly Remote[] {
  const server = own(entry, 'server');
  return [entry, ...listed(own(isFields(server) ? server : entry, 'remotes'))].flatMap(remoteAt);
}

/** The hosts of the remote servers that a saved registry lists, of the MCP registry API or of ToolHive; of any other document none. */
export function remoteHosts(document: unknown): ReadonlySet<string> {
  if (!isFields(document)) return new Set();
  const data = own(document, 'data');
  const root = isFields(data) ? data : document;
  const entries = ['servers', 'remote_servers', 'remoteServers'].flatMap(key => listed(own(root, key)));
  return new Set(entries.flatMap(remotesOf).map(({ host }) => host));
}
