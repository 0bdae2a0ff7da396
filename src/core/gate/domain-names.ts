import { isNoAddress } from '../net/addresses.ts';
import { addressSetOf } from './discover-networks.ts';

/** A host name of at least two labels (RFC 1123), in small letters; `*.` in front stands for names below it. What ends in a number, `0x1` too, is an address. */
const HOST_NAME =
  /^(?:\*\.)?(?=.{4,253}$)(?!.*\.0x[0-9a-f]*$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?=[a-z0-9-]*[a-z])[a-z0-9-]{2,63}$/;

/** Domains below which everybody registers: a top-level one, or the first level below that of a country. */
const EVERYBODYS = /^(?:(?:ac|co|com|edu|gov|net|org)\.)?[a-z]{2}$|^[a-z0-9-]+$/;

interface Refused {
  /** Last labels of a name: the name itself, and all below it. */
  readonly ends: readonly string[];
  /** What such a name is, for people. */
  readonly is: string;
}

/** Names that lead inside, whoever answers for them. The first that fits tells. */
const REFUSED: readonly Refused[] = [
  {
    ends: [
      'localhost',
      'localdomain',
      'ip6-localhost',
      'ip6-loopback',
      'lvh.me',
      'localtest.me',
      'lacolhost.com',
      'vcap.me',
    ],
    is: 'the machine itself',
  },
  {
    ends: [
      'metadata.google.internal',
      'metadata.goog',
      'instance-data',
      'metadata.azure.com',
      'metadata.platformequinix.com',
      'metadata.packet.net',
    ],
    is: "a cloud's metadata service",
  },
  {
    // Cluster DNS completes a name by namespaces: `kubernetes.default` is the API server.
    ends: [
      'svc',
      'default',
      'kube-system',
      'cluster.local',
      'local',
      'internal',
      'intranet',
      'lan',
      'corp',
      'home',
      'private',
      'home.arpa',
    ],
    is: 'inside a cluster or a private network',
  },
  {
    ends: ['nip.io', 'sslip.io', 'xip.io', 'traefik.me', '1u.ms', 'rbndr.us'],
    is: 'answered with whatever address stands in it',
  },
];

const isUnder = (name: string, end: string): boolean => name === end || name.endsWith(`.${end}`);

/** Why a name cannot be granted, as the end of a sentence about it; `undefined`: it can. */
export function domainProblem(name: string): string | undefined {
  if (name === '*') return 'is every host there is';
  const plain = name.startsWith('*.') ? name.slice(2) : name;
  const meant = plain.toLowerCase().replace(/\.$/, '');
  const refused = REFUSED.find(({ ends }) => ends.some(end => isUnder(meant, end)));
  if (refused !== undefined) return `is ${refused.is}`;
  if (plain !== name && EVERYBODYS.test(plain)) return 'is every host of a top-level domain';
  return HOST_NAME.test(name) ? undefined : 'is no host name in small letters, or *. before one';
}

/** Why a name is not that of one host, as the end of a sentence about it; `undefined`: it is. It may lead inside. */
export const hostNameProblem = (name: string): string | undefined =>
  !name.startsWith('*.') && HOST_NAME.test(name) ? undefined : 'is no host name in small letters, as mcp.example.com';

/** Why a text is neither the name nor the address of one host, as the end of a sentence about it; `undefined`: it is one. */
export const hostProblem = (host: string): string | undefined =>
  isNoAddress(addressSetOf(host)) ? hostNameProblem(host) : undefined;
