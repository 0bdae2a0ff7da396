import { stringify } from 'yaml';
import gateException from '../policies/gate-exception.schema.json' with { type: 'json' };
import gatePolicy from '../policies/gate-policy.schema.json' with { type: 'json' };

type Fields = Readonly<Record<string, unknown>>;
type Definitions = Readonly<Record<string, Fields>>;

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Keywords that a structural schema has too (apiextensions.k8s.io/v1 JSONSchemaProps). */
const KEPT: ReadonlySet<string> = new Set([
  ...['type', 'description', 'enum', 'format', 'pattern', 'minimum', 'maximum', 'maxLength', 'minItems', 'maxItems'],
  ...['required', 'properties', 'items', 'additionalProperties'],
]);

/**
 * Most items of lists below which there are rules in CEL, by the name of their field: the API server takes a rule only where it can tell what it
 * costs at most. A file has no such limits.
 */
const MOST_ITEMS: ReadonlyMap<string, number> = new Map([
  ['gateways', 128],
  ['allowedClients', 128],
  ['allowedDestinations', 128],
  ['from', 256],
  ['to', 256],
  ['ports', 64],
  ['matchExpressions', 8],
  ['rollout', 64],
]);

/** What a reference leads to, under what stands beside it. */
function resolved(node: Fields, definitions: Definitions): Fields {
  const { $ref, ...beside } = node;
  if (typeof $ref !== 'string') return node;
  const name = $ref.slice('#/$defs/'.length);
  const found = definitions[name];
  if (found === undefined) throw new Error(`the schema has no definition "${name}"`);
  return resolved({ ...found, ...beside }, definitions);
}

/** `dependentRequired` of JSON Schema as rules. */
function dependencies(node: Fields): readonly Fields[] {
  const { dependentRequired } = node;
  if (!isFields(dependentRequired)) return [];
  return Object.entries(dependentRequired).flatMap(([field, needed]) =>
    (needed as readonly string[]).map(other => ({
      rule: `!has(self.${field}) || has(self.${other})`,
      message: `${field} needs ${other}`,
    })),
  );
}

function rulesOf(node: Fields): Fields {
  const written = (node['x-kubernetes-validations'] ?? []) as readonly Fields[];
  const rules = [...written, ...dependencies(node)];
  return rules.length === 0 ? {} : { 'x-kubernetes-validations': rules };
}

/** A type that is one of two is a number or a text: nothing else is written so. */
const typeOf = ({ type }: Fields): Fields => (Array.isArray(type) ? { 'x-kubernetes-int-or-string': true } : { type });

function keywordValue(key: string, value: unknown, definitions: Definitions): unknown {
  if (key === 'properties' && isFields(value)) {
    return Object.fromEntries(
      Object.entries(value).map(([name, below]) => [name, structural(below as Fields, definitions, name)]),
    );
  }
  return (key === 'items' || key === 'additionalProperties') && isFields(value)
    ? structural(value, definitions, '')
    : value;
}

/** A node of the JSON Schema as a structural schema. Of an object whose fields are known, others are none, which needs no keyword there. */
function structural(node: Fields, definitions: Definitions, name: string): Fields {
  const whole = resolved(node, definitions);
  const kept = Object.entries(whole).filter(
    ([key, value]) =>
      KEPT.has(key) && key !== 'type' && !(key === 'additionalProperties' && (value === false || whole.properties)),
  );
  const told = Object.entries(whole).filter(([key]) => /^x-kubernetes-(?:list|map)-/.test(key));
  const most = MOST_ITEMS.get(name);
  return {
    ...typeOf(whole),
    ...Object.fromEntries(kept.map(([key, value]) => [key, keywordValue(key, value, definitions)])),
    ...(most !== undefined && { maxItems: most }),
    ...Object.fromEntries(told),
    ...rulesOf(whole),
  };
}

const text = (description: string, more: Fields = {}): Fields => ({ type: 'string', description, ...more });

/** meta/v1 Condition. */
const CONDITION: Fields = {
  type: 'object',
  description: 'One aspect of the state of the object.',
  required: ['type', 'status', 'reason', 'message', 'lastTransitionTime'],
  properties: {
    type: text('Which aspect.', { maxLength: 316 }),
    status: text('Whether it is so.', { enum: ['True', 'False', 'Unknown'] }),
    reason: text('Why, in one word for programs.', { maxLength: 1024 }),
    message: text('Why, for people.', { maxLength: 32768 }),
    lastTransitionTime: text('When status changed last.', { format: 'date-time' }),
    observedGeneration: {
      type: 'integer',
      format: 'int64',
      description: 'The metadata.generation that this was said of.',
    },
  },
};

