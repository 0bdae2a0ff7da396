/** What is wrong with a value that aliases have put together. */
export type ExpansionFault = 'recursive-alias' | 'too-large' | 'too-deep';

interface Size {
  readonly nodes: number;
  readonly height: number;
}

const SCALAR: Size = { nodes: 1, height: 0 };

/**
 * Judges a value as if every alias in it were written out: js-yaml shares what an alias refers to, so that a short text can stand for more than
 * any walk over it will finish. Each shared part is measured once.
 * `maxNodes` bounds the scalars, lists and mappings in all, `maxDepth` their nesting; both inclusive. `undefined`: nothing is wrong.
 */
export function expansionFault(value: unknown, maxNodes: number, maxDepth: number): ExpansionFault | undefined {
  const sizes = new Map<object, Size | 'open'>();
  const measure = (node: unknown, depth: number): Size | ExpansionFault => {
    if (typeof node !== 'object' || node === null) return SCALAR;
    const known = sizes.get(node);
    if (known === 'open') return 'recursive-alias';
    if (depth + (known?.height ?? 1) > maxDepth) return 'too-deep';
    if (known !== undefined) return known;
    sizes.set(node, 'open');
    const size = measureParts(Object.values(node), depth + 1);
    if (typeof size !== 'string') sizes.set(node, size);
    return size;
  };
  const measureParts = (parts: readonly unknown[], depth: number): Size | ExpansionFault => {
    let nodes = 1;
    let height = 1;
    for (const part of parts) {
      const size = measure(part, depth);
      if (typeof size === 'string') return size;
      nodes += size.nodes;
      height = Math.max(height, size.height + 1);
      if (nodes > maxNodes) return 'too-large';
    }
    return { nodes, height };
  };
  const size = measure(value, 0);
  return typeof size === 'string' ? size : undefined;
}
