import type { RangeSource } from '../../app/cidrs/choices.ts';
import { type At, at, type Fields, isFields, own, pathText } from '../../core/kube/reading.ts';
import type { Problem } from '../../core/manifest.ts';

/** One object that a cloud's command line printed. */
export interface Answer {
  readonly kind: AnswerKind;
  readonly fields: Fields;
  /** File that holds it, or the command that printed it. */
  readonly file: string;
  /** Where it stands in what was printed; `undefined`: it is all of it. */
  readonly up: At | undefined;
}

/** An answer is known by fields that only its kind has; the first that fits. Sources: the APIs' own models, named in docs/cidrs.md. */
const SHAPES = [
  {
    kind: 'gke-cluster',
    cloud: 'gke',
    fields: ['clusterIpv4Cidr', 'servicesIpv4Cidr', 'ipAllocationPolicy', 'nodePools', 'currentMasterVersion'],
  },
  { kind: 'gcp-subnet', cloud: 'gke', fields: ['ipCidrRange', 'secondaryIpRanges'] },
  { kind: 'eks-cluster', cloud: 'eks', fields: ['resourcesVpcConfig', 'kubernetesNetworkConfig'] },
  { kind: 'aws-subnet', cloud: 'eks', fields: ['SubnetId'] },
  { kind: 'vpc', cloud: 'eks', fields: ['CidrBlockAssociationSet', 'VpcId'] },
  { kind: 'aks-cluster', cloud: 'aks', fields: ['networkProfile', 'agentPoolProfiles'] },
  { kind: 'vnet', cloud: 'aks', fields: ['addressSpace'] },
  { kind: 'azure-subnet', cloud: 'aks', fields: ['addressPrefix', 'addressPrefixes'] },
] as const satisfies readonly { kind: string; cloud: RangeSource; fields: readonly string[] }[];

export type AnswerKind = (typeof SHAPES)[number]['kind'];
export type CloudId = (typeof SHAPES)[number]['cloud'];

/** Which cloud gives answers of a kind. */
export const cloudOf = (kind: AnswerKind): CloudId | undefined => SHAPES.find(shape => shape.kind === kind)?.cloud;

/** Objects that hold others and nothing else that is read, by the field that they hold them in. */
const WRAPPERS = ['cluster', 'clusters', 'Vpcs', 'Subnets', 'value', 'items'];

/** Deepest nesting of lists and wrappers: a list of clusters in their wrappers. */
const MAX_DEPTH = 4;

export interface ReadAnswers {
  readonly answers: readonly Answer[];
  readonly problems: readonly Problem[];
}

const unreadable = (file: string, up: At | undefined, message: string): ReadAnswers => ({
  answers: [],
  problems: [{ severity: 'error', code: 'unreadable-answer', file, line: 0, column: 0, field: pathText(up), message }],
});

const joined = (all: readonly ReadAnswers[]): ReadAnswers => ({
  answers: all.flatMap(({ answers }) => answers),
  problems: all.flatMap(({ problems }) => problems),
});

/** Azure's own interface puts what its command line prints at the top into `properties`. */
function plainFields(fields: Fields): Fields {
  const properties = own(fields, 'properties');
  return isFields(properties) ? { ...properties, ...fields } : fields;
}

function answersIn(value: unknown, file: string, up: At | undefined, depth: number): ReadAnswers {
  if (depth > MAX_DEPTH) return unreadable(file, up, 'lists in lists are no answer of a cloud');
  if (Array.isArray(value))
    return joined(value.map((item: unknown, index) => answersIn(item, file, at(up, index), depth + 1)));
  if (!isFields(value)) return unreadable(file, up, 'this is no object: save the whole answer as JSON');
  const fields = plainFields(value);
  const shape = SHAPES.find(one => one.fields.some(field => own(fields, field) !== undefined));
  if (shape !== undefined) return { answers: [{ kind: shape.kind, fields, file, up }], problems: [] };
  const wrapper = WRAPPERS.find(name => own(value, name) !== undefined);
  if (wrapper !== undefined) return answersIn(own(value, wrapper), file, at(up, wrapper), depth + 1);
  return unreadable(file, up, 'this is no answer of a cloud that is known: no cluster, subnet, VPC or VNet');
}

/** Reads what a cloud's command line printed as JSON, perhaps behind a byte order mark: one object, or a list. What it is, its content tells. Never throws. */
export function readAnswers(text: string, file: string): ReadAnswers {
  try {
    return answersIn(JSON.parse(text.replace(/^\uFEFF/, '')), file, undefined, 0);
  } catch {
    return unreadable(file, undefined, 'this is no JSON: have it printed with --format=json (gcloud) or --output json');
  }
}
