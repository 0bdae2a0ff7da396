import { readdirSync } from 'node:fs';
import type { ShippedWebhook } from '../src/app/doctor/check.ts';
import { MANIFESTS, patchesOf, shippedObjects } from '../test/support/shipped-objects.ts';

interface Requirement {
  readonly key: string;
  readonly operator: string;
  readonly values?: readonly string[];
}

/** A webhook as the manifests have it. */
interface BaseWebhook {
  readonly name: string;
  readonly failurePolicy: string;
  readonly reinvocationPolicy?: string;
  readonly rules: readonly Readonly<Record<'apiGroups' | 'resources' | 'operations', readonly string[]>>[];
  readonly matchConditions?: readonly { readonly expression: string }[];
  readonly namespaceSelector: { readonly matchExpressions: readonly Requirement[] };
}

const requirementText = ({ key, operator, values = [] }: Requirement): string =>
  [key, operator, ...[...values].sort()].join(' ');

const isRequirement = (value: unknown): value is Requirement =>
  typeof value === 'object' && value !== null && 'key' in value && 'operator' in value;

/** Values that components put into webhooks in place of those of the base. */
const patched: readonly { readonly path: string; readonly value?: unknown }[] = readdirSync(
  new URL('components/', MANIFESTS),
).flatMap(component => patchesOf(component).flatMap(patch => patch.filter(({ op }) => op !== 'test')));

/** The webhook of the ValidatingWebhookConfiguration that a path of a patch leads into, by its place, and the rest of the path. */
const PATH = /^\/webhooks\/(\d+)\/(namespaceSelector|matchConditions)\//;

/** What components put in place of a part of the webhook at this place of the ValidatingWebhookConfiguration. */
const patchedAt = (place: number, part: string): readonly unknown[] =>
  patched.flatMap(({ path, value }) => {
    const [, index, found] = PATH.exec(path) ?? [];
    return Number(index) === place && found === part ? [value] : [];
  });

const isText = (value: unknown): value is string => typeof value === 'string';

/** The webhooks of the base, with what components may change in them. */
export function shippedWebhooks(): { readonly description: string; readonly webhooks: readonly ShippedWebhook[] } {
  const configurations = shippedObjects('base/90-webhooks.yaml');
  const webhooks: readonly BaseWebhook[] = configurations.flatMap(({ webhooks: all }) => all);
  return {
    description: 'Made of manifests by npm run gen: what the webhooks ask about that are installed, for doctor.',
    webhooks: webhooks.map((webhook, place) => {
      const { name, failurePolicy, reinvocationPolicy = '', rules, matchConditions = [], namespaceSelector } = webhook;
      return {
        name,
        failurePolicy,
        reinvocationPolicy,
        asks: rules.flatMap(({ apiGroups, resources, operations }) =>
          apiGroups.flatMap(group =>
            resources.flatMap(resource =>
              operations.map(operation => `${operation} ${group === '' ? resource : `${resource}.${group}`}`),
            ),
          ),
        ),
        conditions: [
          ...matchConditions.map(({ expression }) => expression),
          ...patchedAt(place, 'matchConditions').filter(isText),
        ],
        namespaces: [
          ...namespaceSelector.matchExpressions.map(requirementText),
          ...patchedAt(place, 'namespaceSelector').filter(isRequirement).map(requirementText),
        ],
      };
    }),
  };
}
