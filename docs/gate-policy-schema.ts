import { RULES } from '../src/core/rules/index.ts';

type Fields = Readonly<Record<string, unknown>>;

/** The schema of the configuration, as far as the rules are written into it. */
interface Schema extends Fields {
  readonly properties: Fields & {
    readonly spec: Fields & { readonly properties: Fields & { readonly rules: Fields } };
  };
}

/** One field for each rule, so that editors complete its id and tell what it finds. */
const ruleFields = (): Fields =>
  Object.fromEntries(RULES.map(({ id, title }) => [id, { $ref: '#/$defs/ruleSetting', description: `${title}.` }]));

/** The schema of a GatePolicy, given as text, with the rules that there are now in place of those that it lists. */
export function gatePolicySchema(text: string): Schema {
  const schema = JSON.parse(text) as Schema;
  const { spec } = schema.properties;
  const rules = { ...spec.properties.rules, properties: ruleFields() };
  const properties = { ...spec.properties, rules };
  return { ...schema, properties: { ...schema.properties, spec: { ...spec, properties } } };
}
