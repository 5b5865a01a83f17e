import { describe, expect, test } from 'vitest';
import { compileCel } from './cel.ts';
import { CelCompileError } from './syntax.ts';
import { DYN, INT, listType, mapType, objectType, openObjectType, STRING } from './types.ts';
import { CelMap } from './values.ts';

const environment = {
  variables: {
    n: INT,
    text: STRING,
    list: listType(INT),
    map: mapType(STRING, INT),
    self: objectType(
      'object',
      new Map([
        ['name', STRING],
        ['size', INT],
      ]),
    ),
    any: DYN,
  },
  messages: (name: string) => {
    if (name === 'Message') return objectType('Message', new Map([['size', INT]]));
    return name === 'Any' || name.startsWith('Any.') ? openObjectType(name) : undefined;
  },
};
const bindings = {
  n: 3n,
  text: 'hello',
  list: [1n, 2n, 3n],
  map: CelMap.of([
    ['a', 1n],
    ['b', 2n],
  ]),
  self: new CelMap([['name', () => 'x']], 'object'),
  any: [1n, 'two'],
};
const run = (source: string) => {
  const result = compileCel(source, environment).evaluate(bindings);
  return 'error' in result ? result.error.message : result.value;
};

describe('true', () => {
  const cases = [
    '1 + 2 * 3 == 7',
    '(1 + 2) * 3 == 9',
    '7 / 2 == 3',
    '-7 / 2 == -3',
    '-7 % 3 == -1',
    '2u + 3u == 5u',
    '1.5 * 2.0 == 3.0',
    'dyn(1) == 1.0',
    'dyn(1) == dyn(1u)',
    '1 < 2u',
    '-9223372036854775808 < 0',
    '0x10 == 16',
    '1e3 == 1000.0',
    'n > 2 && n < 4',
    '!(n == 4)',
    'n == 3 ? true : false',
    'false || true',
    '1 / 0 == 1 || true',
    '!(false && 1 / 0 == 1)',
    'text + " world" == "hello world"',
    '"\\u00e9" == "é"',
    'r"\\n" == "\\\\n"',
    "b'abc' == bytes('abc')",
    "'''a'b''' == \"a'b\"",
    'size(text) == 5',
    'text.size() == 5',
    'size("👑") == 1',
    'text.contains("ell")',
    'text.startsWith("he")',
    'text.matches("^h.*o$")',
    '2 in list',
    '!(5 in list)',
    '"a" in map',
    'list[1] == 2',
    'map["b"] == 2',
    'map.b == 2',
    'list + [4] == [1, 2, 3, 4]',
    'has(self.name)',
    '!has(self.size)',
    'has(map.a)',
    'list.all(x, x > 0)',
    'list.exists(x, x == 2)',
    'list.exists_one(x, x > 2)',
    'list.map(x, x * 2) == [2, 4, 6]',
    'list.map(x, x > 1, x * 2) == [4, 6]',
    'list.filter(x, x > 1) == [2, 3]',
    'map.all(k, map[k] > 0)',
    'list.all(i, v, v == i + 1)',
    'map.exists(k, v, k == "b" && v == 2)',
    'list.transformList(i, v, i * v) == [0, 2, 6]',
    'map.transformMap(k, v, v + 1) == {"a": 2, "b": 3}',
    '[dyn(1), dyn("a"), dyn(2.0)].size() == 3',
    '"%s-%d".format(["a", 1]) == "a-1"',
    '["b", "ccc", "aa"].sortBy(x, x.size()) == ["b", "aa", "ccc"]',
    'optional.unwrap([optional.of(1), optional.none(), optional.of(2)]) == [1, 2]',
    '[optional.of(1), optional.none()].unwrapOpt() == [1]',
    'list.first().orValue(0) + list.last().value() == 4 && !list.filter(x, x > 9).first().hasValue()',
    'sign(quantity("-1")) == -1 && quantity("2").sign() == 1',
    'cidr("10.0.0.0/8").ip() == ip("10.0.0.0") && string(ip("10.0.0.1")) == "10.0.0.1"',
    'ip.isCanonical("2001:db8::1") && !ip.isCanonical("2001:DB8::1")',
    '{"a": 1}.transformMapEntry(k, v, {v: k}) == {1: "a"}',
    '["a", "b"].existsOne(i, v, i == 1 && v == "b")',
    'optional.of([1, 2])[?1].orValue(0) == 2',
    'optional.of([1, 2])[1].value() == 2',
    'optional.of([1])[5].orValue(7) == 7',
    'optional.of({"a": 1})["a"].value() == 1',
    '{"a": ["x"]}[?"a"][0].orValue("") == "x"',
    '{"a": ["x"]}[?"b"][0].orValue("none") == "none"',
    'optional.of({"a": {"b": 1}}).?a.?b.orValue(0) == 1',
    'optional.ofNonZeroValue("").or(optional.of("x")).value() == "x"',
    'optional.of(1).optFlatMap(x, x > 1 ? optional.of(x) : optional.none()) == optional.none()',
    'strings.quote("a\\nb") == "\\"a\\\\nb\\""',
    '{"n": dyn("7")}.?n.optMap(n, int(n)).orValue(0) == 7',
    'any.map(x, string(x)) == ["1", "two"]',
    '["a", "b"].sum() == "ab" && [b"a", b"b"].sum() == b"ab" && list.filter(x, x > 9).sum() == 0',
    '[duration("1m"), duration("1s")].sum() == duration("61s") && any.filter(x, x == 9).sum() == 0',
    '"%s %s".format([type(1), 2u]) == "int 2"',
    'lists.range(3) == [0, 1, 2]',
    'jsonpatch.escapeKey("k8s.io/my~label") == "k8s.io~1my~0label"',
    'Message{size: 3}.size == 3',
    'Message{?size: optional.none()} == Message{}',
    '!has(Message{}.size)',
    'has(Message{size: 1}.size)',
    'Any.part{x: 1, y: [Any.part.y{z: "a"}]}.y[0].z == "a"',
    'type(Any.part{}) == Any.part',
    'type(Message{}) != Any',
    '{"a": 1}["a"] == 1',
    '{1: "x"}[1] == "x"',
    'type(1) == int',
    'type([]) == type([1])',
    'type("a") != int',
    'string(1) == "1"',
    'int("42") == 42',
    'double("1.5") == 1.5',
    'string(1.0) == "1"',
    'int(2.9) == 2',
    'uint(3) == 3u',
    'bool("true")',
    'string(b"abc") == "abc"',
    'duration("1h") + duration("30m") == duration("90m")',
    'duration("90m").getHours() == 1',
    'timestamp("2024-01-01T00:00:00Z") + duration("1h") == timestamp("2024-01-01T01:00:00Z")',
    'timestamp("2024-03-01T12:00:00Z").getMonth() == 2',
    'timestamp("2024-03-01T23:00:00Z").getDate("02:00") == 2',
    'timestamp("2024-01-01T00:00:00Z") < timestamp("2025-01-01T00:00:00Z")',
    'string(duration("1m30s")) == "90s"',
    'int(timestamp("1970-01-01T00:01:00Z")) == 60',
    'type(duration("1s")) == google.protobuf.Duration',
    'map.?a.orValue(0) == 1',
    'map.?z.orValue(5) == 5',
    'map[?"z"].orValue(7) == 7',
    '!optional.none().hasValue()',
    'list[?9].orValue(0) == 0',
    'optional.of(3).optMap(x, x + 1).value() == 4',
    '[?optional.none(), ?optional.of(1)] == [1]',
    '{?"a": map.?z} == {}',
    '{"k": 1}.?k.hasValue()',
    '"abc".charAt(1) == "b"',
    '"abcb".indexOf("b") == 1',
    '"abcb".lastIndexOf("b") == 3',
    '["a", "b"].join("-") == "a-b"',
    '"a,b,c".split(",") == ["a", "b", "c"]',
    '"a,b,c".split(",", 2) == ["a", "b,c"]',
    '"hello".substring(1, 3) == "el"',
    '" a ".trim() == "a"',
    '"aXa".replace("a", "b") == "bXb"',
    '"aaa".replace("a", "b", 2) == "bba"',
    '"aB".lowerAscii() == "ab"',
    '"aB".upperAscii() == "AB"',
    '"abc".reverse() == "cba"',
    '"%s is %d".format(["x", 3]) == "x is 3"',
    '"%.2f%%".format([1.5]) == "1.50%"',
    '"%x".format([255]) == "ff"',
    '"%s".format([[1, 2]]) == "[1, 2]"',
    '[1, 2, 2].isSorted()',
    '[1, 2].sum() == 3',
    '[3, 1].min() == 1',
    '[3, 1].max() == 3',
    '[1, 2, 1].lastIndexOf(1) == 2',
    '[[1], [2]].flatten() == [1, 2]',
    '"abc 123".find("[0-9]+") == "123"',
    '"a1b22".findAll("[0-9]+") == ["1", "22"]',
    'url("https://user@example.com:80/a%20b?x=1&x=2").getHost() == "example.com:80"',
    'url("https://example.com:80/").getPort() == "80"',
    'url("https://h/p?x=1&x=2").getQuery()["x"] == ["1", "2"]',
    '!isURL("nonsense")',
    'url("https://h/a%20b").getPath() == "/a b"',
    'quantity("1.5Gi").isGreaterThan(quantity("1Gi"))',
    'quantity("1k").asInteger() == 1000',
    'quantity("1").add(quantity("500m")).compareTo(quantity("1.5")) == 0',
    'isQuantity("1Gi") && !isQuantity("x")',
    'ip("127.0.0.1").isLoopback()',
    'ip("::1").family() == 6',
    'isIP("1.2.3.4") && !isIP("1.2.3")',
    'ip("10.0.0.1").isGlobalUnicast()',
    'cidr("10.0.0.0/8").containsIP("10.1.2.3")',
    'cidr("10.0.0.0/8").containsCIDR("10.1.0.0/16")',
    'cidr("10.1.0.0/8").masked() == cidr("10.0.0.0/8")',
    'cidr("10.0.0.0/8").prefixLength() == 8',
    '!format.dns1123Label().validate("my-name").hasValue()',
    'format.dns1123Label().validate("My").hasValue()',
    'format.named("uuid").hasValue()',
    'semver("1.2.3").isLessThan(semver("1.10.0"))',
    'semver("1.0.0-alpha").compareTo(semver("1.0.0")) == -1',
    'isSemver("v1.2", true) && !isSemver("v1.2")',
    'semver("1.2.3").minor() == 2',
    'sets.contains([1, 2, 3], [2])',
    'sets.equivalent([1, 2], [2, 1, 1])',
    '!sets.intersects([1], [2])',
    'any[1] == "two"',
    'null == null',
    '{}.size() == 0',
    'list.exists(x, x / 0 == 1 || x == 2)',
    'self.name.startsWith("x") // comment',
  ];
  test.each(cases)('%s', (source) => expect(run(source)).toBe(true));
});

