import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { type AnyMessage, decodeEnvelope, decodeObject, encodeObject, type JsonObject } from '@kubets/core';
import { describe, expect, test } from 'vitest';
import * as api from '../src/index.ts';

/**
 * One object of each kind with every field filled, as JSON and as protobuf: the two must convert into each other exactly.
 * The files are no part of the product; without them there is nothing to compare with.
 */
const folder = new URL('../../../../shared/reference/api/golden/', import.meta.url);
const names = existsSync(folder)
  ? readdirSync(folder)
      .filter((name) => name.endsWith('.json'))
      .map((name) => name.slice(0, -'.json'.length))
  : [];

const hex = (bytes: Uint8Array) =>
  Buffer.from(bytes)
    .toString('hex')
    .replace(/(.{64})/g, '$1\n');

describe.runIf(names.length > 0)('golden objects', () => {
  test.each(names)('%s', (name) => {
    const object = JSON.parse(readFileSync(new URL(`${name}.json`, folder), 'utf8')) as JsonObject;
    const encoded = new Uint8Array(readFileSync(new URL(`${name}.pb`, folder)));
    const schema = schemaOf(name);
    expect(decodeObject(schema, decodeEnvelope(encoded))).toEqual(object);
    expect(hex(encodeObject(schema, object))).toBe(hex(encoded));
  });
});

function schemaOf(fileName: string): AnyMessage {
  const [, fileGroup, version, kindName] = /^(.*)\.([^.]+)\.([^.]+)$/.exec(fileName)!;
  const group = fileGroup === 'core' ? '' : fileGroup;
  const kind = api.builtInKinds.find((it) => it.group === group && it.version === version && it.kind === kindName);
  const schemas = Object.values(api).filter((value): value is AnyMessage => (value as AnyMessage)?.type === 'message');
  const named = schemas.filter(({ name }) => name.endsWith(`.${version}.${kindName}`));
  const schema = kind?.schema ?? named.find(({ name }) => name.includes(`.${fileGroup!.split('.')[0]}.`)) ?? named[0];
  if (!schema) throw new Error(`no schema for ${fileName}`);
  return schema;
}
