import { type Fields, isFields, own } from '../../core/kube/reading.ts';
import { isSecretName, REDACTED, withoutSecrets, withoutShapes } from '../../core/secret-shapes.ts';

/** Where settings of a process stand: every value in them may be a secret, whatever it is called. */
const ENVIRONMENTS: ReadonlySet<string> = new Set([
  'env',
  'envVars',
  'environment',
  'extraEnv',
  'environmentVariables',
]);

/** Texts of programs: what chance made in them is a secret. */
const COMMANDS: ReadonlySet<string> = new Set(['args', 'command', 'annotations', 'cmd', 'arguments']);

/** What tools keep of an object in its own annotations: all of it once more, secrets too. */
const COPIES = /last-applied|applied-manifest|original-object/;

/** `registry.example/token:1.2` sets no token. */
const IMAGES: ReadonlySet<string> = new Set(['image', 'imageID']);

/** What a field's name says of its value. `secret`: of a text, a number or a list of these it is one. `setting`: another field has the name. */
type Says = 'environment' | 'image' | 'hidden' | 'secret' | 'setting' | 'command' | 'nothing';

function saysOf(name: string): Says {
  if (ENVIRONMENTS.has(name)) return 'environment';
  if (IMAGES.has(name)) return 'image';
  if (COPIES.test(name)) return 'hidden';
  if (isSecretName(name)) return 'secret';
  if (name === 'value') return 'setting';
  return COMMANDS.has(name) ? 'command' : 'nothing';
}

/** A field's name. */
interface FieldName {
  /** As JSON, with what stands before the value. */
  readonly text: string;
  readonly says: Says;
  /** It holds no half of a surrogate pair. */
  readonly isWellFormed: boolean;
}

/** RFC 8785 (JSON Canonicalization Scheme) of a text; half of a surrogate pair, which it refuses, becomes U+FFFD. */
const jsonOf = (text: string): string => JSON.stringify(text.toWellFormed());

const HIDDEN = jsonOf(REDACTED);

/** What is remembered of names and of texts, and the longest of these, in UTF-16 units: most objects say what others said. */
const MAX_KNOWN = 4_000;
const MAX_LENGTH = 64;

/** Remembers what short texts come to; beyond the bound all are forgotten: the common ones are soon known again. */
class KnownTexts<Made> {
  readonly #known = new Map<string, Made>();

  get(text: string): Made | undefined {
    return text.length > MAX_LENGTH ? undefined : this.#known.get(text);
  }

  keep(text: string, made: Made): Made {
    if (text.length > MAX_LENGTH) return made;
    if (this.#known.size >= MAX_KNOWN) this.#known.clear();
    this.#known.set(text, made);
    return made;
  }
}

/** Writes texts as JSON without the secrets in them. No secret that is found is remembered. */
class Texts {
  readonly #withoutSecrets: (text: string) => string;
  readonly #known = new KnownTexts<string>();

  constructor(without: (text: string) => string) {
    this.#withoutSecrets = without;
  }

  json(text: string): string {
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    const left = this.#withoutSecrets(text);
    const json = jsonOf(left);
    return left === text ? this.#known.keep(text, json) : json;
  }
}

/** With which curl and its like sign in. */
const USER_FLAGS: ReadonlySet<string> = new Set(['-u', '--user', '--proxy-user']);

/** Whether an argument is the secret value of the flag that stands before it. */
const isSecretAfter = (flag: string, item: string): boolean =>
  flag.startsWith('-') && !item.startsWith('-') && (isSecretName(flag) || (USER_FLAGS.has(flag) && item.includes(':')));

const isPlain = (value: unknown): boolean => typeof value === 'string' || typeof value === 'number';

/** Names of fields by their UTF-16 units. Most objects have few, or have them so already. */
function namesInOrder(fields: Fields): readonly string[] {
  const names = Object.keys(fields);
  let last = '';
  for (const name of names) {
    if (name < last) return names.sort();
    last = name;
  }
  return names;
}

const withWellFormedNames = (fields: Fields): Fields =>
  Object.fromEntries(Object.entries(fields).map(([name, value]) => [name.toWellFormed(), value]));

/** What is said of a field where it stands. */
type SaidOf = (name: FieldName, key: string) => Says;

const BY_NAME: SaidOf = ({ says }) => says;
const HIDE: SaidOf = () => 'hidden';
const AS_IT_IS: SaidOf = () => 'image';
/** One item of a list of variables: its name and what it refers to stay. */
const OF_VARIABLE: SaidOf = ({ says }, key) => (key === 'value' ? 'hidden' : says === 'command' ? says : 'nothing');
/** `data` and `stringData` of a Secret (core/v1), whatever its type. */
const OF_SECRET: SaidOf = ({ says }, key) => (key === 'data' || key === 'stringData' ? 'hidden' : says);

/**
 * Writes objects without their secrets: values of environment variables, data of Secrets, and what is a secret by its name or by its shape wherever it
 * stands. That there was one is kept ({@link REDACTED}). It can miss a secret that looks like any other text.
 *
 * In one walk, in the form of RFC 8785: an object of its own and its text after that take twice as long.
 */
export class Redactor {
  readonly #names = new KnownTexts<FieldName>();
  readonly #plain = new Texts(withoutShapes);
  readonly #ofCommands = new Texts(withoutSecrets);

