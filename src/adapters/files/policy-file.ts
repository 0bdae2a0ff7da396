/** The extension of a file's name; none of a name that starts with its only dot. */
const EXTENSION = /(?<=[^/\\])\.[^./\\]*$/;

/** `tools/server.yaml` → `tools/server.networkpolicy.yaml`. */
export const policyFileFor = (file: string): string => `${file.replace(EXTENSION, '')}.networkpolicy.yaml`;

/** What stands before further documents of a file. `before`: its text; `undefined`: there is none yet. */
export const textBehind = (before: string | undefined): string =>
  before === undefined ? '' : `${before}${before === '' || before.endsWith('\n') ? '' : '\n'}---\n`;
