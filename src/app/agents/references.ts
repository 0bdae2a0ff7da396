/**
 * Where a configuration takes a value from elsewhere: variables (`${NAME}`, `${NAME:-default}`, `${env:NAME}`, `$NAME`, `%NAME%`), inputs (`${input:id}`),
 * templates (`{{ name }}`, `${{ secrets.NAME }}`), and opencode's `{env:NAME}`.
 */
const REFERENCE =
  /\$\{\{[^}]*\}\}|\{\{[^}]*\}\}|\$\{(?:[\w.-]+:(?!-))?[^}:]*(?::?-([^}]*))?\}|\$env:\w+|\$[A-Za-z_]\w*|%[A-Za-z_]\w*%|\{(?:env|file):[^}]*\}/g;

/** The text with its references taken out, each replaced by its default or, without one, by `instead`. */
export const withoutReferences = (text: string, instead = ''): string =>
  text.replace(REFERENCE, (_, byDefault: string | undefined) => byDefault ?? instead);

/** Whether a value is taken from elsewhere, in part or as a whole. */
export const hasReference = (text: string): boolean => text.search(REFERENCE) >= 0;
