import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isSame } from '../../src/core/same.ts';
import { CLOSED, CONFIG, SERVER } from './manifests.ts';
import { type Folder, temporaryFolder } from './run.ts';

interface Replacement {
  readonly deletedRegion: {
    readonly startLine: number;
    readonly startColumn: number;
    readonly endLine: number;
    readonly endColumn: number;
  };
  readonly insertedContent: { readonly text: string };
}

interface Result {
  readonly ruleId: string;
  readonly locations: readonly { readonly physicalLocation: { readonly region: object } }[];
  readonly relatedLocations?: readonly { readonly message: { readonly text: string } }[];
  readonly fixes?: readonly {
    readonly artifactChanges: readonly {
      readonly artifactLocation: { readonly uri: string };
      readonly replacements: readonly Replacement[];
    }[];
  }[];
}

/** Puts a replacement into a text, as a viewer of SARIF does. */
function replaced(text: string, { deletedRegion, insertedContent }: Replacement): string {
  const starts = [0, ...[...text.matchAll(/\r\n|\n/g)].map(({ index, 0: found }) => index + found.length)];
  const offset = (line: number, column: number): number => (starts[line - 1] ?? Number.NaN) + column - 1;
  const { startLine, startColumn, endLine, endColumn } = deletedRegion;
  return text.slice(0, offset(startLine, startColumn)) + insertedContent.text + text.slice(offset(endLine, endColumn));
}

const WIDE = `${CLOSED}  - to:
    - ipBlock:
        cidr: 0.0.0.0/0   # the internet
        except: [10.0.0.0/8]
    - ipBlock: {cidr: "2000::/3"}
`;
const RANGES = CONFIG.replace(
  'spec:\n',
  'spec:\n  protectedNetworks: {pods: [10.0.0.0/8], services: [172.16.0.0/16], nodes: [], controlPlane: []}\n',
);

let folder: Folder;
beforeAll(() => {
  folder = temporaryFolder();
  folder.write('chokepoint.yaml', RANGES);
});
afterAll(() => folder.remove());

const resultsOf = async (file: string): Promise<readonly Result[]> =>
  JSON.parse((await folder.run(['check', file, '-o', 'sarif'])).stdout).runs[0].results;

describe('The fixes of a SARIF log', () => {
  test.each([
    ['a file', 'all.yaml', `${SERVER}---\n${WIDE}`],
    ['a file of Windows', 'windows.yaml', `${SERVER}---\n${WIDE}`.replaceAll('\n', '\r\n')],
  ])('mend what they are for, in %s', async (_, file, text) => {
    folder.write(file, text);
    const results = await resultsOf(file);
    const fixed = results.filter(({ fixes }) => fixes !== undefined);
    const isThere = (result: Result, among: readonly Result[]): boolean =>
      among.some(
        one =>
          one.ruleId === result.ruleId &&
          isSame(one.relatedLocations?.at(-1)?.message, result.relatedLocations?.at(-1)?.message),
      );
    expect(new Set(fixed.map(({ ruleId }) => ruleId))).toEqual(
      new Set(['egress-reaches-cluster', 'egress-reaches-metadata', 'egress-reaches-link-local']),
    );
    for (const result of fixed) {
      const [change] = (result.fixes ?? []).flatMap(({ artifactChanges }) => artifactChanges);
      expect(change?.artifactLocation.uri).toBe(file);
      const before = readFileSync(join(folder.path, file), 'utf8');
      const after = (change?.replacements ?? []).reduce(replaced, before);
      folder.write(`mended-${file}`, after);
      const left = await resultsOf(`mended-${file}`);
      expect([isThere(result, results), isThere(result, left)]).toEqual([true, false]);
    }
  });

  test('are not there for standard input, which cannot be changed', async () => {
    const { stdout } = await folder.run(['check', '-', '-o', 'sarif'], { stdin: `${SERVER}---\n${WIDE}` });
    const results: readonly Result[] = JSON.parse(stdout).runs[0].results;
    expect(results.length).toBeGreaterThan(0);
    expect(results.filter(({ fixes }) => fixes !== undefined)).toEqual([]);
  });
});

test('a result of a policy has its column, and names the server and the policy', async () => {
  folder.write('all.yaml', `${SERVER}---\n${WIDE}`);
  const [first] = await resultsOf('all.yaml');
  expect(first?.locations[0]?.physicalLocation.region).toEqual({ startLine: 34, startColumn: 7 });
  expect(first?.relatedLocations?.map(({ message }) => message.text)).toEqual([
    'the MCP server Deployment shop/orders',
    'the fault: NetworkPolicy shop/orders spec.egress[1].to[0]',
  ]);
});
