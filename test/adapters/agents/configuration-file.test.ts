import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readConfigurationFile } from '../../../src/adapters/agents/configuration-file.ts';

/** Line and column of each path, 1-based. */
function places(file: string, text: string, paths: readonly string[]): readonly string[] {
  const read = readConfigurationFile(file, text);
  if (read.kind === 'problem') throw new Error(read.problem.message);
  return paths.map(path => {
    const { line, column } = read.locate(path);
    return `${path} ${line}:${column}`;
  });
}

test('JSON is read with comments, tabs and trailing commas, and each field is found', () => {
  const text = `// a comment with "quotes"
{
\t"mcpServers": { /* one
\t\tand "two" */
\t\t"a//b": {
\t\t\t"url": "https://a.example/x", // not /* a comment
\t\t\t"args": ["1", "2",],
\t\t},
\t},
}
`;
  const read = readConfigurationFile('mcp.json', text);
  expect(read).toMatchObject({ value: { mcpServers: { 'a//b': { url: 'https://a.example/x', args: ['1', '2'] } } } });
  expect(
    places('mcp.json', text, [
      'mcpServers',
      'mcpServers["a//b"].url',
      'mcpServers["a//b"].args[1]',
      'mcpServers["a//b"].none',
    ]),
  ).toEqual([
    'mcpServers 3:2',
    'mcpServers["a//b"].url 6:4',
    'mcpServers["a//b"].args[1] 7:18',
    'mcpServers["a//b"].none 5:3',
  ]);
});

test('TOML is read, and each key is found; what stands in a list or an inline table where its key does', () => {
  const text = `model = "x"
notes = """
[mcp_servers.fake]
url = "no"
"""
[mcp_servers.a]  # a comment
command = "npx"
args = [
  "-y", # [x]
  "pkg",
]
env = { KEY = "v" }

  [mcp_servers."b c".http_headers]
  "X-Key" = 'v'

[[other]]
x = 1
[[other]]
x = 2
`;
  const paths = [
    'mcp_servers.a',
    'mcp_servers.a.args[1]',
    'mcp_servers.a.env.KEY',
    'mcp_servers["b c"]',
    'mcp_servers["b c"].http_headers.X-Key',
    'other[1].x',
    'none',
  ];
  expect(places('config.toml', text, paths)).toEqual([
    'mcp_servers.a 6:1',
    'mcp_servers.a.args[1] 8:1',
    'mcp_servers.a.env.KEY 12:1',
    'mcp_servers["b c"] 14:3',
    'mcp_servers["b c"].http_headers.X-Key 15:3',
    'other[1].x 20:1',
    'none 1:1',
  ]);
});

test('YAML is read, and each field is found', () => {
  const text = 'name: x\nmcpServers:\n- name: a\n  args: [b, c]\n';
  expect(places('config.yaml', text, ['mcpServers[0]', 'mcpServers[0].args[1]'])).toEqual([
    'mcpServers[0] 3:3',
    'mcpServers[0].args[1] 4:13',
  ]);
});

test.each([
  ['a.json', '{"a": "geheim",\n "b": geheim: geheim}'],
  ['a.json', '{"a": ['],
  ['a.toml', 'a = "geheim"\nb = = geheim\n'],
  ['a.yaml', 'a: "geheim\nb: [geheim\n'],
])('what cannot be read of %s is told with its line, and nothing of it is quoted: %j', (file, text) => {
  const read = readConfigurationFile(file, text);
  if (read.kind === 'value') throw new Error(JSON.stringify(read.value));
  expect(read.problem).toMatchObject({ severity: 'error', code: 'unreadable-configuration', file });
  expect(read.problem.line).toBeGreaterThan(0);
  expect(JSON.stringify(read.problem)).not.toContain('geheim');
});

test('JSON with comments and tabs says what JSON.parse reads without them', () => {
  const fields = fc.dictionary(fc.string(), fc.jsonValue(), { minKeys: 1 });
  const comment = fc.constantFrom('', ' // "a', ' /* } */', '\t// */', ' /* " */ // /*');
  fc.assert(
    fc.property(fields, fc.infiniteStream(comment), (value, comments) => {
      const lines = JSON.stringify(value, null, '\t').split('\n');
      const text = lines.map(line => line + comments.next().value).join('\n');
      const read = readConfigurationFile('a.json', text);
      expect(read).toMatchObject({ kind: 'value' });
      if (read.kind === 'value') expect(JSON.stringify(read.value)).toBe(JSON.stringify(value));
    }),
  );
});
