import { repositoryOf } from '../../../core/mcp/approval.ts';
import type { ClientServer } from '../client-server.ts';
import { withoutReferences } from '../references.ts';
import { type ClientFacts, defineClientRule, SOURCES } from '../rule.ts';
import { approvedBy, type Fetched, isPinned, startedBy } from '../started.ts';

/** The image of a container, and what commands fetch. */
function fetchedBy(server: ClientServer): readonly Fetched[] {
  const { fetched } = startedBy(server);
  const image = server.container?.image;
  const text = withoutReferences(image?.text ?? '');
  if (image === undefined || text === '') return fetched;
  const name = repositoryOf(text);
  return [{ kind: 'image', name, version: text.slice(name.length + 1), path: image.path }, ...fetched];
}

function fixOf(one: Fetched, { registry }: ClientFacts): string {
  const version = approvedBy(one, registry)?.version;
  return version ? `name the version that is approved, ${version}` : 'name one version';
}

export const unpinnedPackage = defineClientRule<'none' | 'moving'>({
  id: 'client-unpinned-package',
  since: 'v1',
  title: 'A client runs whatever version of a package is there',
  why: 'Whoever publishes the package next, its maker or a thief of his account, runs his code on the machine at the next start.',
  limits:
    'What a version was resolved to before, and what a lock file holds, is not known here. Of images any tag but latest is taken for a version.',
  sources: [SOURCES.shadow, 'https://docs.npmjs.com/cli/v11/commands/npx', 'https://docs.astral.sh/uv/guides/tools/'],
  levels: { baseline: 'deny', restricted: 'deny' },
  severity: 7,
  messages: {
    none: '{what} is run in no certain version',
    moving: '{what} is run in the version {version}, which moves',
  },
  check(server, facts) {
    if (!server.isEnabled) return [];
    return fetchedBy(server)
      .filter(one => !isPinned(one))
      .map(one => ({
        messageId: one.version === '' ? 'none' : 'moving',
        path: one.path,
        data: { what: `${one.kind} ${one.name}`, ...(one.version !== '' && { version: one.version }) },
        fix: { summary: fixOf(one, facts) },
      }));
  },
});
