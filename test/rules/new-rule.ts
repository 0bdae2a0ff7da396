import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { commandLine } from '../support/developer-command.ts';

/** Writes everything that a new rule needs, and says what to do next: `npm run new-rule ID`. */
const ID = /^[a-z]+(-[a-z0-9]+)+$/;

const camelCase = (id: string): string => id.replace(/-./g, part => part.slice(1).toUpperCase());

const ruleText = (id: string): string => `import { defineRule } from '../rule.ts';

/** What is known of the matter that the rule does not tell its reader: why it is judged in this way. */
export const ${camelCase(id)} = defineRule({
  id: '${id}',
  since: 'v1',
  title: 'A container runs the image that is called nightly',
  why: 'Say here what can go wrong on the network when this is found.',
  limits: 'Say here what is deliberately not seen.',
  sources: ['https://kubernetes.io/docs/concepts/containers/images/#image-names'],
  levels: { baseline: 'deny', restricted: 'deny' },
  severity: 7,
  messages: { found: 'container "{container}" runs the image that is called nightly' },
  check({ subject }) {
    return subject.containers.flatMap(({ name, image, path }) => {
      if (!image.endsWith(':nightly')) return [];
      return {
        messageId: 'found' as const,
        path: \`\${path}.image\`,
        data: { container: name },
        fix: { summary: \`name the version in \${path}.image\` },
      };
    });
  },
});
`;

const IMAGE = 'spec.template.spec.containers[0].image';
const SIDECAR = 'spec.template.spec.containers[1]';

const caseText = (name: string, path: string, value: string): string =>
  `${name}:\n  Deployment tools/weather:\n    ${path}: ${value}\n`;

const FAIL = [
  caseText('nightly', IMAGE, 'registry.example.com/tools/weather:nightly'),
  caseText('nightly-of-a-registry-with-a-port', IMAGE, 'registry.example.com:5000/weather:nightly'),
  caseText('nightly-of-a-short-name', IMAGE, 'weather:nightly'),
  caseText('nightly-of-a-sidecar', SIDECAR, '{name: proxy, image: "registry.example.com/proxy:nightly"}'),
].join('\n');

const PASS = [
  caseText('nightly-in-the-name', IMAGE, 'registry.example.com/nightly/weather:1.4.2'),
  caseText('nightly-in-the-tag', IMAGE, 'registry.example.com/tools/weather:1.4.2-nightly'),
  caseText('sidecar-with-a-version', SIDECAR, '{name: proxy, image: "registry.example.com/proxy:1"}'),
].join('\n');

/** The index with the rules of the folder, in the order of their ids. */
function indexText(folder: string): string {
  const ids = readdirSync(folder)
    .filter(name => name.endsWith('.ts') && name !== 'index.ts')
    .map(name => name.slice(0, -'.ts'.length))
    .sort();
  const imports = ids.map(id => `import { ${camelCase(id)} } from './${id}.ts';\n`).join('');
  const entries = ids.map(id => `  ${camelCase(id)},\n`).join('');
  return readFileSync(`${folder}index.ts`, 'utf8')
    .replace(/(?:import \{ \w+ \} from '\.\/[^']+';\n)+/, imports)
    .replace(/(RULES: readonly Rule\[\] = \[\n)[^\]]*\]/, (_all, head: string) => `${head}${entries}]`);
}

/** Writes the parts of a rule below `root`, which ends with a slash. Throws an Error, with nothing written, where it cannot. */
export function newRule(root: string, id: string): void {
  const rules = `${root}src/core/rules/`;
  const fixtures = `${root}test/rules/`;
  if (!ID.test(id)) throw new Error(`"${id}" is no id: two or more lower-case words with hyphens, as host-network`);
  if (existsSync(`${rules}${id}.ts`) || existsSync(`${fixtures}${id}`)) throw new Error(`${id} is there already`);
  mkdirSync(`${fixtures}${id}`);
  for (const name of ['base.yaml', 'policy.yaml']) {
    cpSync(`${fixtures}host-network/${name}`, `${fixtures}${id}/${name}`);
  }
  writeFileSync(`${fixtures}${id}/fail.yaml`, FAIL);
  writeFileSync(`${fixtures}${id}/pass.yaml`, PASS);
  writeFileSync(`${rules}${id}.ts`, ruleText(id));
  writeFileSync(`${rules}index.ts`, indexText(rules));
}

const next = (id: string): string => `${id} is a working rule about something else. What to do next:

  1. Write what it finds, why, and its check:  src/core/rules/${id}.ts
  2. Describe cases (test/rules/README.md):    test/rules/${id}/fail.yaml, pass.yaml
  3. Write down what is judged, and read it:   UPDATE_GOLDEN=1 npx vitest run test/rules
  4. Write its page and the schema:            npm run gen
  5. See that nothing is missing:              npx vitest run test/rules test/meta
  6. Tell users:                               CHANGELOG.md
`;

if (import.meta.main) {
  const { operands } = commandLine({
    name: 'npm run new-rule',
    does: 'Writes a rule that works, its fixtures and its line in src/core/rules/index.ts, and says what to do next.',
    operands: ['ID'],
    options: {},
  });
  const [id = ''] = operands;
  try {
    newRule(fileURLToPath(new URL('../../', import.meta.url)), id);
    process.stdout.write(next(id));
  } catch (error) {
    process.stderr.write(`new-rule: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 2;
  }
}
