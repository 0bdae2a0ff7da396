import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import type { RbacRule } from '../control-plane/users.ts';
import { parseYaml } from './yaml.ts';

/** The rules of the ClusterRole on a page; absent: on that about `scan`. */
export function documentedRules(page = 'docs/scan.md'): readonly RbacRule[] {
  const file = fileURLToPath(new URL(`../../${page}`, import.meta.url));
  const [, text] = /```yaml\n([\s\S]*?)```/.exec(readFileSync(file, 'utf8')) ?? [];
  if (text === undefined) return expect.fail(`${page} has no ClusterRole`);
  const [role] = parseYaml(text) as readonly { readonly rules: readonly RbacRule[] }[];
  return role?.rules ?? [];
}