describe('failing', () => {
  const cases: [source: string, message: string][] = [
    ['1 / 0', 'division by zero'],
    ['"%d".format(["a"])', 'error during formatting: decimal clause can only be used on integers, was given string'],
    ['"%y".format([1])', 'could not parse formatting clause: unrecognized formatting clause "y"'],
    ['"%s %s".format([1])', 'index 1 out of range'],
    ['1 % 0', 'modulus by zero'],
    ['9223372036854775807 + 1', 'integer overflow'],
    ['-(-9223372036854775807 - 1)', 'integer overflow'],
    ['0u - 1u', 'unsigned integer overflow'],
    ['int(1e99)', 'integer overflow'],
    ['list[9]', 'index out of bounds: 9'],
    ['map["z"]', 'no such key: z'],
    ['self.size', 'no such key: size'],
    ['list.all(x, x / 0 == 1)', 'division by zero'],
    ['any.sum() == 3', 'no such overload: sum(list)'],
    ['any.join() == ""', 'no such overload: join(list)'],
    ['any + 1', 'no such overload: _+_(list, int)'],
    ['optional.none().value()', 'optional.none() dereference'],
    [
      '[1].map(x, [1, 2, 3].map(y, x + y)).size() == 1 && text.matches(text + "(")',
      'error parsing regexp: missing closing ): `hello(`',
    ],
  ];
  test.each(cases)('%s', (source, message) => expect(run(source)).toBe(message));

  test('an evaluation that costs too much ends', () => {
    const source = 'list.all(a, list.all(b, list.all(c, a + b + c > 0)))';
    const result = compileCel(source, environment).evaluate(bindings, { costLimit: 50 });
    expect('error' in result && result.error.message).toBe('operation cancelled: actual cost limit exceeded');
  });
});

