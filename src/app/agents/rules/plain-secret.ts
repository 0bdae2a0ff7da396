import { isSecretName, withoutSecrets, withoutShapes } from '../../../core/secret-shapes.ts';
import type { ClientServer, Placed, Setting } from '../client-server.ts';
import { withoutReferences } from '../references.ts';
import { defineClientRule, SOURCES } from '../rule.ts';

/** What a value is written as before somebody puts in his own. */
const PLACEHOLDER =
  /^[<[{(].*[>\]})]$|^(?:your|insert|replace|enter|placeholder|change-?me|redacted|example|dummy|todo|none|null|undefined)(?:$|[^a-z].*|.*[-_ ].*)|^[x*.•-]+$/i;
/** A secret that a program fetches from a store by its address. */
const STORED = /^(?:op|vault|keyring|keychain|secret|awssm|gcpsm|akv|bws|doppler):\/\//;
const SCHEME = /\b(?:bearer|basic|token|digest|apikey)\s*$/i;

/** What is written out of a value. Empty: all of it comes from elsewhere. */
function literalOf(text: string): string {
  const literal = withoutReferences(text).trim().replace(SCHEME, '').trim();
  return PLACEHOLDER.test(literal) || STORED.test(literal) ? '' : literal;
}

/** Names that may be a secret's: whether one is, the value shows. */
const KEY_NAME = /(?:^|[^a-z])(?:key|auth)$/i;
/** Long, with letters and digits, and neither a path nor words. */
const KEY_VALUE = /^(?=.*[a-z])(?=.*\d)[\w+=.-]{16,}$/i;

function isSecret({ name, text }: Setting): boolean {
  const literal = literalOf(text);
  if (literal === '') return false;
  if (isSecretName(name) || withoutShapes(literal) !== literal) return true;
  return KEY_NAME.test(name) && KEY_VALUE.test(literal);
}

const FLAG = /^--?[\w.-]+$/;

/** A word of a command, or the value of the option before it. Of what chance may have made, paths are none. */
function isSecretWord({ text, written = text }: Placed, before: Placed | undefined): boolean {
  const literal = literalOf(written);
  if (literal === '') return false;
  if (before !== undefined && FLAG.test(before.text) && isSecretName(before.text) && !literal.startsWith('-'))
    return true;
  const without = /[\\/]/.test(literal) ? withoutShapes : withoutSecrets;
  return without(literal) !== literal;
}

/** The user, the parameters and the parts of the path of an address. */
function isSecretUrl({ text }: Placed): boolean {
  const literal = withoutReferences(text);
  if (/^[a-z]+:\/\/[^\s/?#]*[^\s/?#:]@/i.test(literal)) return true;
  const [path = '', query = ''] = literal.split(/[?#]/);
  const parameters = query.split('&').map(pair => pair.split('='));
  return (
    parameters.some(([name = '', ...value]) => isSecret({ name, text: value.join('='), path: '' })) ||
    path.split('/').some(part => withoutSecrets(part) !== part)
  );
}

const OPTION = /^(--?[\w.-]+)=/;

/** What the word is for people: the option that it gives, else what kind of thing it is. */
const optionName = ({ text }: Placed, before: Placed | undefined): string =>
  OPTION.exec(text)?.[1] ?? (before !== undefined && FLAG.test(before.text) ? before.text : 'an argument');

function secretsOf({
  settings,
  words,
  urls,
}: ClientServer): readonly { readonly name: string; readonly path: string }[] {
  const isUrl = new Set(urls);
  return [
    ...urls.filter(isSecretUrl).map(({ path }) => ({ name: 'the address', path })),
    ...settings.filter(isSecret),
    ...words.flatMap((word, index) =>
      !isUrl.has(word) && isSecretWord(word, words[index - 1])
        ? [{ name: optionName(word, words[index - 1]), path: word.path }]
        : [],
    ),
  ];
}

export const plainSecret = defineClientRule<'plain'>({
  id: 'client-plain-secret',
  since: 'v1',
  title: 'A configuration holds a secret in plain text',
  why: 'Whoever reads the file, a backup of it or the repository that it is in has the rights of the token.',
  limits:
    'Secrets are known by the names of what they set and by their shapes: one that looks like any other text is missed. Names of variables are no secrets. The value is never printed.',
  sources: [SOURCES.shadow, SOURCES.practices],
  levels: { baseline: 'deny', restricted: 'deny' },
  severity: 8,
  messages: { plain: '{name} holds a secret in plain text' },
  check: server =>
    secretsOf(server).map(({ name, path }) => ({
      messageId: 'plain',
      path,
      data: { name },
      fix: { summary: 'take it out, have a new one made, and name a variable or an input in its place' },
    })),
});
