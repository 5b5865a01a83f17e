import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  bool,
  bytes,
  duration,
  field,
  int32,
  int64,
  intOrString,
  json,
  list,
  map,
  message,
  microTime,
  quantity,
  string,
  time,
} from '../schema/types.ts';
import { conform } from './conform.ts';
import { applySchemaDefaults } from './defaults.ts';
import { parseJson } from './json.ts';
import { decodeMessage } from './protobuf-decode.ts';
import { encodeMessage } from './protobuf-encode.ts';

const Port = message('io.example.v1.Port', '', {
  name: field(1, string, ''),
  number: field(2, int32, '').required().default(0),
  target: field(3, intOrString, ''),
  protocol: field(4, string, '').default('TCP'),
});
const Spec = message('io.example.v1.ThingSpec', '', {
  ports: field(1, list(Port), ''),
  labels: field(2, map(string), ''),
  limits: field(3, map(quantity), ''),
  started: field(4, time, ''),
  precise: field(5, microTime, ''),
  wait: field(6, duration, ''),
  secret: field(7, bytes, ''),
  replicas: field(8, int32, '').pointer(),
  paused: field(9, bool, ''),
  free: field(10, json, ''),
  names: field(11, list(string), '').required(),
  extra: field(12, map(list(string)), ''),
  size: field(13, int64, ''),
  ports_: field(14, Port, '').default({}),
});
const Thing = message('io.example.v1.Thing', '', { spec: field(2, Spec, '').default({}) });

const conformed = (spec: unknown) => conform(Thing, { spec } as never).value.spec;

describe('conform', () => {
  test('writes values in their canonical form', () => {
    expect(
      conformed({
        limits: { cpu: '1000m', memory: 1024 },
        started: '2020-01-02T03:04:05.678+01:00',
        precise: '2020-01-02T03:04:05.678901Z',
        wait: '90s',
        secret: 'aGk=\n',
        names: ['a', null],
        labels: { a: null },
        free: { any: [1, null] },
      }),
    ).toEqual({
      limits: { cpu: '1', memory: '1024' },
      started: '2020-01-02T02:04:05Z',
      precise: '2020-01-02T03:04:05.678901Z',
      wait: '1m30s',
      secret: 'aGk=',
      names: ['a', ''],
      labels: { a: '' },
      free: { any: [1, null] },
    });
  });

  test('drops nulls and what equals absence', () => {
    expect(conformed({ replicas: 0, paused: false, labels: {}, ports: [], names: [], size: null })).toEqual({
      replicas: 0,
      names: [],
    });
  });

  test('lists unknown fields', () => {
    const { value, unknownFields } = conform(Thing, {
      a: 1,
      spec: { ports: [{ number: 1 }, { number: 2, foo: 1, foo2: {} }], Labels: {} },
    });
    expect(unknownFields).toEqual(['a', 'spec.ports[1].foo', 'spec.ports[1].foo2', 'spec.Labels']);
    expect(value).toEqual({ spec: { ports: [{ number: 1 }, { number: 2 }] } });
  });

  test.each([
    [{ ports: 'x' }, 'json: cannot unmarshal string into Go struct field ThingSpec.spec.ports of type []v1.Port'],
    [
      { ports: [{ name: 1 }] },
      'json: cannot unmarshal number into Go struct field Port.spec.ports.name of type string',
    ],
    [{ labels: { a: true } }, 'json: cannot unmarshal bool into Go struct field ThingSpec.spec.labels of type string'],
    [{ replicas: 1.5 }, 'json: cannot unmarshal number 1.5 into Go struct field ThingSpec.spec.replicas of type int32'],
    [{ replicas: '1' }, 'json: cannot unmarshal string into Go struct field ThingSpec.spec.replicas of type int32'],
    [{ limits: { cpu: 'x' } }, 'quantities must match the regular expression'],
    [{ started: 'x' }, 'parsing time "x" as "2006-01-02T15:04:05Z07:00": cannot parse "x" as "2006"'],
    [{ started: '2020-02-30T00:00:00Z' }, 'parsing time "2020-02-30T00:00:00Z": day out of range'],
    [{ wait: '1d' }, 'time: unknown unit "d" in duration "1d"'],
    [{ secret: 'a*' }, 'illegal base64 data at input byte 1'],
    [
      { ports: [{ target: true }] },
      'json: cannot unmarshal bool into Go struct field Port.spec.ports.target of type int32',
    ],
    ['x', 'json: cannot unmarshal string into Go struct field Thing.spec of type v1.ThingSpec'],
  ])('%j is refused', (spec, message) => {
    expect(() => conformed(spec)).toThrow(message);
  });

  test('never changes its input, never shares it, and is idempotent', () => {
    const input = Object.freeze({ spec: Object.freeze({ labels: Object.freeze({ __proto__x: 'a' }) }) });
    const { value } = conform(Thing, input as never);
    expect(value).toEqual(input);
    expect(value.spec).not.toBe(input.spec);
    expect(conform(Thing, value).value).toEqual(value);
  });

  test('a key named __proto__ is a key as any other', () => {
    const value = conform(Thing, JSON.parse('{"spec":{"labels":{"__proto__":"a"}}}')).value;
    expect(JSON.stringify(value)).toBe('{"spec":{"labels":{"__proto__":"a"}}}');
  });
});

