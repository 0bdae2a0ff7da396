/** A node of the syntax tree (ESTree, with TypeScript's nodes), as far as it is looked at. */
export interface Node {
  readonly type: string;
  /** Offsets in the text, in UTF-16 units; `end` is exclusive. */
  readonly start: number;
  readonly end: number;
  readonly [key: string]: unknown;
}

/** The text of a node's part. */
type TextOf = (node: unknown) => string;

/** What takes the place of a node. */
type Replacements = readonly string[];

interface Operator {
  readonly name: string;
  readonly types: readonly string[];
  readonly edit: (node: Node, textOf: TextOf) => Replacements;
}

const SWAPPED: ReadonlyMap<unknown, readonly string[]> = new Map([
  ['===', ['!==']],
  ['!==', ['===']],
  ['<', ['<=', '>=']],
  ['<=', ['<', '>']],
  ['>', ['>=', '<=']],
  ['>=', ['>', '<']],
  ['+', ['-']],
  ['-', ['+']],
  ['*', ['/']],
  ['%', ['*']],
  ['&', ['|']],
  ['|', ['&']],
  ['<<', ['>>']],
  ['>>', ['<<']],
  ['>>>', ['<<']],
  ['&&', ['||']],
  ['||', ['&&']],
  ['+=', ['-=']],
  ['-=', ['+=']],
]);

const METHODS: ReadonlyMap<string, string> = new Map([
  ['min', 'max'],
  ['max', 'min'],
  ['some', 'every'],
  ['every', 'some'],
  ['startsWith', 'endsWith'],
  ['endsWith', 'startsWith'],
  ['has', 'delete'],
  ['floor', 'ceil'],
  ['ceil', 'floor'],
]);

/** Calls that can be left out: what they are called on stays. */
const DROPPED: ReadonlySet<string> = new Set(['filter', 'slice', 'sort', 'toSorted', 'reverse', 'trim', 'toLowerCase']);

const swap = ({ left, operator, right }: Node, textOf: TextOf): Replacements =>
  (SWAPPED.get(operator) ?? []).map(other => `${textOf(left)} ${other} ${textOf(right)}`);

const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null && 'type' in value;

/** The object and the name of a call of a method; `undefined` for any other call. */
function methodOf({ callee, optional }: Node): { readonly object: unknown; readonly name: string } | undefined {
  if (!isNode(callee) || callee.type !== 'MemberExpression' || callee.computed === true) return undefined;
  if (optional === true || callee.optional === true || !isNode(callee.property)) return undefined;
  return { object: callee.object, name: String(callee.property.name) };
}

function otherMethod(node: Node, textOf: TextOf): Replacements {
  const method = methodOf(node);
  const other = METHODS.get(method?.name ?? '');
  if (method === undefined || other === undefined || !Array.isArray(node.arguments)) return [];
  return [`${textOf(method.object)}.${other}(${node.arguments.map(textOf).join(', ')})`];
}

function withoutCall(node: Node, textOf: TextOf): Replacements {
  const method = methodOf(node);
  return method !== undefined && DROPPED.has(method.name) ? [textOf(method.object)] : [];
}

/** From here on a number is a bound of time, length or count, of which one more or less is nothing that anybody could see. */
const COARSE = 1_000;

function otherNumbers({ value }: Node): Replacements {
  if (typeof value !== 'number') return [];
  return value < COARSE ? [String(value + 1), String(value - 1)] : [String(value * 2), String(value / 2)];
}

/** Every kind of edit: small, and such as a slip of the hand or of the thought would make. */
export const OPERATORS: readonly Operator[] = [
  { name: 'operator', types: ['BinaryExpression', 'LogicalExpression', 'AssignmentExpression'], edit: swap },
  {
    name: 'default dropped',
    types: ['LogicalExpression'],
    edit: ({ operator, left }, textOf) => (operator === '??' ? [textOf(left)] : []),
  },
  {
    name: 'negation dropped',
    types: ['UnaryExpression'],
    edit: ({ operator, argument }, textOf) => (operator === '!' ? [textOf(argument)] : []),
  },
  { name: 'boolean', types: ['Literal'], edit: ({ value }) => (typeof value === 'boolean' ? [String(!value)] : []) },
  {
    name: 'number',
    types: ['Literal'],
    edit: otherNumbers,
  },
  { name: 'method', types: ['CallExpression'], edit: otherMethod },
  { name: 'call dropped', types: ['CallExpression'], edit: withoutCall },
  {
    name: 'count turned',
    types: ['UpdateExpression'],
    edit: ({ operator, argument }, textOf) => [`${textOf(argument)}${operator === '++' ? '--' : '++'}`],
  },
  {
    name: 'statement dropped',
    types: ['ExpressionStatement', 'ContinueStatement', 'BreakStatement', 'ThrowStatement'],
    edit: () => [';'],
  },
];

/** Parts of a node that decide: the node's condition becomes true, and false. */
export const CONDITIONS: ReadonlySet<string> = new Set(['IfStatement', 'ConditionalExpression']);