  /** An object of the cluster, without its `metadata.managedFields`. */
  object(object: Fields): string {
    const saidOf = own(object, 'kind') === 'Secret' ? OF_SECRET : BY_NAME;
    const { metadata } = object;
    if (!isFields(metadata)) return this.#fields(object, this.#plain, saidOf);
    const { managedFields: _, ...kept } = metadata;
    return this.#fields({ ...object, metadata: kept }, this.#plain, saidOf);
  }

  /** A text that is a field of an object's metadata, with its name, as it stands in {@link object}. */
  field(key: string, text: string): string {
    const name = this.#nameOf(key);
    return `${name.text}${this.#said(text, name.says, {}, this.#plain)}`;
  }

  #nameOf(key: string): FieldName {
    const known = this.#names.get(key);
    if (known !== undefined) return known;
    return this.#names.keep(key, { text: `${jsonOf(key)}:`, says: saysOf(key), isWellFormed: key.isWellFormed() });
  }

  /** Written as a loop, as it is much of what a line costs. */
  #fields(fields: Fields, texts: Texts, saidOf: SaidOf = BY_NAME): string {
    let written = '';
    for (const key of namesInOrder(fields)) {
      const value = fields[key];
      if (value === undefined) continue;
      const name = this.#nameOf(key);
      if (!name.isWellFormed) return this.#fields(withWellFormedNames(fields), texts, saidOf);
      if (written !== '') written += ',';
      written += name.text;
      written += this.#said(value, saidOf(name, key), fields, texts);
    }
    return `{${written}}`;
  }

  /** `of`: what it is a field of. */
  #said(value: unknown, says: Says, of: Fields, texts: Texts): string {
    switch (says) {
      case 'nothing':
        return this.#value(value, texts);
      case 'command':
        return this.#value(value, this.#ofCommands);
      case 'image':
        return this.#asItIs(value);
      case 'hidden':
        return this.#hidden(value);
      case 'environment':
        return typeof value === 'object' ? this.#environment(value) : this.#value(value, texts);
      case 'secret': {
        const isWhole = Array.isArray(value) ? value.every(isPlain) : isPlain(value);
        return isWhole ? this.#hidden(value) : this.#value(value, texts);
      }
      case 'setting': {
        // A header, or a setting, as a pair of its own.
        const name = own(of, 'name');
        const isSecret = typeof name === 'string' && isSecretName(name);
        return isSecret ? this.#hidden(value) : this.#value(value, texts);
      }
    }
  }

  #value(value: unknown, texts: Texts): string {
    if (typeof value === 'string') return texts.json(value);
    if (Array.isArray(value)) return this.#list(value, texts);
    return isFields(value) ? this.#fields(value, texts) : JSON.stringify(value);
  }

  /** A list of texts, in which the value of a flag may follow it. */
  #list(items: readonly unknown[], texts: Texts): string {
    const written = items.map((item, index) => {
      const before = items[index - 1];
      if (typeof item === 'string' && typeof before === 'string' && isSecretAfter(before, item)) return HIDDEN;
      return this.#value(item, texts);
    });
    return `[${written.join()}]`;
  }

  #asItIs(value: unknown): string {
    if (typeof value === 'string') return jsonOf(value);
    if (Array.isArray(value)) return `[${value.map(item => this.#asItIs(item)).join()}]`;
    return isFields(value) ? this.#fields(value, this.#plain, AS_IT_IS) : JSON.stringify(value);
  }

  /** A value of which nothing but its shape is kept. */
  #hidden(value: unknown): string {
    if (Array.isArray(value)) return `[${value.map(item => this.#hidden(item)).join()}]`;
    if (isFields(value)) return this.#fields(value, this.#plain, HIDE);
    return value === '' || value === null ? JSON.stringify(value) : HIDDEN;
  }

  #environment(value: unknown): string {
    return Array.isArray(value) ? `[${value.map(item => this.#variable(item)).join()}]` : this.#hidden(value);
  }

  #variable(item: unknown): string {
    if (isFields(item)) return this.#fields(item, this.#plain, OF_VARIABLE);
    return typeof item === 'string' ? jsonOf(item.replace(/=[\s\S]*$/, `=${REDACTED}`)) : this.#hidden(item);
  }
}
