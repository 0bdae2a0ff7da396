import type { Inventory } from '../../app/inventory/inventory.ts';

const text = (value: unknown, indent: string): string => JSON.stringify(value, null, 2).replaceAll('\n', `\n${indent}`);

/** A list, item by item. */
function* listTexts(items: readonly unknown[]): Iterable<string> {
  if (items.length === 0) return yield '[]';
  yield '[\n    ';
  for (const [index, item] of items.entries()) yield `${index === 0 ? '' : ',\n    '}${text(item, '    ')}`;
  yield '\n  ]';
}

/** The inventory as JSON, server by server: the text of ten thousand is as large as what it tells of. */
export function* renderJson(inventory: Inventory): Iterable<string> {
  let before = '{';
  for (const [key, value] of Object.entries(inventory)) {
    yield `${before}\n  ${JSON.stringify(key)}: `;
    before = ',';
    if (Array.isArray(value)) yield* listTexts(value);
    else yield text(value, '  ');
  }
  yield '\n}\n';
}
