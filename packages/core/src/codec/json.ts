import type { JsonValue } from '../object.ts';
import { badRequest } from '../status.ts';
import { describeSyntaxError } from './json-syntax.ts';

export const JSON_MAX_DEPTH = 1000;

export interface JsonOptions {
  /** Nesting beyond this is refused. Default 1000. */
  maxDepth?: number;
  /** Report fields given twice, as strict field validation needs; the last one counts. */
  trackDuplicates?: boolean;
}

export interface ParsedJson {
  readonly value: JsonValue;
  /** Paths of fields given more than once, in document order. */
  readonly duplicateFields: string[];
}

const decoder = new TextDecoder();

/** Reads JSON. Throws a 400 `StatusError` that says where and why the text is no JSON. */
export function parseJson(input: Uint8Array | string, options: JsonOptions = {}): ParsedJson {
  const text = typeof input === 'string' ? input : decoder.decode(input);
  const maxDepth = options.maxDepth ?? JSON_MAX_DEPTH;
  // A text cannot be nested deeper than half its length, so short ones need no look.
  if (text.length > 2 * maxDepth) checkDepth(text, maxDepth);
  let value: JsonValue;
  try {
    value = JSON.parse(text) as JsonValue;
  } catch (error) {
    throw badRequest(describeSyntaxError(text) ?? (error as Error).message);
  }
  if (!options.trackDuplicates || countMembers(text) === countKeys(value)) return { value, duplicateFields: [] };
  return { value, duplicateFields: findDuplicates(text) };
}

/** The index of the quote that ends the string that begins at `start`. */
function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (end > 0 && isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end < 0 ? text.length : end;
}

function isEscaped(text: string, at: number): boolean {
  let backslashes = 0;
  while (text.charCodeAt(at - 1 - backslashes) === 92) backslashes++;
  return backslashes % 2 === 1;
}

function checkDepth(text: string, maxDepth: number): void {
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 34) at = endOfString(text, at);
    else if (code === 123 || code === 91) {
      if (++depth > maxDepth) throw badRequest('exceeded max depth');
    } else if (code === 125 || code === 93) depth--;
  }
}

/** Members of all objects in a valid JSON text: its colons outside strings. */
function countMembers(text: string): number {
  let members = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 34) at = endOfString(text, at);
    else if (code === 58) members++;
  }
  return members;
}

function countKeys(value: JsonValue): number {
  if (typeof value !== 'object' || value === null) return 0;
  let keys = 0;
  if (Array.isArray(value)) {
    for (const item of value) keys += countKeys(item);
    return keys;
  }
  for (const key in value) keys += 1 + countKeys(value[key]!);
  return keys;
}

const DUPLICATES_LIMIT = 100;

interface Level {
  /** Keys seen so far in an object; undefined for a list. */
  readonly seen: Set<string> | undefined;
  /** Path of the value itself. */
  readonly path: string;
  /** Path of the member or item being read. */
  inner: string;
  index: number;
}

/** Walks a valid JSON text and gathers the paths of repeated keys. */
function findDuplicates(text: string): string[] {
  const found = new Set<string>();
  const levels: Level[] = [];
  for (let at = 0; at < text.length && found.size < DUPLICATES_LIMIT; at++) {
    const top = levels.at(-1);
    const character = text[at];
    if (character === '{' || character === '[') {
      const path = top?.inner ?? '';
      const seen = character === '{' ? new Set<string>() : undefined;
      levels.push({ seen, path, inner: seen ? path : `${path}[0]`, index: 0 });
    } else if (character === '}' || character === ']') {
      levels.pop();
    } else if (character === ',' && top && !top.seen) {
      top.index++;
      top.inner = `${top.path}[${top.index}]`;
    } else if (character === '"') {
      const end = endOfString(text, at);
      if (top?.seen && isKey(text, end)) readKey(JSON.parse(text.slice(at, end + 1)) as string, top, found);
      at = end;
    }
  }
  return [...found];
}

function isKey(text: string, end: number): boolean {
  let at = end + 1;
  while (/\s/.test(text[at] ?? '')) at++;
  return text[at] === ':';
}

function readKey(key: string, level: Level, found: Set<string>): void {
  level.inner = level.path ? `${level.path}.${key}` : key;
  if (level.seen!.has(key)) found.add(level.inner);
  level.seen!.add(key);
}
