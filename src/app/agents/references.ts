/**
 * Where a configuration takes a value from elsewhere: variables (`${NAME}`, `${NAME:-default}`, `${env:NAME}`, `$NAME`, `%NAME%`), inputs (`${input:id}`),
 * templates (`{{ name }}`, `${{ secrets.NAME }}`), and opencode's `{env:NAME}`. Bounded, so that no text takes more than its length does.
 */
const REFERENCE =
  /\$\{\{[^}]{0,200}\}\}|\{\{[^}]{0,200}\}\}|\$\{(?:[\w.-]{1,64}:(?!-))?[^}:]{0,200}(?::?-([^}]{0,1000}))?\}|\$env:\w{1,128}|\$[A-Za-z_]\w{0,127}|%[A-Za-z_]\w{0,127}%|\{(?:env|file):[^}]{0,200}\}/g;

/** The text with its references taken out, each replaced by its default or, without one, by `instead`. */
export const withoutReferences = (text: string, instead = ''): string =>
  text.replace(REFERENCE, (_, byDefault: string | undefined) => byDefault ?? instead);

/** Whether a value is taken from elsewhere, in part or as a whole. */
export const hasReference = (text: string): boolean => text.search(REFERENCE) >= 0;
