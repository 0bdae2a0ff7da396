import { BlockList, isIP } from 'node:net';
import { badKubeconfig } from './kubeconfig.ts';

type Environment = Readonly<Record<string, string | undefined>>;

const family = (address: string): 'ipv4' | 'ipv6' => (isIP(address) === 6 ? 'ipv6' : 'ipv4');

function isInBlock(host: string, block: string): boolean {
  const [address = '', prefix = ''] = block.split('/');
  if (isIP(host) === 0 || isIP(address) === 0 || !/^\d{1,3}$/.test(prefix)) return false;
  if (Number(prefix) > (isIP(address) === 6 ? 128 : 32)) return false;
  const blocks = new BlockList();
  blocks.addSubnet(address, Number(prefix), family(address));
  return blocks.check(host, family(host));
}

function isSameAddress(host: string, address: string): boolean {
  const addresses = new BlockList();
  addresses.addAddress(address, family(address));
  return isIP(host) !== 0 && addresses.check(host, family(host));
}

/** `host`, `host:port`, `[v6]:port`; an IPv6 address without brackets has no port. */
function splitPort(entry: string): readonly [host: string, port: string] {
  const [, bracketed, plain, port = ''] = /^(?:\[([^\]]*)\]|([^:]*)):(\d+)$/.exec(entry) ?? [];
  return [bracketed ?? plain ?? entry, port];
}

/** Whether one entry of NO_PROXY is about this host (lower case, no brackets) and port. */
function isExcepted(entry: string, host: string, port: string): boolean {
  if (entry === '*') return true;
  if (entry.includes('/')) return isInBlock(host, entry);
  const [name, onlyPort] = splitPort(entry);
  if (name === '' || (onlyPort !== '' && onlyPort !== port)) return false;
  if (isIP(name) !== 0) return isSameAddress(host, name);
  const domain = name.startsWith('*.') ? name.slice(1) : name;
  return domain.startsWith('.') ? host.endsWith(domain) : host === domain || host.endsWith(`.${domain}`);
}

const isLoopback = (host: string): boolean =>
  host === 'localhost' || isInBlock(host, '127.0.0.0/8') || (isIP(host) === 6 && isSameAddress(host, '::1'));

const SCHEMES = ['http:', 'https:', 'socks5:', 'socks5h:'];

function proxyUrl(text: string, where: string): URL {
  const url = [text, `http://${text}`].map(candidate => (URL.canParse(candidate) ? new URL(candidate) : undefined));
  const usable = url.find(candidate => candidate !== undefined && SCHEMES.includes(candidate.protocol));
  if (usable === undefined) throw badKubeconfig(`${where} is no address of a proxy: "${text}"`);
  return usable;
}

const either = (env: Environment, name: string): string => env[name] || env[name.toLowerCase()] || '';

/** The port of an address, also where it is the scheme's own. */
const portOf = ({ port, protocol }: URL): string => port || (protocol === 'https:' ? '443' : '80');

/**
 * The proxy that the environment names for a server, by the rules of Go's ProxyFromEnvironment (golang.org/x/net/http/httpproxy): HTTPS_PROXY or
 * HTTP_PROXY by the server's scheme, in capitals first; never for localhost, nor for what NO_PROXY lists. `undefined`: none.
 */
function environmentProxy(server: URL, env: Environment): URL | undefined {
  const variable = server.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY';
  const text = either(env, variable);
  const host = server.hostname.replace(/^\[|\]$/g, '').toLowerCase();
  if (text === '' || isLoopback(host)) return undefined;
  const exceptions = either(env, 'NO_PROXY')
    .split(',')
    .map(entry => entry.trim().toLowerCase());
  if (exceptions.some(entry => isExcepted(entry, host, portOf(server)))) return undefined;
  return proxyUrl(text, variable);
}

/** The proxy of the cluster (`proxy-url`; empty: none), which goes before the one of the environment. */
export function proxyOf(server: URL, clusterProxy: string, env: Environment): URL | undefined {
  if (clusterProxy === '') return environmentProxy(server, env);
  const url = URL.canParse(clusterProxy) ? new URL(clusterProxy) : undefined;
  if (url && ['http:', 'https:', 'socks5:'].includes(url.protocol)) return url;
  throw badKubeconfig(`"proxy-url" must begin with http, https or socks5: "${clusterProxy}"`);
}
