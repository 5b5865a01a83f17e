/**
 * Matches a regular expression in time that grows with the length of the text times that of the expression, whatever they are:
 * all ways through the expression are followed at once, instead of one after the other. Takes the host's syntax, as far as
 * `re2.ts` writes it, and finds the match that the host would.
 */

/** A step of the program that an expression is made into. */
type Step =
  | { readonly op: 'character'; readonly test: (character: string) => boolean }
  | { readonly op: 'assert'; readonly test: (text: string, at: number) => boolean }
  /** Goes on at both, the first before the second. */
  | { readonly op: 'split'; first: number; second: number }
  | { readonly op: 'jump'; to: number }
  | { readonly op: 'match' };

/** What an expression is made of. */
export type PatternNode =
  | { readonly type: 'character'; readonly source: string }
  | { readonly type: 'assert'; readonly source: string }
  | { readonly type: 'sequence'; readonly parts: readonly PatternNode[] }
  | { readonly type: 'choice'; readonly options: readonly PatternNode[] }
  | {
      readonly type: 'repeat';
      readonly part: PatternNode;
      readonly min: number;
      readonly max: number;
      readonly isLazy: boolean;
    };

const LINE_START = '(?:^|(?<=\\n))';
const LINE_END = '(?:$|(?=\\n))';
const ESCAPE = '\\\\[pP]\\{[^}]*\\}|\\\\u\\{[0-9a-f]+\\}|\\\\[\\s\\S]';
const GROUP = '\\(\\?:\\^\\|\\(\\?<=\\\\n\\)\\)|\\(\\?:\\$\\|\\(\\?=\\\\n\\)\\)|\\(\\?:|\\(\\?<[A-Za-z_][A-Za-z0-9_]*>';
const TOKEN = new RegExp(`${GROUP}|${ESCAPE}|\\[\\^?(?:${ESCAPE}|[^\\]\\\\])*\\]|\\{\\d+(?:,\\d*)?\\}|[\\s\\S]`, 'uy');

/** Reads an expression in the host's syntax. */
export function parsePattern(source: string): PatternNode {
  TOKEN.lastIndex = 0;
  const tokens: string[] = [];
  while (TOKEN.lastIndex < source.length) tokens.push(TOKEN.exec(source)![0]);
  let next = 0;
  const choice = (): PatternNode => {
    const options = [sequence()];
    while (tokens[next] === '|') {
      next++;
      options.push(sequence());
    }
    return options.length === 1 ? options[0]! : { type: 'choice', options };
  };
  const sequence = (): PatternNode => {
    const parts: PatternNode[] = [];
    while (next < tokens.length && tokens[next] !== '|' && tokens[next] !== ')') parts.push(repeated(atom()));
    return { type: 'sequence', parts };
  };
  const repeated = (part: PatternNode): PatternNode => {
    const bounds = boundsOf(tokens[next]);
    if (!bounds) return part;
    next++;
    const isLazy = tokens[next] === '?';
    if (isLazy) next++;
    return { type: 'repeat', part, ...bounds, isLazy };
  };
  const atom = (): PatternNode => {
    const token = tokens[next++]!;
    if (token === '(' || token === '(?:' || token.startsWith('(?<')) {
      const inner = choice();
      next++;
      return inner;
    }
    const isAssertion = token === LINE_START || token === LINE_END || ASSERTIONS.has(token);
    return { type: isAssertion ? 'assert' : 'character', source: token };
  };
  return choice();
}

function boundsOf(token: string | undefined): { min: number; max: number } | undefined {
  if (token === '*') return { min: 0, max: Number.POSITIVE_INFINITY };
  if (token === '+') return { min: 1, max: Number.POSITIVE_INFINITY };
  if (token === '?') return { min: 0, max: 1 };
  const counted = token === undefined ? null : /^\{(\d+)(,?)(\d*)\}$/.exec(token);
  if (!counted) return undefined;
  const min = Number(counted[1]);
  const isOpen = counted[2] === ',' && counted[3] === '';
  return { min, max: isOpen ? Number.POSITIVE_INFINITY : Number(counted[3] || counted[1]) };
}

const isWord = (character: string | undefined) => character !== undefined && /^[0-9A-Za-z_]$/.test(character);
const isBorder = (text: string, at: number) => isWord(text[at - 1]) !== isWord(text[at]);
const ASSERTIONS: ReadonlyMap<string, (text: string, at: number) => boolean> = new Map([
  ['^', (_, at) => at === 0],
  ['$', (text, at) => at === text.length],
  [LINE_START, (text, at) => at === 0 || text[at - 1] === '\n'],
  [LINE_END, (text, at) => at === text.length || text[at] === '\n'],
  ['\\b', isBorder],
  ['\\B', (text, at) => !isBorder(text, at)],
]);

/** Longest program; what is repeated by number counts as often. */
const MAX_STEPS = 20_000;

/** An expression that would become too long a program. */
export class PatternSizeError extends Error {
  override readonly name = 'PatternSizeError';
}

class ProgramWriter {
  readonly steps: Step[] = [];