test('values can be named where that is allowed', () => {
  const source = 'cel.bind(x, list[0] + 1, x * x) == 4';
  expect(compileCel(source, { ...environment, hasBindings: true }).evaluate(bindings)).toMatchObject({ value: true });
  expect(() => compileCel(source, environment)).toThrow("undeclared reference to 'cel' (in container '')");
  const unused = compileCel('cel.bind(x, 1 / 0, true)', { ...environment, hasBindings: true });
  expect(unused.evaluate(bindings)).toMatchObject({ value: true });
});

test('a search that finds at once pays for no more', () => {
  const program = compileCel('list.exists(x, x == 1)', environment);
  const many = Array.from({ length: 1_000_000 }, (_, index) => BigInt(index + 1));
  expect(program.evaluate({ ...bindings, list: many })).toMatchObject({ value: true });
  expect(program.evaluate({ ...bindings, list: many.slice(1) })).toMatchObject({
    error: { message: 'operation cancelled: actual cost limit exceeded' },
  });
});

test.each([
  ['a chain of fields', `any${'.b'.repeat(40_000)}`],
  ['a sum', `n${' + n'.repeat(20_000)}`],
  ['brackets', `${'('.repeat(40_000)}1${')'.repeat(40_000)}`],
  ['lists', `${'['.repeat(40_000)}${']'.repeat(40_000)}`],
  ['messages', `${'Any{a: '.repeat(10_000)}1${'}'.repeat(10_000)}`],
  ['negations', `${'!'.repeat(90_000)}true`],
])('%s beyond all measure does not compile, or does without harm', (_, source) => {
  try {
    const program = compileCel(source, environment);
    program.maxCost(() => 1);
    program.evaluate(bindings);
  } catch (error) {
    expect(error).toBeInstanceOf(CelCompileError);
  }
});

