/** The part of a changelog (keepachangelog.com) that is of a version; of one that it does not name yet, what is unreleased. Throws where there is neither. */
export function notesOf(changelog: string, version: string): string {
  const parts = changelog.split(/^(?=## )/m);
  const titled = (title: string): string | undefined =>
    parts.find(part => part.startsWith(`## ${title}`) || part.startsWith(`## [${title}]`));
  const part = titled(version) ?? titled('Unreleased');
  if (part === undefined) throw new Error(`CHANGELOG.md tells nothing of ${version}`);
  return `# Chokepoint ${version}\n\n${part.slice(part.indexOf('\n')).trim()}\n`;
}
