import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import type { RbacRule } from '../control-plane/users.ts';
import { parseYaml } from './yaml.ts';

const PAGE = fileURLToPath(new URL('../../docs/scan.md', import.meta.url));

/** The rules of the ClusterRole on the page about `scan`. */
export function documentedRules(): readonly RbacRule[] {
  const [, text] = /```yaml\n([\s\S]*?)```/.exec(readFileSync(PAGE, 'utf8')) ?? [];
  if (text === undefined) return expect.fail('docs/scan.md has no ClusterRole');
  const [role] = parseYaml(text) as readonly { readonly rules: readonly RbacRule[] }[];
  return role?.rules ?? [];
}