describe('not compiling', () => {
  const cases: [source: string, message: string][] = [
    ['missing', "ERROR: <input>:1:1: undeclared reference to 'missing' (in container '')\n | missing\n | ^"],
    ['self.z', "ERROR: <input>:1:5: undefined field 'z'\n | self.z\n | ....^"],
    [
      '1 + "a"',
      "ERROR: <input>:1:3: found no matching overload for '_+_' applied to '(int, string)'\n | 1 + \"a\"\n | ..^",
    ],
    [
      'text.all(x, true)',
      "ERROR: <input>:1:1: expression of type 'string' cannot be range of a comprehension (must be list, map, or dynamic)\n | text.all(x, true)\n | ^",
    ],
    ['text.foo()', "ERROR: <input>:1:9: undeclared reference to 'foo' (in container '')\n | text.foo()\n | ........^"],
    [
      'text.size(1)',
      "ERROR: <input>:1:10: found no matching overload for 'size' applied to 'string.(int)'\n | text.size(1)\n | .........^",
    ],
    ['n.x', "ERROR: <input>:1:2: type 'int' does not support field selection\n | n.x\n | .^"],
    [
      '1 +',
      "ERROR: <input>:1:4: Syntax error: mismatched input '<EOF>' expecting {'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}\n | 1 +\n | ...^",
    ],
    ['[1, "a"]', "ERROR: <input>:1:5: expected type 'int' but found 'string'\n | [1, \"a\"]\n | ....^"],
    ['text.matches("(")', 'ERROR: <input>:1:14: invalid matches argument\n | text.matches("(")\n | .............^'],
    ['duration("x")', 'ERROR: <input>:1:10: invalid duration argument\n | duration("x")\n | .........^'],
    ['timestamp("2024-01-01T00:00:00Z") + 1', "found no matching overload for '_+_' applied to '(timestamp, int)'"],
    ['Nope{}', "ERROR: <input>:1:5: undeclared reference to 'Nope' (in container '')\n | Nope{}\n | ....^"],
    ['Message{x: 1}', "ERROR: <input>:1:10: undefined field 'x'\n | Message{x: 1}\n | .........^"],
    [
      'Message{size: "a"}',
      "ERROR: <input>:1:13: expected type of field 'size' is 'int' but provided type is 'string'\n | Message{size: \"a\"}\n | ............^",
    ],
    ['[?1]', "ERROR: <input>:1:3: expected type 'optional_type(int)' but found 'int'\n | [?1]\n | ..^"],
    ['has(n)', 'ERROR: <input>:1:4: invalid argument to has() macro\n | has(n)\n | ...^'],
    [
      'self == {"a": 1}',
      "ERROR: <input>:1:6: found no matching overload for '_==_' applied to '(object, map(string, int))'\n | self == {\"a\": 1}\n | .....^",
    ],
  ];
  test.each(cases)('%s', (source, message) => {
    expect(() => compileCel(source, environment)).toThrow(message);
  });
});
