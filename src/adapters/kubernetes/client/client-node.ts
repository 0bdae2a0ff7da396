import type { Agent, OutgoingHttpHeaders } from 'node:http';
import type { RequestOptions } from 'node:https';
import { isIP } from 'node:net';
import { KubeConfig } from '@kubernetes/client-node/dist/config.js';
import type { Fields } from '../../../core/kube/reading.ts';
import { type Credentials, type Identity, noCredentials, type Secret, type SecretSource } from './credentials.ts';
import { badKubeconfig } from './kubeconfig.ts';

/** What the requests to one API server are signed by. */
export interface Signing {
  readonly server: URL;
  /** PEM of the authorities that the server's certificate is checked by; `undefined`: those that Node trusts. */
  readonly ca: string | undefined;
  /** The server's certificate is not checked at all. */
  readonly isInsecure: boolean;
  /** Name that the server's certificate must bear; empty: the host of `server`. */
  readonly serverName: string;
  readonly proxy: URL | undefined;
  readonly secrets: SecretSource;
  readonly basic: { readonly username: string; readonly password: string } | undefined;
  /** `config` of the auth-provider `oidc`. */
  readonly oidc: Fields | undefined;
  readonly impersonation: OutgoingHttpHeaders;
}

const base64 = (text: string): string => Buffer.from(text).toString('base64');

/** What the library's agents cannot do is refused, since it would be another request than kubectl's, or none. */
function refuseWhatAgentsCannot({ server, proxy }: Signing): void {
  if (proxy === undefined || proxy.protocol.startsWith('socks')) return;
  if (server.protocol === 'http:') throw badKubeconfig('an HTTP proxy is not supported for a server of plain HTTP');
  if (isIP(server.hostname.replace(/^\[|\]$/g, '')) === 6)
    throw badKubeconfig('an HTTP proxy is not supported for a server at an IPv6 address');
}

function clusterOf({ server, ca, isInsecure, serverName, proxy }: Signing) {
  return {
    name: 'cluster',
    server: server.href,
    // The library takes plain HTTP, which `kubectl proxy` speaks, only with this word.
    skipTLSVerify: isInsecure || server.protocol === 'http:',
    ...(ca !== undefined && { caData: base64(ca) }),
    ...(serverName !== '' && { tlsServerName: serverName }),
    // As Go has it, the proxy looks names up for both; the library leaves it to the proxy only for socks5h.
    ...(proxy && { proxyUrl: proxy.href.replace(/^socks5:/, 'socks5h:') }),
  };
}

function userOf({ basic }: Signing, { token, certificate }: Secret, oidc: object | undefined) {
  return {
    name: 'user',
    ...(token !== undefined && { token }),
    ...(certificate && { certData: base64(certificate.cert), keyData: base64(certificate.key) }),
    ...basic,
    ...(oidc && { authProvider: { name: 'oidc', config: oidc } }),
  };
}

const CONTEXT = { name: 'context', cluster: 'cluster', user: 'user' };

function headersOf({ headers = {}, auth }: RequestOptions): OutgoingHttpHeaders {
  const named = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value] as const);
  return {
    ...Object.fromEntries(named),
    ...(typeof auth === 'string' && { authorization: `Basic ${base64(auth)}` }),
  };
}

/**
 * The library makes agents that close each connection after one request, and that check a proxy by the authorities of Node.js; Go checks it as
 * it checks the server, and shows it the same certificate.
 */
function completeAgent({ agent, ca, cert, key, rejectUnauthorized }: RequestOptions): Agent {
  if (typeof agent !== 'object') throw badKubeconfig('no way to connect');
  return Object.assign(agent, { keepAlive: true, proxyRequestOptions: { ca, cert, key, rejectUnauthorized } });
}

/** The library refreshes an expired token, but sends nothing where it cannot: nobody must become anonymous that way. */
function refuseAnonymous(oidc: object | undefined, headers: OutgoingHttpHeaders): void {
  if (oidc !== undefined && headers.authorization === undefined)
    throw new Error('the token has ended, and client-id, refresh-token, idp-issuer-url do not suffice for another');
}

/** What the library is given of `config`, and notes new tokens in. It passes the issuer on as it is to what takes a URL alone. */
function oidcConfig(config: Fields): Record<string, unknown> {
  const issuer = String(config['idp-issuer-url'] ?? '');
  return { ...config, ...(URL.canParse(issuer) && { 'idp-issuer-url': new URL(issuer) }) };
}

/** What the library does not send, or cannot use, once a token must be refreshed. */
const NOT_FOR_REFRESH = ['client-secret', 'idp-certificate-authority', 'idp-certificate-authority-data'];

function whyNoToken(config: Fields): string {
  const unsupported = NOT_FOR_REFRESH.filter(key => config[key]);
  const why = unsupported.length > 0 ? ` (to refresh it with ${unsupported.join(', ')} is not supported)` : '';
  return `no token of the auth-provider "oidc"${why}`;
}

/**
 * Signs requests by @kubernetes/client-node: TLS, headers, connections through proxies, and tokens of OIDC, which are refreshed and not written back.
 * What the library lacks is done before: merging files, impersonation, plugins, proxies of the environment. Throws a GateError for a proxy that it
 * cannot use.
 */
export function createSigner(signing: Signing): Credentials {
  refuseWhatAgentsCannot(signing);
  const cluster = clusterOf(signing);
  const oidc = signing.oidc && oidcConfig(signing.oidc);
  let config = new KubeConfig();
  let cert: string | undefined;
  const sign = async (): Promise<Identity> => {
    const secret = await signing.secrets.current();
    // A config keeps its agent for good: another certificate needs another.
    if (secret.certificate?.cert !== cert) config = new KubeConfig();
    cert = secret.certificate?.cert;
    const user = userOf(signing, secret, oidc);
    config.loadFromOptions({ clusters: [cluster], users: [user], contexts: [CONTEXT], currentContext: CONTEXT.name });
    const options: RequestOptions = {};
    const { 'id-token': token, 'refresh-token': refreshToken } = oidc ?? {};
    await config.applyToHTTPSOptions(options);
    if (oidc && oidc['id-token'] !== token) {
      // A provider that sends no new one means the old. The library takes the seconds that a new token lasts for its end: a new config reads the token's own.
      oidc['refresh-token'] ??= refreshToken;
      config = new KubeConfig();
    }
    const headers = headersOf(options);
    refuseAnonymous(oidc, headers);
    return { headers: { ...headers, ...signing.impersonation }, agent: completeAgent(options) };
  };
  let pending: Promise<Identity> | undefined;
  return {
    // One at a time: two refreshes at once would spend one refresh token twice.
    current: () => {
      pending ??= sign()
        .catch(error => {
          throw signing.oidc ? noCredentials(whyNoToken(signing.oidc), error) : error;
        })
        .finally(() => {
          pending = undefined;
        });
      return pending;
    },
    renew: signing.secrets.renew,
  };
}
