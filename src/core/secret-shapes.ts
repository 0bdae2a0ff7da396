/** What stands in place of a secret: that there was one is kept. */
export const REDACTED = '[redacted]';

/** What a name of something secret ends with, wherever that stands: `dbPassword`, `X-Api-Key`, `GITHUB_TOKEN`. */
const STRONG =
  'password|passwords|passwd|passphrase|secret|secrets|token|api[-_.]?key|access[-_.]?key(?:[-_.]?id)?|account[-_.]?key|license[-_.]?key|private[-_.]?key|secret[-_.]?key|signing[-_.]?key|encryption[-_.]?key|shared[-_.]?key|credential|credentials|authorization|connection[-_.]?string|session[-_.]?id';
/** The same as a word of its own alone: `compass` and `dispatch` end with these too. */
const WEAK = 'pass|pwd|pat|jwt|sig|signature|dsn|cookie|bearer';

const SECRET_NAME = new RegExp(`(?:${STRONG}|(?:^|[^a-z0-9])(?:${WEAK}))$`, 'i');

/** The last letters of each of these names: most others are told by them. */
const LAST = /(?:word|swd|phrase|cret|ken|key|id|tial|tion|ring|pass|pwd|pat|jwt|sig|ture|dsn|kie|rer)s?$/i;

/** Letters of the longest of them. */
const LONGEST_LAST = 7;

/** Whether what has this name is secret: a field, a variable, a header, a flag. */
export const isSecretName = (name: string): boolean =>
  LAST.test(name.slice(-LONGEST_LAST)) &&
  (SECRET_NAME.test(name.replace(/([a-z0-9])([A-Z])/g, '$1-$2')) || SECRET_NAME.test(name));

/** A name in a text. Bounded, so that no text takes more than its length does. */
const NAME = `[\\w.-]{0,64}?(?:${STRONG}|(?<![a-zA-Z0-9])(?:${WEAK}))`;
/** A value on a command line or in a text of settings: quoted, in JSON that stands in another text with backslashes too, or up to where the next one begins. */
const VALUE = `(?:\\\\*"[^"]*"|\\\\*'[^']*'|[^\\s"'&;,]+)`;
/** A block scalar of YAML (YAML 1.2.2, 8.1): its lines are indented as the first one is. Its indentation is the third group. */
const BLOCK = '[|>][-+\\d]*[ \\t]*\\n([ \\t]+)[^\\n]*(?:\\n\\3[^\\n]*)*';

/** A shape that secrets have inside a text. */
interface Shape {
  readonly pattern: RegExp;
  /** What stands in place of a match; `$1` and `$2` are what is kept of it. */
  readonly instead: string;
}

const whole = (pattern: RegExp): Shape => ({ pattern, instead: REDACTED });

