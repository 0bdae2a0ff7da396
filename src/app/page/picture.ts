import { byKey } from '../../core/order.ts';
import {
  type Box,
  type MapEnd,
  type MapWay,
  type Picture,
  type PictureLine,
  WAY_STANDINGS,
  type WayStanding,
} from './model.ts';
import { BOLD_LETTER, CELL, HEAD, LETTER, PAD } from './picture-measures.ts';

/** A server, as far as the picture shows it. */
export interface DrawnServer {
  readonly namespace: string;
  readonly ways: readonly Pick<MapWay, 'side' | 'end' | 'standing'>[];
}

/** Something that needs a place of a size. */
export interface Sized {
  readonly id: string;
  readonly width: number;
  readonly height: number;
}

/** What a picture is laid out from: whence traffic comes, the namespaces with servers, and where it goes. */
export interface PictureParts {
  readonly from: readonly Sized[];
  readonly namespaces: readonly Sized[];
  readonly to: readonly Sized[];
}

/** Where everything is, by id, in a picture of a size. */
interface PlacedParts {
  readonly width: number;
  readonly height: number;
  readonly boxes: ReadonlyMap<string, Box>;
}

/** Gives everything its place. */
export type LayOut = (parts: PictureParts) => Promise<PlacedParts>;

const LONGEST_TEXT = 220;

/** Room for a text of 13 units in the interface's font; of a long one, for its beginning. */
const textWidth = (text: string, letter = LETTER): number => Math.min(LONGEST_TEXT, Math.ceil(text.length * letter));

/** As many columns as make the box about twice as wide as high. */
const columnsFor = (count: number): number => Math.max(1, Math.ceil(Math.sqrt(count * 2)));

interface FoundEnd {
  readonly end: MapEnd;
  readonly side: MapWay['side'];
  standing: WayStanding;
}

const worse = (a: WayStanding, b: WayStanding): WayStanding =>
  WAY_STANDINGS.indexOf(a) < WAY_STANDINGS.indexOf(b) ? a : b;

const endKey = ({ side, end }: Pick<MapWay, 'side' | 'end'>): string => `${side} ${end.id}`;

function endsOf(servers: readonly DrawnServer[]): ReadonlyMap<string, FoundEnd> {
  const ends = new Map<string, FoundEnd>();
  for (const { side, end, standing } of servers.flatMap(({ ways }) => ways)) {
    const known = ends.get(endKey({ side, end }));
    if (known === undefined) ends.set(endKey({ side, end }), { side, end, standing });
    else known.standing = worse(known.standing, standing);
  }
  return new Map([...ends].sort(byKey));
}

function namespacesOf(servers: readonly DrawnServer[]): ReadonlyMap<string, readonly number[]> {
  const indexes = Map.groupBy(servers.keys(), index => servers[index]?.namespace ?? '');
  return new Map([...indexes].sort(byKey));
}

/** What one namespace has with the ends: how many of its servers, and the worst of it. */
function linesOf(
  servers: readonly DrawnServer[],
  indexes: readonly number[],
  namespace: number,
  endIndex: ReadonlyMap<string, number>,
): readonly PictureLine[] {
  const lines = new Map<
    string,
    { readonly servers: Set<number>; standing: WayStanding; readonly side: MapWay['side'] }
  >();
  for (const index of indexes) {
    for (const way of servers[index]?.ways ?? []) {
      const key = endKey(way);
      const known = lines.get(key) ?? { servers: new Set(), standing: way.standing, side: way.side };
      known.servers.add(index);
      known.standing = worse(known.standing, way.standing);
      lines.set(key, known);
    }
  }
  return [...lines].map(([key, { servers: some, standing, side }]) => ({
    ...{ end: endIndex.get(key) ?? 0, side, namespace, servers: some.size, standing },
  }));
}

const NOWHERE: Box = { x: 0, y: 0, width: 0, height: 0 };

/** The picture of all servers, grouped by namespace, between the ends that their ways come from and go to. */
export async function pictureOf(servers: readonly DrawnServer[], layOut: LayOut): Promise<Picture> {
  const ends = endsOf(servers);
  const namespaces = [...namespacesOf(servers)].map(([name, indexes]) => {
    const columns = Math.min(indexes.length, columnsFor(indexes.length));
    const rows = Math.ceil(indexes.length / columns);
    const width = Math.max(columns * CELL, textWidth(name, BOLD_LETTER)) + 2 * PAD;
    return { name, indexes, columns, sized: { id: `namespace ${name}`, width, height: HEAD + rows * CELL + PAD } };
  });
  const sideOf = (side: MapWay['side']) => [...ends].filter(([, one]) => one.side === side);
  const sized = (side: MapWay['side']): readonly Sized[] =>
    sideOf(side).map(([id, { end }]) => ({ id, width: textWidth(end.text) + 2 * PAD, height: 36 }));
  const placed = await layOut({ from: sized('from'), namespaces: namespaces.map(one => one.sized), to: sized('to') });
  const boxOf = (id: string): Box => placed.boxes.get(id) ?? NOWHERE;
  const drawn = (side: MapWay['side']) =>
    sideOf(side).map(([id, { end, standing }]) => ({ ...end, standing, box: boxOf(id) }));
  const endIndex = new Map(
    (['from', 'to'] as const).flatMap(side => sideOf(side).map(([id], index) => [id, index] as const)),
  );
  return {
    ...{ width: placed.width, height: placed.height, from: drawn('from'), to: drawn('to') },
    namespaces: namespaces.map(({ name, indexes, columns, sized: { id } }) => ({
      name,
      servers: indexes,
      columns,
      box: boxOf(id),
    })),
    lines: namespaces.flatMap(({ indexes }, index) => linesOf(servers, indexes, index, endIndex)),
  };
}