  write(node: PatternNode): void {
    if (this.steps.length > MAX_STEPS) throw new PatternSizeError('expression is too large');
    switch (node.type) {
      case 'character':
        this.steps.push({ op: 'character', test: characterTest(node.source) });
        break;
      case 'assert':
        this.steps.push({ op: 'assert', test: ASSERTIONS.get(node.source)! });
        break;
      case 'sequence':
        for (const part of node.parts) this.write(part);
        break;
      case 'choice':
        this.#choice(node.options);
        break;
      case 'repeat':
        this.#repeat(node);
        break;
    }
  }

  #choice(options: readonly PatternNode[]): void {
    const exits: { op: 'jump'; to: number }[] = [];
    for (const option of options.slice(0, -1)) {
      const split = this.#split();
      split.first = this.steps.length;
      this.write(option);
      const exit = { op: 'jump' as const, to: 0 };
      this.steps.push(exit);
      exits.push(exit);
      split.second = this.steps.length;
    }
    this.write(options.at(-1)!);
    for (const exit of exits) exit.to = this.steps.length;
  }

  #repeat({ part, min, max, isLazy }: Extract<PatternNode, { type: 'repeat' }>): void {
    for (let count = 0; count < min; count++) this.write(part);
    if (max === Number.POSITIVE_INFINITY) {
      const start = this.steps.length;
      const split = this.#split();
      this.write(part);
      this.steps.push({ op: 'jump', to: start });
      this.#aim(split, start, isLazy);
      return;
    }
    const splits: [{ first: number; second: number }, number][] = [];
    for (let count = min; count < max; count++) {
      splits.push([this.#split(), this.steps.length - 1]);
      this.write(part);
    }
    for (const [split, at] of splits) this.#aim(split, at, isLazy);
  }

  #split(): { op: 'split'; first: number; second: number } {
    const split = { op: 'split' as const, first: 0, second: 0 };
    this.steps.push(split);
    return split;
  }

  /** Into what follows the split, or past all that has been written. */
  #aim(split: { first: number; second: number }, at: number, isLazy: boolean): void {
    const [inside, outside] = [at + 1, this.steps.length];
    split.first = isLazy ? outside : inside;
    split.second = isLazy ? inside : outside;
  }
}

/** Tests single characters; what ASCII has is known after the first time. */
function characterTest(source: string): (character: string) => boolean {
  const expression = new RegExp(`^${source}$`, 'u');
  const known = new Int8Array(128);
  return (character) => {
    const code = character.charCodeAt(0);
    if (code >= 128) return expression.test(character);
    if (known[code] === 0) known[code] = expression.test(character) ? 1 : -1;
    return known[code] === 1;
  };
}

/** The ways through a program that are open at one place of the text, the preferred ones first. */
class Threads {
  readonly steps: number[] = [];
  readonly starts: number[] = [];
  readonly #seen: Int32Array;
  #generation = 0;

  constructor(size: number) {
    this.#seen = new Int32Array(size);
  }

  clear(): void {
    this.steps.length = 0;
    this.starts.length = 0;
    this.#generation++;
  }

  /** Adds a way, followed up to where it needs a character. */
  add(program: readonly Step[], from: number, place: { text: string; at: number; start: number }): void {
    const open = [from];
    while (open.length > 0) {
      const index = open.pop()!;
      if (this.#seen[index] === this.#generation) continue;
      this.#seen[index] = this.#generation;
      const step = program[index]!;
      if (step.op === 'jump') open.push(step.to);
      else if (step.op === 'split') open.push(step.second, step.first);
      else if (step.op === 'assert') {
        if (step.test(place.text, place.at)) open.push(index + 1);
      } else {
        this.steps.push(index);
        this.starts.push(place.start);
      }
    }
  }
}

/** Finds the first match at or after `from`: the leftmost one and, of those, the one that the expression prefers. */
export type Finder = (text: string, from: number) => readonly [start: number, end: number] | undefined;

/** @throws PatternSizeError */
export function linearFinder(node: PatternNode): Finder {
  const writer = new ProgramWriter();
  writer.write(node);
  const program: readonly Step[] = [...writer.steps, { op: 'match' }];
  return (text, from) => find(program, text, from);
}

function find(program: readonly Step[], text: string, from: number): readonly [number, number] | undefined {
  let [now, next] = [new Threads(program.length), new Threads(program.length)];
  let found: readonly [number, number] | undefined;
  now.clear();
  for (let at = from; at <= text.length; ) {
    if (!found) now.add(program, 0, { text, at, start: at });
    if (now.steps.length === 0 && found) break;
    const code = at < text.length ? text.codePointAt(at)! : undefined;
    const character = code === undefined ? undefined : String.fromCodePoint(code);
    const after = at + (character?.length ?? 1);
    next.clear();
    for (const [index, stepAt] of now.steps.entries()) {
      const step = program[stepAt]!;
      const start = now.starts[index]!;
      if (step.op === 'match') {
        found = [start, at];
        // What comes behind is less preferred.
        break;
      }
      if (step.op === 'character' && character !== undefined && step.test(character)) {
        next.add(program, stepAt + 1, { text, at: after, start });
      }
    }
    [now, next] = [next, now];
    at = after;
  }
  return found;
}
