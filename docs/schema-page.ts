import { stringify } from 'yaml';

/** A field of a JSON Schema, as far as a page shows it. */
export interface Field {
  readonly description?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly string[];
  readonly format?: string;
  readonly properties?: Readonly<Record<string, Field>>;
  readonly items?: Field;
  readonly required?: readonly string[];
  readonly examples?: readonly unknown[];
  readonly $ref?: string;
}

/** A definition that has a section of its own, and is linked from where it stands. */
export interface SharedDefinition {
  readonly heading: string;
  readonly noun: string;
}

/** What pages of schemas are made of. */
export interface SchemaPage {
  /** The type of the values of a field, in words. */
  typeText(field: Field): string;
  /** A table of all fields below one, none where there are none. `path`: of that field. */
  table(field: Field, path: string): readonly string[];
  /** A shared definition, by its name. */
  sharedSection(name: string): readonly string[];
  resolved(field: Field): Field;
}

const nameOf = (ref: string): string => ref.slice('#/$defs/'.length);

export const anchor = (heading: string): string => heading.toLowerCase().replaceAll(' ', '-');
export const fence = (value: unknown): string => `\`\`\`yaml\n${stringify(value).trimEnd()}\n\`\`\``;

const FORMATS: ReadonlyMap<string, string> = new Map([['date', 'date (`YYYY-MM-DD`)']]);

/** `prose`: what is made of a description. */
export function schemaPage(
  definitions: Readonly<Record<string, Field>>,
  shared: Readonly<Record<string, SharedDefinition>>,
  prose: (text: string) => string,
): SchemaPage {
  function definition(name: string): Field {
    const found = definitions[name];
    if (found === undefined) throw new Error(`the schema has no definition "${name}"`);
    return found;
  }

  /** What a reference leads to, under what stands beside it. */
  const resolved = (field: Field): Field =>
    field.$ref === undefined ? field : { ...definition(nameOf(field.$ref)), ...field };

  function typeText(field: Field): string {
    const linked = field.$ref === undefined ? undefined : shared[nameOf(field.$ref)];
    if (linked !== undefined) return `[${linked.noun}](#${anchor(linked.heading)})`;
    const { type, items, format, enum: values } = resolved(field);
    if (values !== undefined) return values.map(value => `\`${value}\``).join(', ');
    if (items !== undefined) return `list of ${typeText(items)}`;
    return FORMATS.get(format ?? '') ?? [type].flat().join(' or ');
  }

  const hasOwnSection = (field: Field): boolean => field.$ref !== undefined && nameOf(field.$ref) in shared;

  /** A row for each field below one, by its path, as far as no other section shows it. */
  function rows(field: Field, path: string): readonly string[] {
    const { properties = {}, items, required = [] } = resolved(field);
    if (items !== undefined) return hasOwnSection(items) ? [] : rows(items, `${path}[]`);
    return Object.entries(properties).flatMap(([name, below]) => {
      const at = path === '' ? name : `${path}.${name}`;
      const meaning = prose(resolved(below).description ?? '');
      const needed = required.includes(name) ? ' **Required.**' : '';
      const row = `| \`${at}\` | ${typeText(below)} | ${meaning}${needed} |`;
      return [row, ...(hasOwnSection(below) ? [] : rows(below, at))];
    });
  }

  function table(field: Field, path: string): readonly string[] {
    const body = rows(field, path);
    return body.length === 0 ? [] : [['| field | holds | meaning |', '| --- | --- | --- |', ...body].join('\n')];
  }

  function sharedSection(name: string): readonly string[] {
    const { description = '', examples = [] } = definition(name);
    const shown = examples.every(example => typeof example === 'string')
      ? [`For example ${examples.map(example => `\`${example}\``).join(', ')}.`]
      : [fence(examples)];
    const example = examples.length === 0 ? [] : shown;
    return [`## ${shared[name]?.heading}`, prose(description), ...table(definition(name), ''), ...example];
  }

  return { typeText, table, sharedSection, resolved };
}
