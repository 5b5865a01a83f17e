import { Composer, type CST, type Document, isMap, isScalar, LineCounter, type ParsedNode, Parser, visit } from 'yaml';
import type { JsonValue } from '../object.ts';
import { badRequest, StatusError } from '../status.ts';
import { describeFault } from './yaml-faults.ts';

export const YAML_MAX_DEPTH = 200;
export const YAML_MAX_BYTES = 3 * 1024 * 1024;
/** Aliases multiplied by what they stand for; more is taken for an attack. */
export const YAML_MAX_ALIASES = 100;

export interface YamlOptions {
  maxDepth?: number;
  maxBytes?: number;
  /** Report keys given twice in one mapping, as strict field validation needs; the last one counts. */
  trackDuplicates?: boolean;
}

export interface ParsedYaml {
  readonly value: JsonValue;
  /** Complaints such as `line 3: key "name" already set in map`. */
  readonly duplicateKeys: string[];
}

const decoder = new TextDecoder();

/** Types of YAML 1.1 that the API's dialect reads as plain text. */
const isUnknownToApi = (tag: unknown) => {
  const { tag: name, format } = tag as { tag?: string; format?: string };
  return format === 'TIME' || /:(timestamp|binary|omap|pairs|set)$/.test(name ?? '');
};

const OCTAL = {
  tag: 'tag:yaml.org,2002:int',
  default: true,
  test: /^[-+]?0o[0-7]+$/,
  resolve: (text: string) => Number(text),
};

/** Numbers have a digit somewhere. */
function asApiReads<T>(tag: T): T {
  const { test, tag: name } = tag as { test?: RegExp; tag?: string };
  const isFloat = test && name?.endsWith(':float') && !test.test('.nan') && !test.test('.inf');
  return isFloat ? { ...tag, test: new RegExp(`^(?=[-+]?\\.?\\d)(?:${test.source})`) } : tag;
}

/**
 * Reads the first document of a YAML text as JSON: YAML 1.1 with its booleans (yes, on) and merge keys, keys always text, times
 * left as text. Throws a 400 `StatusError` with the line of the fault.
 */
export function parseYaml(input: Uint8Array | string, options: YamlOptions = {}): ParsedYaml {
  const text = typeof input === 'string' ? input : decoder.decode(input);
  const { maxBytes = YAML_MAX_BYTES, maxDepth = YAML_MAX_DEPTH } = options;
  if (text.length > maxBytes) throw wrongYaml(`document is longer than ${maxBytes} bytes`);
  const lines = new LineCounter();
  try {
    const document = readFirst(text, lines, maxDepth);
    if (document && !text.endsWith('\n')) endWithoutBreak(document, text.length);
    if (!document) return { value: null, duplicateKeys: [] };
    const value = document.toJS({ maxAliasCount: YAML_MAX_ALIASES }) as JsonValue;
    checkJson(value, maxDepth);
    return { value, duplicateKeys: options.trackDuplicates ? duplicateKeys(document, lines) : [] };
  } catch (error) {
    if (error instanceof StatusError) throw error;
    if (error instanceof RangeError) throw wrongYaml('exceeded max depth');
    throw wrongYaml(describeFault({ message: (error as Error).message, pos: [0, 0] }, text).replace(/^line 1: /, ''));
  }
}

function wrongYaml(detail: string): StatusError {
  return badRequest(`error converting YAML to JSON: yaml: ${detail}`);
}

function readFirst(text: string, lineCounter: LineCounter, maxDepth: number): Document.Parsed | undefined {
  const tokens = [...new Parser(lineCounter.addNewLine).parse(text)];
  checkDepth(tokens, maxDepth);
  const composer = new Composer<ParsedNode>({
    version: '1.1',
    schema: 'yaml-1.1',
    merge: true,
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: 'silent',
    lineCounter,
    customTags: (tags) =>
      tags
        .filter((tag) => !isUnknownToApi(tag))
        .map(asApiReads)
        .concat(OCTAL as never),
  });
  const { value: first } = composer.compose(tokens, true, text.length).next();
  if (!first) return undefined;
  const fault = first.errors[0];
  if (fault) throw wrongYaml(describeFault(fault, text));
  return first;
}

/** A block that the text ends in the midst of has no line break at its end. */
function endWithoutBreak(document: Document.Parsed, end: number): void {
  visit(document, {
    Scalar(_, node) {
      const isBlock = node.type === 'BLOCK_LITERAL' || node.type === 'BLOCK_FOLDED';
      if (!isBlock || (node.range?.[1] ?? 0) < end || typeof node.value !== 'string') return;
      node.value = node.value.replace(/\n$/, '');
    },
  });
}

type SyntaxNode = CST.Token | CST.CollectionItem | null | undefined;

/**
 * Composing a document recurses, so its depth is checked before, on the flat syntax tree. A stack that overflows inside a regular
 * expression would end the whole process.
 */
function checkDepth(tokens: readonly CST.Token[], maxDepth: number): void {
  const open: [node: SyntaxNode, depth: number][] = tokens.map((token) => [token, 0]);
  for (let next = open.pop(); next; next = open.pop()) {
    const [node, depth] = next;
    if (!node) continue;
    if (depth > maxDepth) throw wrongYaml('exceeded max depth');
    if ('items' in node) for (const item of node.items) open.push([item, depth + 1]);
    if ('key' in node) open.push([node.key, depth]);
    if ('value' in node && typeof node.value === 'object') open.push([node.value as SyntaxNode, depth]);
  }
}

/** YAML can say what JSON cannot: infinities, and values that contain themselves. */
function checkJson(value: unknown, depthLeft: number): void {
  if (typeof value === 'number' && !Number.isFinite(value)) {
    const name = Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
    throw badRequest(`error converting YAML to JSON: json: unsupported value: ${name}`);
  }
  if (typeof value !== 'object' || value === null) return;
  if (depthLeft === 0) throw wrongYaml('exceeded max depth');
  for (const inner of Object.values(value)) checkJson(inner, depthLeft - 1);
}

function duplicateKeys(document: Document.Parsed, lines: LineCounter): string[] {
  const found: string[] = [];
  visit(document, {
    Map(_, node) {
      if (!isMap(node)) return;
      const seen = new Set<string>();
      for (const { key } of node.items) {
        if (!isScalar(key)) continue;
        const name = String(key.value);
        const line = lines.linePos(key.range?.[0] ?? 0).line;
        if (seen.has(name)) found.push(`line ${line}: key ${JSON.stringify(name)} already set in map`);
        seen.add(name);
      }
    },
  });
  return found;
}