test('defaults reach every depth and doing it twice changes nothing', () => {
  const draft = conform(Thing, { spec: { ports: [{}] } }).value;
  applySchemaDefaults(Thing, draft);
  const once = structuredClone(draft);
  expect(once).toEqual({
    spec: { ports: [{ number: 0, protocol: 'TCP' }], names: [], ports_: { number: 0, protocol: 'TCP' } },
  });
  applySchemaDefaults(Thing, draft);
  expect(draft).toEqual(once);
});

test('protobuf gives back what it was given', () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 80 });
  const key = fc.string({ minLength: 1 }).filter((name) => name !== '__proto__');
  const spec = fc.record(
    {
      ports: fc.array(fc.record({ name: text, number: fc.integer(), target: fc.oneof(fc.integer(), text) })),
      labels: fc.dictionary(key, text),
      limits: fc.dictionary(key, fc.constantFrom('1', '500m', '1Gi')),
      started: fc.constantFrom('2020-01-02T03:04:05Z', '1969-12-31T23:59:59Z'),
      precise: fc.constant('2020-01-02T03:04:05.678901Z'),
      wait: fc.constantFrom('1m30s', '-1.5s', '100ns'),
      secret: fc.uint8Array().map((data) => Buffer.from(data).toString('base64')),
      replicas: fc.integer(),
      size: fc.maxSafeInteger(),
      free: fc.oneof(fc.boolean(), fc.dictionary(key, fc.integer())),
      names: fc.array(text, { minLength: 1 }),
      extra: fc.dictionary(key, fc.array(text)),
    },
    { requiredKeys: ['names'] },
  );
  fc.assert(
    fc.property(spec, (value) => {
      const object = conform(Thing, { spec: value } as never).value;
      const plain = JSON.parse(JSON.stringify(object));
      expect(decodeMessage(Thing, encodeMessage(Thing, object))).toEqual(plain);
    }),
  );
});

test('bytes that are no message are refused, never crash', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (data) => {
      try {
        decodeMessage(Thing, data);
      } catch (error) {
        expect((error as { code?: number }).code).toBe(400);
      }
    }),
    { numRuns: 2000 },
  );
});

describe('JSON', () => {
  test.each([
    ['{"a":1,}', "invalid character '}' looking for beginning of object key string"],
    ['{"a" 1}', "invalid character '1' after object key"],
    ['[1 2]', "invalid character '2' after array element"],
    ['nul', 'unexpected end of JSON input'],
    ['nulx', "invalid character 'x' in literal null (expecting 'l')"],
    ['{} x', "invalid character 'x' after top-level value"],
    ['"a\nb"', "invalid character '\\n' in string literal"],
    ['', 'unexpected end of JSON input'],
    ['<html>', "invalid character '<' looking for beginning of value"],
    [`${'['.repeat(2000)}${']'.repeat(2000)}`, 'exceeded max depth'],
  ])('%s', (input, message) => {
    expect(() => parseJson(input)).toThrow(message);
  });

  test('fields given twice', () => {
    const input = '{"a":[{"b":1,"b":2},{"c\\"":{"d":":","d":1}}],"a":3,"e":{"a":1}}';
    expect(parseJson(input, { trackDuplicates: true })).toEqual({
      value: { a: 3, e: { a: 1 } },
      duplicateFields: ['a[0].b', 'a[1].c".d', 'a'],
    });
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(parseJson(text, { trackDuplicates: true })).toEqual({ value: JSON.parse(text), duplicateFields: [] });
      }),
    );
  });
});
