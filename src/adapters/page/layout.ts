import elk, { type ElkNode } from 'elkjs/lib/elk.bundled.js';
import type { LayOut, PictureParts, Sized } from '../../app/page/picture.ts';

/** Room between the columns, for the lines, and between what stands in one, in the units of the picture. */
const BETWEEN_COLUMNS = '160';
const BETWEEN = 16;

const PADDING = 8;

const COLUMNS = ['from', 'namespaces', 'to'] as const;

const leaf = ({ id, width, height }: Sized): ElkNode => ({ id, width, height });

/** One below the other, all as wide as the widest. */
function stack(parts: readonly Sized[]): ElkNode {
  const width = Math.max(...parts.map(part => part.width));
  const children = parts.map((part, index) => ({
    ...leaf(part),
    ...{ width, x: PADDING, y: PADDING + index * (part.height + BETWEEN) },
  }));
  return { id: '', layoutOptions: { 'elk.algorithm': 'fixed' }, children };
}

/** As many as there are in a box that is a little wider than high. */
function packed(parts: readonly Sized[]): ElkNode {
  const layoutOptions = {
    'elk.algorithm': 'rectpacking',
    'elk.aspectRatio': '1.3',
    'elk.spacing.nodeNode': String(BETWEEN),
    'elk.padding': `[top=${PADDING},left=${PADDING},bottom=${PADDING},right=${PADDING}]`,
  };
  return { id: '', layoutOptions, children: parts.map(leaf) };
}

const columnOf = (name: (typeof COLUMNS)[number], parts: PictureParts): ElkNode => ({
  ...(name === 'namespaces' ? packed : stack)(parts[name]),
  id: name,
});

/** Columns from left to right: whence, the namespaces, where to; the namespaces are packed, and all of it is put together by ELK (eclipse.dev/elk). */
export const layOut: LayOut = async parts => {
  const columns = COLUMNS.filter(name => parts[name].length > 0).map(name => columnOf(name, parts));
  const edges = columns
    .slice(1)
    .map((to, index) => ({ id: to.id, sources: [columns[index]?.id ?? ''], targets: [to.id] }));
  const graph: ElkNode = {
    id: 'picture',
    layoutOptions: {
      'elk.algorithm': 'layered',
      'elk.direction': 'RIGHT',
      'elk.layered.spacing.nodeNodeBetweenLayers': BETWEEN_COLUMNS,
      'elk.padding': '[top=0,left=0,bottom=0,right=0]',
    },
    children: columns,
    edges,
  };
  const placed = await new elk.default().layout(graph);
  const boxes = (placed.children ?? []).flatMap(({ x = 0, y = 0, children = [] }) =>
    children.map(
      child =>
        [
          child.id,
          { x: x + (child.x ?? 0), y: y + (child.y ?? 0), width: child.width ?? 0, height: child.height ?? 0 },
        ] as const,
    ),
  );
  return { width: placed.width ?? 0, height: placed.height ?? 0, boxes: new Map(boxes) };
};
