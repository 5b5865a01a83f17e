import { CelMap, CelOpaque, type CelValue, isList } from './values.ts';

/** What evaluation costs, in units of a simple operation. The estimate of what an expression may cost goes by the same numbers. */
export const CEL_COSTS = {
  name: 1,
  list: 10,
  map: 30,
  struct: 40,
  /** Of each character of a text that is read through. */
  character: 0.1,
  /** Of each character of a regular expression, times those of the text. */
  patternCharacter: 0.25,
  authorization: 350_000,
  /** Length that the pattern behind a named format is taken to have. */
  formatPattern: 128,
} as const;

/** How many parts a value has: characters, bytes, items, entries; 1 for all else. */
function sizeOf(value: CelValue | undefined): number {
  if (typeof value === 'string' || value instanceof Uint8Array) return value.length;
  if (value === undefined) return 0;
  if (isList(value)) return value.length;
  if (value instanceof CelMap) return value.size;
  return value instanceof CelOpaque ? addressSize(value) : 1;
}

function addressSize({ type, inner }: CelOpaque): number {
  if (type === 'net.IP') return (inner as { family: number }).family === 4 ? 4 : 16;
  return type === 'net.CIDR' ? Math.ceil((inner as { prefixLength: number }).prefixLength / 8) : 1;
}

function traversal(value: CelValue | undefined): number {
  if (typeof value === 'string' || value instanceof Uint8Array) return Math.floor(value.length * CEL_COSTS.character);
  if (value === undefined || value === null || typeof value !== 'object') return 1;
  if (isList(value)) return value.reduce<number>((total, item) => total + traversal(item), 0);
  if (!(value instanceof CelMap)) return 1;
  return value.entries().reduce((total, [key, item]) => total + traversal(key) + traversal(item), 0);
}

const characters = (size: number) => Math.ceil(size * CEL_COSTS.character);
const search = (text: CelValue | undefined, patternSize: number) =>
  characters(sizeOf(text) + 1) * Math.ceil(patternSize * CEL_COSTS.patternCharacter);

type CallCost = (args: readonly CelValue[], result: CelValue) => number;

const read: CallCost = ([text]) => characters(sizeOf(text));
const readAndBuild: CallCost = ([text]) => Math.ceil(sizeOf(text) * 2 * CEL_COSTS.character);
const traversed: CallCost = ([value]) => traversal(value);
const compared: CallCost = ([a, b]) => characters(Math.min(sizeOf(a), sizeOf(b)));
const product: CallCost = ([a, b]) => 1 + sizeOf(a) * sizeOf(b);
const isText = (value: CelValue | undefined) => typeof value === 'string' || value instanceof Uint8Array;
const ordered: CallCost = (args, result) => (isText(args[0]) ? compared(args, result) : 1);
const within: CallCost = ([cidr, other]) =>
  characters(2 * sizeOf(cidr)) + (typeof other === 'string' ? characters(sizeOf(other)) : 0);

const COSTS: ReadonlyMap<string, CallCost> = new Map<string, CallCost>([
  ['check', () => CEL_COSTS.authorization],
  ...each('isSorted sum max min indexOf lastIndexOf', traversed),
  ...each('url lowerAscii upperAscii substring trim cidr isIP isCIDR quantity isQuantity semver isSemver', read),
  ...each('replace split ip.isCanonical', readAndBuild),
  ...each('sets.contains sets.equivalent sets.intersects', product),
  ...each('flatten reverse slice', ([list]) => 1 + sizeOf(list)),
  ...each('distinct sort', ([list]) => 1 + sizeOf(list) ** 2),
  ...each('startsWith endsWith', ([, part]) => characters(sizeOf(part))),
  ...each('_==_ _!=_', compared),
  ...each('_<_ _<=_ _>_ _>=_', ordered),
  ...each('find findAll matches', ([text, pattern]) => search(text, sizeOf(pattern))),
  ['join', (_, result) => Math.ceil(sizeOf(result) * 2 * CEL_COSTS.character)],
  ['ip', ([value]) => (typeof value === 'string' ? characters(value.length) : 1)],
  ['containsIP', within],
  ['containsCIDR', (args, result) => within(args, result) + characters(sizeOf(args[0])) + 1],
  ['validate', ([, text]) => search(text, CEL_COSTS.formatPattern)],
  ['string', ([value]) => (value instanceof Uint8Array ? characters(value.length) : 1)],
  ['bytes', ([value]) => (typeof value === 'string' ? characters(value.length) : 1)],
  ['@in', ([, container]) => (isList(container ?? null) ? sizeOf(container) : 1)],
  ['_+_', ([a, b]) => (isText(a) ? characters(sizeOf(a) + sizeOf(b)) : 1)],
  ['contains', ([text, part]) => characters(sizeOf(text)) * characters(sizeOf(part))],
  ['format', ([text]) => characters(sizeOf(text))],
]);

function each(names: string, cost: CallCost): [string, CallCost][] {
  return names.split(' ').map((name) => [name, cost]);
}

const ONE: CallCost = () => 1;

/** What calls of a function cost, by what they were given and what came of them. */
export function callCost(name: string): CallCost {
  return COSTS.get(name) ?? ONE;
}
