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

/** How much wider than high. */
const ASPECT_RATIO = 1.3;

/** Of more, ELK's packing takes long, in one piece. */
const MOST_PACKED = 200;

/** One beside the other, in rows of one width. */
function rows(parts: readonly Sized[]): ElkNode {
  const area = parts.reduce((sum, { width, height }) => sum + (width + BETWEEN) * (height + BETWEEN), 0);
  const right = Math.max(Math.sqrt(area * ASPECT_RATIO), ...parts.map(({ width }) => width));
  let [x, y, highest] = [0, 0, 0];
  const children = parts.map(part => {
    if (x > 0 && x + part.width > right) [x, y, highest] = [0, y + highest + BETWEEN, 0];
    const child = { ...leaf(part), x: PADDING + x, y: PADDING + y };
    x += part.width + BETWEEN;
    highest = Math.max(highest, part.height);
    return child;
  });
  return { id: '', layoutOptions: { 'elk.algorithm': 'fixed' }, children };
}

/** As many as there are in a box that is a little wider than high. */
function packed(parts: readonly Sized[]): ElkNode {
  if (parts.length > MOST_PACKED) return rows(parts);
  const layoutOptions = {
    'elk.algorithm': 'rectpacking',
    'elk.aspectRatio': String(ASPECT_RATIO),
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
