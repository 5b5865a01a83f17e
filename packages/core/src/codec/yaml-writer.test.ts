import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseYaml } from './yaml.ts';
import { formatYaml } from './yaml-writer.ts';

describe('YAML is written as upstream writes it', () => {
  it.each<[string, unknown, string]>([
    [
      'quotes what would be read as something else',
      {
        a: 'yes',
        b: 'x: y',
        c: 'multi\nline\n',
        d: 1.5,
        g: '',
        h: '2020-01-01',
        i: ' lead',
        k: 'a#b',
        l: 'a #b',
        m: '- x',
        o: 'tab\there',
        p: '\u00e9',
        q: '1_000',
        r: '12:30',
        s: '.5',
        u: '=',
        v: '<<',
        w: '~',
        y: "it's",
      },
      'a: "yes"\nb: \'x: y\'\nc: |\n  multi\n  line\nd: 1.5\ng: ""\nh: "2020-01-01"\ni: \' lead\'\nk: a#b\nl: \'a #b\'\nm: \'- x\'\no: "tab\\there"\np: \u00e9\nq: "1_000"\nr: "12:30"\ns: ".5"\nu: =\nv: <<\nw: "~"\n"y": it\'s\n',
    ],
    [
      'quotes by what is in a text',
      [
        'no',
        'On',
        '0x1F',
        '017',
        '08',
        '0b1',
        '1e3',
        '+1',
        '-',
        '--',
        '1.2.3',
        'v1',
        '10Gi',
        '100m',
        '127.0.0.1',
        '2026-01-01T00:00:00Z',
        '2026-13-01',
        'null',
        'NULL',
        'nULL',
        'y',
        'Y',
        '@a',
        '%a',
        '!a',
        'a:',
        'a: b',
        ':a',
        '?a',
        '[a',
        '{a',
        'a,b',
        '*',
        '&',
        '|',
        '>',
        "'",
        '"',
        '\\',
        'a\\b',
        '1:2',
        '1:60',
      ],
      "- \"no\"\n- \"On\"\n- \"0x1F\"\n- \"017\"\n- \"08\"\n- \"0b1\"\n- \"1e3\"\n- \"+1\"\n- '-'\n- --\n- 1.2.3\n- v1\n- 10Gi\n- 100m\n- 127.0.0.1\n- \"2026-01-01T00:00:00Z\"\n- 2026-13-01\n- \"null\"\n- \"NULL\"\n- nULL\n- \"y\"\n- \"Y\"\n- '@a'\n- '%a'\n- '!a'\n- 'a:'\n- 'a: b'\n- :a\n- ?a\n- '[a'\n- '{a'\n- a,b\n- '*'\n- '&'\n- '|'\n- '>'\n- ''''\n- '\"'\n- \\\n- a\\b\n- \"1:2\"\n- 1:60\n",
    ],
    [
      'breaks long lines',
      [
        'word word word word word word word word word word word word word word word word word word word word',
        'word word word word word word word word word word word word word word word word word word word word: x',
        'word word word word word word word word word word word word word word word word word word word word\t',
      ],
      '- word word word word word word word word word word word word word word word word\n  word word word word\n- \'word word word word word word word word word word word word word word word word\n  word word word word: x\'\n- "word word word word word word word word word word word word word word word word\n  word word word word\\t"\n',
    ],
    [
      'writes lines as blocks',
      ['a\n', '\na', ' a\nb', 'a\n\n', '\n', 'a\n b', 'a \nb', 'a\nb ', 'a\tb\nc', 'a\n\nb\n'],
      '- |\n  a\n- |2-\n\n  a\n- |2-\n   a\n  b\n- |+\n  a\n\n- |2+\n\n- |-\n  a\n   b\n- "a \\nb"\n- "a\\nb "\n- "a\\tb\\nc"\n- |\n  a\n\n  b\n',
    ],
    [
      'quotes and spreads keys',
      { 'k: x': 1, 'a\nb': [1], '': 3, true: { x: 1 }, '- x': 1, '#': 1 },
      "\"\": 3\n'#': 1\n'- x': 1\n? |-\n  a\n  b\n: - 1\n'k: x': 1\n\"true\":\n  x: 1\n",
    ],
    [
      'sorts keys naturally',
      {
        a2: 1,
        a10: 1,
        A: 1,
        _b: 1,
        '0': 1,
        '10': 1,
        '9': 1,
        'a-b': 1,
        'a.b': 1,
        ab: 1,
        'a/b': 1,
        a: 1,
        'f:b': 1,
        'f:a10': 1,
        '.': 1,
      },
      '.: 1\n_b: 1\n"0": 1\n"9": 1\n"10": 1\nA: 1\na: 1\na-b: 1\na.b: 1\na/b: 1\na2: 1\na10: 1\nab: 1\nf:a10: 1\nf:b: 1\n',
    ],
    [
      'nests lists and maps',
      { x: ['a', ['b', ['c']], { d: [] }, [{}], []], n: null, t: true },
      '"n": null\nt: true\nx:\n- a\n- - b\n  - - c\n- d: []\n- - {}\n- []\n',
    ],
    [
      'writes numbers',
      [0, -1, 1000000, 1.5, 1000000.5, 1e-5, 1e20, 1e21, 123456789.125, 9007199254740991],
      '- 0\n- -1\n- 1000000\n- 1.5\n- 1.0000005e+06\n- 1e-05\n- 1e+20\n- 1e+21\n- 1.23456789125e+08\n- 9007199254740991\n',
    ],
  ])('%s', (_, value, text) => {
    expect(formatYaml(value)).toBe(text);
  });

  it('writes what cannot be printed by its number', () => {
    const text = '\u0001\u007f\u0085\ufeff\u{1f600}\r\u001b';
    expect(formatYaml(text)).toBe('"\\x01\\x7F\\N\\uFEFF\\U0001F600\\r\\e"\n');
  });

  it('leaves out what is undefined', () => {
    expect(formatYaml({ a: undefined, b: { c: undefined } })).toBe('b: {}\n');
  });

  it('can be read back', () => {
    const piece = fc.constantFrom(
      'a',
      ' ',
      '\n',
      ':',
      ': ',
      '- ',
      '#',
      "'",
      '"',
      '\t',
      'no',
      '1',
      '0x1',
      '~',
      '{',
      'é',
      '\\',
    );
    const text = fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join(''));
    const value = fc.letrec((tie) => ({
      value: fc.oneof({ maxDepth: 3 }, text, fc.integer(), fc.boolean(), fc.constant(null), tie('list'), tie('map')),
      list: fc.array(tie('value'), { maxLength: 4 }),
      map: fc.dictionary(text, tie('value'), { maxKeys: 4 }),
    })).value;
    fc.assert(
      fc.property(value, (written) => {
        const plain = JSON.parse(JSON.stringify(written));
        expect(parseYaml(formatYaml(plain)).value).toEqual(plain);
      }),
      { numRuns: 300 },
    );
  });
});
