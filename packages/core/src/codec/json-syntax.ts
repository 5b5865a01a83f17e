/**
 * Says why a text is no JSON, in the words that Go programs use ("invalid character 'x' looking for beginning of value"), which
 * clients and their users know. Slow and careful; runs only once parsing has failed.
 */
export function describeSyntaxError(text: string): string | undefined {
  const scanner = new Scanner(text);
  try {
    scanner.document();
  } catch (error) {
    if (error instanceof SyntaxComplaint) return error.message;
    throw error;
  }
  return undefined;
}

class SyntaxComplaint extends Error {}

const END = 'unexpected end of JSON input';

class Scanner {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  document(): void {
    this.#skipSpace();
    const stack: ('{' | '[')[] = [];
    this.#value(stack);
    while (stack.length > 0) this.#afterValue(stack);
    this.#skipSpace();
    if (this.#at < this.#text.length) this.#complain('after top-level value');
  }

  /** Reads a scalar, or opens a container and reads up to its first value. */
  #value(stack: ('{' | '[')[]): void {
    this.#skipSpace();
    const character = this.#peek();
    if (character === '{') this.#open(stack, '{', '}');
    else if (character === '[') this.#open(stack, '[', ']');
    else this.#scalar(character);
  }

  #open(stack: ('{' | '[')[], opening: '{' | '[', closing: string): void {
    this.#at++;
    this.#skipSpace();
    if (this.#peek() === closing) {
      this.#at++;
      return;
    }
    stack.push(opening);
    if (opening === '{') this.#key('looking for beginning of object key string');
    this.#value(stack);
  }

  #afterValue(stack: ('{' | '[')[]): void {
    const container = stack.at(-1)!;
    this.#skipSpace();
    const character = this.#peek();
    if (character === (container === '{' ? '}' : ']')) {
      this.#at++;
      stack.pop();
      return;
    }
    if (character !== ',') this.#complain(container === '{' ? 'after object key:value pair' : 'after array element');
    this.#at++;
    this.#skipSpace();
    if (container === '{') this.#key('looking for beginning of object key string');
    this.#value(stack);
  }

  #key(where: string): void {
    if (this.#peek() !== '"') this.#complain(where);
    this.#string();
    this.#skipSpace();
    if (this.#peek() !== ':') this.#complain('after object key');
    this.#at++;
  }

  #scalar(character: string): void {
    if (character === '"') this.#string();
    else if (character === '-' || isDigit(character)) this.#number();
    else if (character === 't') this.#literal('true');
    else if (character === 'f') this.#literal('false');
    else if (character === 'n') this.#literal('null');
    else this.#complain('looking for beginning of value');
  }

  #string(): void {
    this.#at++;
    for (;;) {
      const character = this.#peek();
      if (character === '"') break;
      if (character < ' ') this.#complain('in string literal');
      this.#at++;
      if (character === '\\') this.#escape();
    }
    this.#at++;
  }

  #escape(): void {
    const character = this.#peek();
    if (!'"\\/bfnrtu'.includes(character)) this.#complain('in string escape code');
    this.#at++;
    if (character !== 'u') return;
    for (let digit = 0; digit < 4; digit++) {
      if (!/[0-9a-fA-F]/.test(this.#peek())) this.#complain('in \\u hexadecimal character escape');
      this.#at++;
    }
  }

  #number(): void {
    if (this.#text[this.#at] === '-') {
      this.#at++;
      if (!isDigit(this.#peek())) this.#complain('in numeric literal');
    }
    if (this.#text[this.#at] === '0') this.#at++;
    else this.#digits();
    if (this.#text[this.#at] === '.') this.#fraction();
    if (/[eE]/.test(this.#text[this.#at] ?? '')) this.#exponent();
  }

  #fraction(): void {
    this.#at++;
    if (!isDigit(this.#peek())) this.#complain('after decimal point in numeric literal');
    this.#digits();
  }

  #exponent(): void {
    this.#at++;
    if (/[-+]/.test(this.#peek())) this.#at++;
    if (!isDigit(this.#peek())) this.#complain('in exponent of numeric literal');
    this.#digits();
  }

  #digits(): void {
    while (isDigit(this.#text[this.#at] ?? '')) this.#at++;
  }

  #literal(word: string): void {
    for (let index = 0; index < word.length; index++, this.#at++) {
      if (this.#peek() !== word[index]) this.#complain(`in literal ${word} (expecting '${word[index]}')`);
    }
  }

  #skipSpace(): void {
    while (/[ \t\r\n]/.test(this.#text[this.#at] ?? '')) this.#at++;
  }

  #peek(): string {
    const character = this.#text[this.#at];
    if (character === undefined) throw new SyntaxComplaint(END);
    return character;
  }

  #complain(where: string): never {
    const character = this.#text[this.#at];
    if (character === undefined) throw new SyntaxComplaint(END);
    throw new SyntaxComplaint(`invalid character ${quoteCharacter(character)} ${where}`);
  }
}

function isDigit(character: string): boolean {
  return character >= '0' && character <= '9';
}

function quoteCharacter(character: string): string {
  if (character === "'") return "'\\''";
  if (character === '"') return "'\"'";
  if (character === '\\') return "'\\\\'";
  return `'${JSON.stringify(character).slice(1, -1)}'`;
}
