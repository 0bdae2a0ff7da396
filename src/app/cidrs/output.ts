import { BUILTIN_DATA } from '../../core/gate/document/builtin.ts';
import { parseCidr } from '../../core/net/cidr.ts';
import type { Family } from '../../core/net/ip.ts';
import { visibleData, visibleText } from '../../core/visible-text.ts';
import type { RangeFormat, RangeSource } from './choices.ts';
import { type NotSeen, RANGE_CLASSES, type Range, type RangeClass, type SeenRanges } from './ranges.ts';

const cidrsOf = ({ ranges }: SeenRanges, name: RangeClass): readonly string[] =>
  ranges.filter(range => range.class === name).map(({ cidr }) => cidr);

function jsonText(seen: SeenRanges): string {
  const printed = {
    protectedNetworks: Object.fromEntries(RANGE_CLASSES.map(name => [name, cidrsOf(seen, name)])),
    sources: seen.ranges.map(({ cidr, class: name, from }) => ({ cidr, class: name, from })),
    notSeen: seen.notSeen,
  };
  return `${JSON.stringify(visibleData(printed), null, 2)}\n`;
}

/** What stands behind the metadata address. */
const METADATA: Readonly<Record<RangeSource, string>> = {
  gke: 'GCP metadata',
  eks: 'AWS metadata',
  aks: 'Azure metadata',
  cluster: 'metadata',
};

/** Order of the classes in a list. */
const LISTED: readonly RangeClass[] = ['nodes', 'controlPlane', 'pods', 'services', 'extra'];

/** Metadata addresses of a family: those of every cloud, and the provider's own. */
const metadataOf = ({ provider }: SeenRanges, family: Family): readonly string[] =>
  BUILTIN_DATA.metadataAddresses
    .filter(one => one.tier === 'metadata' && (one.provider === 'any' || one.provider === provider))
    .map(({ cidr }) => cidr)
    .filter(cidr => (parseCidr(cidr).range?.v4.length ?? 0) > 0 === (family === 4));

/** The lines of one family; a block that stands in two classes stands once. */
function listLines(seen: SeenRanges, family: Family): readonly string[] {
  const ranges = LISTED.flatMap(name => seen.ranges.filter(range => range.class === name && range.family === family));
  const labels = new Map<string, string>();
  for (const { cidr, label } of ranges) if (!labels.has(cidr)) labels.set(cidr, label);
  for (const cidr of metadataOf(seen, family)) labels.set(cidr, METADATA[seen.source]);
  return [...labels].map(([cidr, label]) => `- ${cidr} # ${label}\n`);
}

/** An `except` holds addresses of its block's family alone, so that those of IPv6 go into a list of their own. */
function listText(seen: SeenRanges): string {
  const hasV6 = seen.ranges.some(({ family }) => family === 6);
  return [...listLines(seen, 4), ...(hasV6 ? ['# for the except of ::/0:\n', ...listLines(seen, 6)] : [])].join('');
}

/** What stands behind a block in a configuration: whose line it is, and where it was read. */
export const commentOf = ({ mark }: SeenRanges, { from }: Range): string => visibleText(`${mark}: ${from}`);

/** `nodes: not seen: subnet nodes: …`. */
const notSeenText = ({ class: name, reason }: NotSeen): string => visibleText(`${name}: not seen: ${reason}`);

/** A line for each, for standard error. */
export const notSeenLines = ({ notSeen }: SeenRanges): string => notSeen.map(one => `${notSeenText(one)}\n`).join('');

function classLines(seen: SeenRanges, name: RangeClass): readonly string[] {
  const ranges = seen.ranges.filter(range => range.class === name);
  const missing = seen.notSeen.filter(one => one.class === name).map(one => `    # ${notSeenText(one)}`);
  const blocks = ranges.map(range => `    - ${range.cidr} # ${commentOf(seen, range)}`);
  if (blocks.length > 0) return [`    ${name}:`, ...blocks, ...missing];
  const isCovered = seen.covered.some(covered => covered === name);
  return isCovered ? [...missing, `    ${name}: []`] : missing;
}

/** A whole GatePolicy document with what was seen. A class of which nothing was seen is not there, which means that it is not known. */
export function gatePolicyText(seen: SeenRanges): string {
  const lines = [
    `# Ranges of ${visibleText(seen.subject)}, as chokepoint cidrs ${seen.source} reads them.`,
    'apiVersion: chokepoint.dev/v1alpha1',
    'kind: GatePolicy',
    'metadata:',
    '  name: default',
    'spec:',
    ...(seen.provider === undefined ? [] : [`  provider: ${seen.provider}`]),
    '  protectedNetworks:',
    ...RANGE_CLASSES.flatMap(name => classLines(seen, name)),
  ];
  return `${lines.join('\n')}\n`;
}

const TEXTS: Readonly<Record<RangeFormat, (seen: SeenRanges) => string>> = {
  yaml: gatePolicyText,
  list: listText,
  json: jsonText,
};

export const rangesText = (seen: SeenRanges, format: RangeFormat): string => TEXTS[format](seen);
