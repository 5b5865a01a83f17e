/** What the parser says of a fault, and where in the text it is. */
export interface YamlFault {
  readonly message: string;
  readonly pos: readonly [number, number];
}

/** A text, and where in it a fault is. */
interface Place {
  readonly text: string;
  /** Line of the fault, from 0. */
  readonly line: number;
  readonly pos: number;
}

type Wording = (place: Place, match: RegExpExecArray) => string;

/** Faults in characters name their line from 1, faults in the structure from 0; the first line of either is not named. */
const inCharacters = (line: number, what: string) => (line > 0 ? `line ${line + 1}: ${what}` : what);
const inStructure = (line: number, what: string) => (line > 0 ? `line ${line}: ${what}` : what);

const linesBefore = (text: string, pos: number) => text.slice(0, pos).split('\n').length - 1;

/** The line that the end of the text is on, once it ends with a break. */
function lastLine(text: string): number {
  return linesBefore(text, text.length) + (text.endsWith('\n') ? 0 : 1);
}

const WORDINGS: readonly (readonly [RegExp, Wording])[] = [
  [/^Nested mappings are not allowed/, secondColon],
  [/^Flow (map|sequence) .*end with/, unfinishedFlow],
  [/^Missing closing/, ({ text }) => inCharacters(linesBefore(text, text.length), 'found unexpected end of stream')],
  [/^Unresolved alias .*: (.+)$/s, (_, match) => `unknown anchor '${match[1]}' referenced`],
  [/reserved character/, ({ line }) => inCharacters(line, 'found character that cannot start any token')],
  [/^Tabs are not allowed/, tab],
  [/^Missing directives-end/, directive],
  [/^Implicit map keys need to be followed/, ({ line }) => inCharacters(line + 1, "could not find expected ':'")],
  [/ at node end$/, unexpectedNode],
  [/^Implicit keys need/, multilineKey],
  [/^All mapping items/, ({ line }) => inStructure(line, 'did not find expected key')],
  [/^Unexpected (flow-\w+-end|, in flow)/, ({ line }) => inStructure(line, 'did not find expected node content')],
  [/^Alias cannot be/, ({ line }) => inCharacters(line, 'did not find expected alphabetic or numeric character')],
  [/^Invalid escape sequence \\[xuU]/, ({ line }) => inCharacters(line, 'did not find expected hexdecimal number')],
  [/^Invalid escape sequence/, ({ line }) => inCharacters(line, 'found unknown escape character')],
  [/^Block scalar header/, ({ line }) => inCharacters(line, 'did not find expected comment or line break')],
];

/** A fault in the words that users of the API know, where it is one that they have words for. */
export function describeFault({ message, pos }: YamlFault, text: string): string {
  const place = { text, pos: pos[0], line: linesBefore(text, pos[0]) };
  for (const [pattern, wording] of WORDINGS) {
    const match = pattern.exec(message);
    if (match) return wording(place, match);
  }
  return `line ${place.line + 1}: ${message}`;
}

function secondColon({ text, pos }: Place): string {
  const colon = text.slice(pos).search(/:(\s|$)/);
  return inCharacters(linesBefore(text, pos + Math.max(colon, 0)), 'mapping values are not allowed in this context');
}

function unfinishedFlow({ text }: Place, match: RegExpExecArray): string {
  const line = lastLine(text);
  if (/[[{,:]$/.test(text.trimEnd())) return inStructure(line, 'did not find expected node content');
  return inStructure(line, `did not find expected ',' or '${match[1] === 'map' ? '}' : ']'}'`);
}

/** Within a text that goes on a tab is in the way of it; elsewhere nothing begins with one. */
function tab({ text, line }: Place): string {
  const before = text.split('\n')[line - 1]?.trimEnd() ?? '';
  const goesOn = before !== '' && !/[:-]$/.test(before);
  const what = goesOn
    ? 'found a tab character that violates indentation'
    : 'found character that cannot start any token';
  return inCharacters(line, what);
}

function directive({ text, line }: Place): string {
  const isNamed = /^%\w/.test(text.split('\n')[line] ?? '');
  return inCharacters(line, isNamed ? 'found unknown directive name' : 'could not find expected directive name');
}

/** A list where a key should be is no key; anything else lacks its colon. */
function multilineKey({ text, line }: Place): string {
  const isList = text.split('\n')[line]?.trimStart().startsWith('-') ?? false;
  return isList
    ? inStructure(line, 'did not find expected key')
    : inCharacters(line + 1, "could not find expected ':'");
}

function unexpectedNode({ text, line }: Place): string {
  const isInList = text.split('\n')[line - 1]?.startsWith('-') ?? false;
  return inStructure(line, `did not find expected ${isInList ? "'-' indicator" : 'key'}`);
}
