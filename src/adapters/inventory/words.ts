import type { InventoryPeer, InventoryServer, InventoryTraffic, ServerName } from '../../app/inventory/inventory.ts';
import { refText } from '../../core/explain.ts';

/** `production: Deployment shop/orders`; without the context in files. */
export const serverName = ({ context, ...ref }: ServerName): string =>
  `${context === '' ? '' : `${context}: `}${refText(ref)}`;

const portsText = (ports: readonly string[]): string =>
  ports.map(port => (port === 'any' ? 'every port' : port === 'other' ? 'protocols without ports' : port)).join(', ');

/** `pods app=envoy in namespaces …: TCP 8080` */
const peerText = ({ who, ports }: InventoryPeer): string => `${who}: ${portsText(ports)}`;

/** All ways, each once; where none is open, `nobody`. */
export function trafficTexts({ open }: InventoryTraffic, nobody: string): readonly string[] {
  return open.length === 0 ? [nobody] : [...new Set(open.map(peerText))];
}

const isEverybody = ({ peers }: InventoryPeer): boolean => peers.includes('any');

/** How many ways there are: `nobody`, `2 peers`, `anyone`. */
export function trafficCount(
  { open }: InventoryTraffic,
  words: { readonly none: string; readonly all: string },
): string {
  if (open.length === 0) return words.none;
  if (open.some(isEverybody)) return words.all;
  const count = new Set(open.map(({ who }) => who)).size;
  return `${count} ${count === 1 ? 'peer' : 'peers'}`;
}

export const ownerText = ({ owner: { team, madeBy } }: InventoryServer): string => team ?? madeBy;

/** `yes: SecurityPolicy …`, and of each way that asks nobody or is not known why; empty: no route or proxy leads to it. */
export function authenticationTexts({ authentication: { state, by, gaps } }: InventoryServer): readonly string[] {
  if (state === 'none') return [];
  return [[state, by.join(', ')].filter(text => text !== '').join(': '), ...gaps];
}

/** The day that it was seen for the first time; empty: not known. */
export const sinceText = ({ firstSeen = '' }: InventoryServer): string => firstSeen.slice(0, 10);

/** `ghcr.io/team/server:1@sha256:…` of each container. */
export const imageTexts = ({ images }: InventoryServer): readonly string[] =>
  images.map(({ image, digests }) => {
    const unwritten = digests.filter(digest => !image.endsWith(digest));
    return unwritten.length === 0 ? image : `${image} (${unwritten.join(', ')})`;
  });

export const exceptionTexts = ({ exceptions }: InventoryServer): readonly string[] =>
  exceptions.map(({ rule, reason, expires }) => `${rule} until ${expires}: ${reason}`);
