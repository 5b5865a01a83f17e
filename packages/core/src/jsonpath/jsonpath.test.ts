import { describe, expect, test } from 'vitest';
import { compileJsonPath } from './jsonpath.ts';

const store = {
  name: 'shop',
  metadata: { labels: { 'app.kubernetes.io/name': 'shop', plain: 'x' } },
  status: {
    conditions: [
      { type: 'Ready', status: 'True' },
      { type: 'Synced', status: 'False' },
    ],
  },
  items: [
    { name: 'a', price: 5, tags: ['x'] },
    { name: 'b', price: 15 },
    { name: 'c', price: 25, tags: ['y', 'z'] },
  ],
};

describe('values', () => {
  const cases: [path: string, values: unknown[]][] = [
    ['.name', ['shop']],
    ['name', ['shop']],
    ['{.name}', ['shop']],
    ['{$.name}', ['shop']],
    ['{.missing.deeper}', []],
    ['.status.conditions[?(@.type=="Ready")].status', ['True']],
    [".status.conditions[?(@.type=='Synced')].status", ['False']],
    ['.metadata.labels.app\\.kubernetes\\.io/name', ['shop']],
    [".metadata.labels['app.kubernetes.io/name']", ['shop']],
    ['.metadata.labels["app.kubernetes.io/name"]', ['shop']],
    ['{.items[*].name}', ['a', 'b', 'c']],
    ['{.items[0].name}', ['a']],
    ['{.items[-1].name}', ['c']],
    ['{.items[7].name}', []],
    ['{.items[0:2].name}', ['a', 'b']],
    ['{.items[::2].name}', ['a', 'c']],
    ['{.items[-2:].name}', ['b', 'c']],
    ['{.items[0,2].name}', ['a', 'c']],
    ["{.items[0]['name','price']}", ['a', 5]],
    ['{.items[?(@.price>10)].name}', ['b', 'c']],
    ['{.items[?(@.price<=15)].name}', ['a', 'b']],
    ['{.items[?(@.tags)].name}', ['a', 'c']],
    ['{.items[?(@.price!=5)].name}', ['b', 'c']],
    ['{..price}', [5, 15, 25]],
    ['{.items[?(@.tags[0]=="y")].name}', ['c']],
    ['{range .items[*]}{.name}{.price}{end}', ['a', 5, 'b', 15, 'c', 25]],
    ['{@.name}', ['shop']],
  ];
  test.each(cases)('%s', (path, values) => expect(compileJsonPath(path).values(store)).toEqual(values));
});

describe('render', () => {
  const cases: [template: string, text: string][] = [
    ['name is {.name}!', 'name is shop!'],
    ['{range .items[*]}{.name}={.price}{"\\n"}{end}', 'a=5\nb=15\nc=25\n'],
    ['{.items[*].name}', 'a b c'],
    ['{.items[2].tags}', '["y","z"]'],
    ['{.items[0]}', '{"name":"a","price":5,"tags":["x"]}'],
    ["{.name}{'\\t'}{.items[0].price}", 'shop\t5'],
    ['{range .items[*]}{$.name}/{@.name} {end}', 'shop/a shop/b shop/c '],
  ];
  test.each(cases)('%s', (template, text) => expect(compileJsonPath(template).render(store)).toBe(text));
});

describe('errors', () => {
  const cases: [template: string, message: string][] = [
    ['{.a', 'unclosed action'],
    ['{.a[0}', 'unterminated array'],
    ['{.a[?(@.b}', 'unterminated filter'],
    ['{.a["x]}', 'unterminated quoted string'],
    ['{.a#b} {#}', "unrecognized character in action: U+0023 '#'"],
    ['{range .a}', 'unclosed range: end expected'],
    ['{end}', 'not in range, nothing to end'],
    ['{.a[x]}', 'invalid array index x'],
  ];
  test.each(cases)('%s', (template, message) => expect(() => compileJsonPath(template)).toThrow(message));

  test('missing keys are an error where they are not allowed', () => {
    const strict = { allowMissingKeys: false };
    expect(() => compileJsonPath('{.nothing}', strict).values(store)).toThrow('nothing is not found');
    expect(() => compileJsonPath('{.items[9]}', strict).values(store)).toThrow(
      'array index out of bounds: index 9, length 3',
    );
  });
});
