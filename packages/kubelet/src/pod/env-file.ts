const NAME = /^[ \t]*([^=\s][^=]*)=/;

/**
 * The variables of an env file: lines of `NAME='value'`, where the value may go over several lines and is taken as it is;
 * blank lines and those that begin with `#` do not count, nor does a comment behind the value. Throws for anything else.
 */
export function parseEnvFile(text: string): ReadonlyMap<string, string> {
  const variables = new Map<string, string>();
  let rest = text;
  let line = 1;
  const fail = (why: string): never => {
    throw new Error(`invalid environment variable format at line ${line}: ${why}`);
  };
  while (rest !== '') {
    const { length: consumed, variable } = nextEntry(rest, fail);
    if (variable) variables.set(...variable);
    line += rest.slice(0, consumed).split('\n').length - 1;
    rest = rest.slice(consumed);
  }
  return variables;
}

interface Entry {
  /** Characters that it takes up, the end of its last line included. */
  readonly length: number;
  readonly variable?: [name: string, value: string];
}

function nextEntry(text: string, fail: (why: string) => never): Entry {
  const lineEnd = (from: number) => (text.indexOf('\n', from) < 0 ? text.length : text.indexOf('\n', from) + 1);
  const firstLine = text.slice(0, lineEnd(0)).replace(/\r?\n$/, '');
  if (/^[ \t]*(#.*)?$/.test(firstLine)) return { length: lineEnd(0) };
  const [head = '', name = ''] =
    NAME.exec(firstLine) ?? fail(firstLine.includes('=') ? 'empty variable name' : "missing '='");
  if (/\s/.test(name)) fail("whitespace before '=' or in the name is not allowed");
  // A space ends the value: what comes behind it is not part of the assignment.
  if (/^([ \t]|$)/.test(firstLine.slice(head.length))) return { length: lineEnd(0), variable: [name, ''] };
  if (firstLine[head.length] !== "'") fail('value must be enclosed in single quotes');
  const start = head.length + 1;
  const end = text.indexOf("'", start);
  if (end < 0) fail('unclosed single quote');
  const behind = text.slice(end + 1, lineEnd(end)).replace(/\r?\n$/, '');
  if (!/^[ \t]*$|^[ \t]+#/.test(behind)) fail('unexpected content after closing quote');
  return { length: lineEnd(end), variable: [name, text.slice(start, end)] };
}