const statusSchema = (conditions: string): Fields => ({
  type: 'object',
  description: 'What has become of the object. The controller alone writes it.',
  properties: {
    conditions: {
      type: 'array',
      description: conditions,
      items: CONDITION,
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['type'],
    },
  },
});

/** A column of `kubectl get`. */
const column = (name: string, jsonPath: string, description: string, more: Fields = {}): Fields => ({
  name,
  type: 'string',
  jsonPath,
  description,
  ...more,
});

const conditionAt = (field: string): string => `.status.conditions[?(@.type=="Ready")].${field}`;
const LAST_COLUMNS = [
  column('Ready', conditionAt('status'), 'Whether it counts.'),
  column('Reason', conditionAt('reason'), 'Why it counts, or why not.'),
  column('Age', '.metadata.creationTimestamp', 'Since when it is there.', { type: 'date' }),
];

/** One of our kinds. */
interface OwnKind {
  readonly kind: string;
  readonly plural: string;
  readonly scope: 'Cluster' | 'Namespaced';
  readonly schema: Fields & { readonly description: string; readonly properties: Fields & { readonly spec: Fields } };
  readonly definitions: Definitions;
  readonly conditions: string;
  readonly columns: readonly Fields[];
}

const KINDS: readonly OwnKind[] = [
  {
    kind: 'GatePolicy',
    plural: 'gatepolicies',
    scope: 'Cluster',
    schema: {
      ...gatePolicy,
      description:
        'The configuration of Chokepoint. The one named default counts, where no file configures the gate; of the others the status says that they do not.',
    },
    definitions: gatePolicy.$defs,
    conditions:
      'Ready: whether the gate judges by it, or why not (Ignored: a file holds over it; NotDefault: it has another name). Degraded: whether it cannot be used, so that the last good one holds; the reason is that of the first problem, and the message has them all.',
    columns: [
      column('Preset', '.spec.preset', 'Which rules deny and which warn.'),
      column('Mode', '.spec.mode', 'Of namespaces without the label chokepoint.dev/mode.'),
    ],
  },
  {
    kind: 'GateException',
    plural: 'gateexceptions',
    scope: 'Namespaced',
    schema: gateException,
    definitions: {},
    conditions:
      'Ready: whether it sets aside what it asks for, or why not (NotAllowed: the GatePolicy does not let it; Ended: its last day is over; Invalid: it cannot be read; PartlyAllowed: some of its rules).',
    columns: [
      column('Kind', '.spec.object.kind', 'Kind of the object that it is for.'),
      column('Object', '.spec.object.name', 'Name of the object that it is for.'),
      column('Rules', '.spec.rules', 'Whose findings are to be set aside.', { priority: 1 }),
      column('Expires', '.spec.expires', 'Last day on which it holds.'),
    ],
  },
];

const TYPE: Fields = {
  apiVersion: text('Version of the shape of this object.'),
  kind: text('Kind of this object.'),
  metadata: { type: 'object' },
};

/** A CustomResourceDefinition of apiextensions.k8s.io/v1. */
function definitionOf({ kind, plural, scope, schema, definitions, conditions, columns }: OwnKind): Fields {
  const openAPIV3Schema = {
    type: 'object',
    description: schema.description,
    required: ['spec'],
    properties: {
      ...TYPE,
      spec: structural(schema.properties.spec, definitions, 'spec'),
      status: statusSchema(conditions),
    },
  };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.chokepoint.dev` },
    spec: {
      group: 'chokepoint.dev',
      names: { kind, listKind: `${kind}List`, plural, singular: kind.toLowerCase(), categories: ['chokepoint'] },
      scope,
      versions: [
        {
          name: 'v1alpha1',
          served: true,
          storage: true,
          schema: { openAPIV3Schema },
          subresources: { status: {} },
          additionalPrinterColumns: [...columns, ...LAST_COLUMNS],
        },
      ],
    },
  };
}

const HEAD = (schema: string): string =>
  `# Generated by \`npm run gen\` from policies/${schema}. Change that, not this.\n`;

/** The definitions of our kinds as YAML, by the name of their file. */
export function resourceDefinitions(): ReadonlyMap<string, string> {
  return new Map(
    KINDS.map(kind => {
      const schema = kind.kind === 'GatePolicy' ? 'gate-policy.schema.json' : 'gate-exception.schema.json';
      const yaml = stringify(definitionOf(kind), { version: '1.1', lineWidth: 0, aliasDuplicateObjects: false });
      return [`${kind.plural}.yaml`, `${HEAD(schema)}${yaml}`] as const;
    }),
  );
}
