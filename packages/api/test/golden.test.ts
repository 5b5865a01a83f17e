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
    const schema = schemaOf(object);
    expect(decodeObject(schema, decodeEnvelope(encoded))).toEqual(object);
    expect(hex(encodeObject(schema, object))).toBe(hex(encoded));
  });
});

function schemaOf(object: JsonObject): AnyMessage {
  const schemas = Object.values(api).filter((value): value is AnyMessage => (value as AnyMessage)?.type === 'message');
  const apiVersion = object.apiVersion as string;
  const [group, version] = apiVersion.includes('/') ? apiVersion.split('/') : ['', apiVersion];
  const kinds = api.builtInKinds;
  const kind = kinds.find((it) => it.group === group && it.version === version && it.kind === object.kind);
  const byName = schemas.filter(({ name }) => name.endsWith(`.${version}.${object.kind}`));
  const groupStart = (group ?? '').split('.')[0]!;
  const schema = kind?.schema ?? byName.find(({ name }) => name.includes(`.${groupStart}.`)) ?? byName[0];
  if (!schema) throw new Error(`no schema for ${apiVersion} ${object.kind}`);
  return schema;
}
