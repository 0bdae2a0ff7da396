import { type Fields, isFields, own } from '../../core/kube/reading.ts';

const listed = (value: unknown): readonly Fields[] =>
  (Array.isArray(value) ? value : isFields(value) ? Object.values(value) : []).filter(isFields);

function hostOf({ url }: Fields): readonly string[] {
  try {
    return typeof url === 'string' ? [new URL(url).hostname] : [];
  } catch {
    return [];
  }
}

/** An entry of the MCP registry API has its remotes in its server.json; one of ToolHive's file is one itself. */
function remotesOf(entry: Fields): readonly Fields[] {
  const server = own(entry, 'server');
  return [entry, ...listed(own(isFields(server) ? server : entry, 'remotes'))];
}

/** The hosts of the remote servers that a saved registry lists, of the MCP registry API or of ToolHive; of any other document none. */
export function remoteHosts(document: unknown): ReadonlySet<string> {
  if (!isFields(document)) return new Set();
  const data = own(document, 'data');
  const root = isFields(data) ? data : document;
  const entries = ['servers', 'remote_servers', 'remoteServers'].flatMap(key => listed(own(root, key)));
  return new Set(entries.flatMap(remotesOf).flatMap(hostOf));
}
