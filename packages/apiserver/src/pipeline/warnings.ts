/** Texts are cut once all of them together are longer than this. */
const MAX_TOTAL_LENGTH = 4 * 1024;
/** How long each may then be. */
const MAX_CUT_LENGTH = 256;

/**
 * Warnings as RFC 7234 has them: code 299, agent unknown, text quoted. Each text is told once. They are whole as long as all of
 * them fit; otherwise each is cut, and what still does not fit is left out.
 */
export function warningHeaders(warnings: Iterable<string>): string[] {
  const texts = [...new Set([...warnings].flatMap(oneByOne))].filter((text) => text !== '');
  const lengths = texts.map((text) => [...text].length);
  const total = lengths.reduce((sum, length) => sum + length, 0);
  return (total <= MAX_TOTAL_LENGTH ? texts : cut(texts)).map(headerOf);
}

/** What is wrong with a YAML document is one complaint where it is refused, and several warnings where it is not. */
function oneByOne(text: string): string[] {
  const head = 'yaml: unmarshal errors:\n  ';
  return text.startsWith(head) ? text.slice(head.length).split('\n  ') : [text];
}

function cut(texts: readonly string[]): string[] {
  const kept: string[] = [];
  let length = 0;
  for (const text of texts) {
    if (length >= MAX_TOTAL_LENGTH) break;
    const characters = [...text].slice(0, MAX_CUT_LENGTH);
    length += characters.length;
    kept.push(characters.join(''));
  }
  return kept;
}

function headerOf(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what a header must not hold
  const printable = text.replace(/[\x00-\x1f\x7f]+/g, ' ').replace(/(["\\])/g, '\\$1');
  return `299 - "${inBytes(printable)}"`;
}

/** Headers are written one byte a character, so that UTF-8 has to be spelled out. */
function inBytes(text: string): string {
  if (/^[\x20-\x7e]*$/.test(text)) return text;
  return String.fromCharCode(...new TextEncoder().encode(text));
}