const SHAPES: readonly Shape[] = [
  // RFC 7468; a block that is cut off too.
  whole(/-----BEGIN [A-Z0-9 ]{0,32}PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z0-9 ]{0,32}PRIVATE KEY-----|$)/g),
  // RFC 3986, 3.2.1: userinfo.
  { pattern: /\b([a-z][a-z0-9+.-]{0,30}:\/\/)[^\s/?#"']+@/gi, instead: `$1${REDACTED}@` },
  // RFC 7519: two parts that begin as JSON objects do.
  whole(/(?<![\w-])eyJ[\w-]{5,}\.eyJ[\w-]{5,}(?:\.[\w-]*)?/g),
  // RFC 9110, 11.4.
  { pattern: /\b(bearer|basic)(\s+)[\w+/=.~:-]{6,}/gi, instead: `$1$2${REDACTED}` },
  // Flags: `--password=x`, `--token x`, `-api-key x`.
  { pattern: new RegExp(`(?<![\\w-])(--?${NAME})(=|\\s+)(?!-)${VALUE}`, 'gi'), instead: `$1$2${REDACTED}` },
  // curl and its like: `-u user:password`.
  { pattern: /(?<![\w-])(-u|--user)(=|\s+)[^\s:]+:\S+/g, instead: `$1$2${REDACTED}` },
  // Settings: `password=x`, `"apiKey": "x"`, `AccountKey=…;`, `API_TOKEN=x`, `?sig=…`.
  {
    pattern: new RegExp(`(?<!\\w)(${NAME}\\\\*["']?)(\\s*[=:]\\s*)(?![=/])(?:${BLOCK}|${VALUE})`, 'gi'),
    instead: `$1$2${REDACTED}`,
  },
  // XML: `<password>x</password>`, `<add key="password" value="x"/>`.
  { pattern: new RegExp(`(<${NAME}(?:\\s[^<>]{0,256})?>)[^<]+`, 'gi'), instead: `$1${REDACTED}` },
  {
    pattern: new RegExp(`(\\b(?:key|name)=["']${NAME}["']\\s+value=)${VALUE}`, 'gi'),
    instead: `$1${REDACTED}`,
  },
  // Keys by the beginnings that their makers give them, so that they can be found.
  whole(/\b(?:AKIA|ASIA|AGPA|AIDA|AROA)[A-Z0-9]{16}\b/g),
  whole(/\bAIza[\w-]{35}/g),
  whole(/\bya29\.[\w-]{20,}/g),
  whole(/\bgh[pousr]_\w{30,}|\bgithub_pat_\w{30,}|\bgl(?:pat|rt|dt|cbt)-[\w-]{16,}/g),
  whole(/\bx(?:ox[abeprs]|app)-[\w-]{10,}|\bhooks\.slack\.com\/services\/[\w/]+/g),
  whole(/\b(?:sk|pk|rk)_(?:live|test)_\w{16,}|\bwhsec_[\w+/=]{16,}/g),
  whole(/\b(?:sk|xai|nvapi|pypi|tskey|tvly)-[\w-]{20,}/g),
  whole(/\b(?:hf|npm|dop_v1|shpat|lin_api|ntn|glsa|dckr_pat|r8|gsk)_\w{20,}/g),
  whole(/\bhv[sb]\.[\w-]{20,}/g),
  whole(/\bAGE-SECRET-KEY-1[A-Z0-9]{50,}/g),
];

/** Some part of any shape that is known by its beginning. */
const BEGINNINGS =
  'eyJ|A[KSGIR][IPDO]A|AIza|ya29\\.|gh[pousr]_|github_|gl(?:pat|rt|dt|cbt)-|xox|xapp-|hooks|_live_|_test_|whsec_|(?:sk|xai|nvapi|pypi|tskey|tvly)-|(?:hf|npm|dop_v1|shpat|lin_api|ntn|glsa|dckr_pat|r8|gsk)_|hv[sb]\\.|AGE-';
const BEGINNING = new RegExp(BEGINNINGS);
/** What stands before or after a secret that is known by a name, in every shape of that sort. */
const SEPARATOR = /[=:@<\s]/;
/** Some part of any of the shapes; most texts have none, and are looked at no further. */
const HINT = new RegExp(`${BEGINNINGS}|PRIVATE KEY|@|basic|-u|${STRONG}|${WEAK}`, 'i');

/** The text with each part that has the shape of a secret replaced. */
export function withoutShapes(text: string): string {
  const hint = SEPARATOR.test(text) ? HINT : BEGINNING;
  if (text.length < 6 || !hint.test(text)) return text;
  return SHAPES.reduce((left, { pattern, instead }) => left.replace(pattern, instead), text);
}

/** Letters and digits as keys are made of: long, and of all three sorts. */
const RANDOM = /(?<![\w+/.@-])(?=[\w+/-]*[a-z])(?=[\w+/-]*[A-Z])(?=[\w+/-]*\d)[\w+/-]{24,}={0,2}(?![\w+/.@-])/g;

/** As {@link withoutShapes}, and without what looks as if chance had made it: for arguments and annotations, where names are not so. */
export const withoutSecrets = (text: string): string => withoutShapes(text).replace(RANDOM, REDACTED);
