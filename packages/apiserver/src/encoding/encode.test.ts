import { ConfigMap, configMapKind, ListMetaSchema } from '@kubets/api';
import {
  decodeEnvelope,
  decodeMessage,
  encodeObject,
  field,
  formatYaml,
  type JsonObject,
  type KubeObject,
  list,
  message,
  VirtualClock,
} from '@kubets/core';
import { describe, expect, it } from 'vitest';
import type { StoredObject, VerbResult } from '../request.ts';
import { type EncodedPieces, Encoder, type Presentation } from './encode.ts';
import type { Format } from './negotiate.ts';
import { joinPieces, PIECE_BYTES } from './pieces.ts';
import { schemaCodec } from './schema-codec.ts';
import { partialObject, tableOf } from './table.ts';

const clock = new VirtualClock();
const codec = schemaCodec({ generation: 0, kinds: () => [configMapKind], find: () => configMapKind });
const encoder = new Encoder(codec, clock);
const metadata = { resourceVersion: '77', continue: 'token' };
const convertTo = (kind: 'Table' | 'PartialObjectMetadataList', version: 'v1' | 'v1beta1' = 'v1') => ({
  kind,
  version,
});

function storedMap(index: number): StoredObject {
  const object = {
    kind: 'ConfigMap',
    apiVersion: 'v1',
    metadata: { name: `map-${index}`, namespace: 'default', uid: `u-${index}`, resourceVersion: `${index + 1}` },
    data: { text: `zwölf "Boxkämpfer" ${'x'.repeat(index % 700)}`, lines: 'a\nb' },
  } as unknown as KubeObject;
  const encoded = (encoding: string) =>
    encoding === 'json' ? new TextEncoder().encode(JSON.stringify(object)) : encodeObject(ConfigMap, object);
  const stored = { key: `/registry/configmaps/default/map-${index}`, revision: index + 1, object, encoded };
  // Every second one can be written straight into lists.
  return index % 2 === 0 ? stored : { ...stored, ...written(encoded('json')) };
}

const written = (json: Uint8Array): Pick<StoredObject, 'jsonLength' | 'writeJson'> => ({
  jsonLength: json.length,
  writeJson(target, at, omitted = 0) {
    target.set(json.subarray(omitted), at);
    return at + json.length - omitted;
  },
});

function resultOf(count: number): VerbResult & { type: 'list' } {
  const items = Array.from({ length: count }, (_, index) => storedMap(index));
  return { type: 'list', code: 200, warnings: [], kind: configMapKind, metadata, items };
}

const as = (format: Format, more: { pretty?: boolean; convert?: ReturnType<typeof convertTo> } = {}): Presentation => ({
  negotiated: { format, convert: more.convert, pretty: false, stream: false },
  pretty: more.pretty ?? false,
  includeObject: 'Metadata',
});

async function encode(count: number, presentation: Presentation): Promise<Uint8Array> {
  const encoded = encoder.result(resultOf(count), configMapKind, presentation);
  if (!('pieces' in encoded)) throw new Error('lists come in pieces');
  return joinPieces(encoded.pieces);
}

const text = async (count: number, presentation: Presentation) =>
  new TextDecoder().decode(await encode(count, presentation));

/** What a list is, made in one go. */
function document(count: number, convert?: ReturnType<typeof convertTo>): object {
  const objects = resultOf(count).items.map(({ object }) => object);
  if (convert?.kind === 'Table') {
    const options = { convert, includeObject: 'Metadata', nowMs: clock.now(), withColumns: true } as const;
    return tableOf(configMapKind, objects, metadata, options);
  }
  if (!convert) {
    const untyped = objects.map(({ kind, apiVersion, ...rest }) => rest);
    return { kind: 'ConfigMapList', apiVersion: 'v1', metadata, items: untyped };
  }
  const items = objects.map((object) => partialObject(object, convert.version));
  return { kind: convert.kind, apiVersion: `meta.k8s.io/${convert.version}`, metadata, items };
}

describe.each([0, 1, 3, 1200])('a list of %i', (count) => {
  it.each([undefined, convertTo('Table'), convertTo('PartialObjectMetadataList')])(
    'is the same text in pieces as in one (%o)',
    async (convert) => {
      const whole = document(count, convert);
      const more = convert ? { convert } : {};
      expect(await text(count, as('json', more))).toBe(JSON.stringify(whole));
      expect(await text(count, as('json', { ...more, pretty: true }))).toBe(JSON.stringify(whole, null, 2));
      expect(await text(count, as('yaml', more))).toBe(formatYaml(whole));
    },
  );

  it('is one protobuf message', async () => {
    const bytes = await encode(count, as('protobuf'));
    const { kind, apiVersion, raw } = decodeEnvelope(bytes);
    expect({ kind, apiVersion }).toEqual({ kind: 'ConfigMapList', apiVersion: 'v1' });
    const schema = message('ConfigMapList', 'Test.', {
      metadata: field(1, ListMetaSchema, 'Metadata.').always(),
      items: field(2, list(ConfigMap), 'Items.').always(),
    });
    const decoded = decodeMessage(schema, raw) as unknown as { metadata: JsonObject; items?: KubeObject[] };
    expect(decoded.metadata).toEqual(metadata);
    expect((decoded.items ?? []).map((item) => item.metadata.name)).toEqual(
      resultOf(count).items.map(({ object }) => object.metadata.name),
    );
  });

  it.each(['v1', 'v1beta1'] as const)('is one protobuf message of metadata (%s)', async (version) => {
    const convert = convertTo('PartialObjectMetadataList', version);
    const read = (bytes: Uint8Array) => {
      const { apiVersion, kind, raw } = decodeEnvelope(bytes);
      return { apiVersion, kind, value: codec.decodeProtobuf(apiVersion, kind, raw) };
    };
    const whole = codec.encodeProtobuf(document(count, convert) as KubeObject)!;
    expect(read(await encode(count, as('protobuf', { convert })))).toEqual(read(whole));
  });
});

it('makes pieces of a size', async () => {
  const encoded = encoder.result(resultOf(2000), configMapKind, as('json'));
  const lengths: number[] = [];
  if ('pieces' in encoded) for await (const piece of encoded.pieces) lengths.push(piece.length);
  expect(lengths.length).toBeGreaterThan(4);
  expect(Math.max(...lengths)).toBeLessThanOrEqual(PIECE_BYTES);
  expect(Math.min(...lengths.slice(0, -1))).toBeGreaterThan(PIECE_BYTES / 2);
});

it('makes no piece before it is asked for', async () => {
  const items = resultOf(2000).items;
  let made = 0;
  const counted = items.map((item) => ({
    ...item,
    get jsonLength() {
      made++;
      return item.jsonLength;
    },
  }));
  const encoded = encoder.result({ ...resultOf(0), items: counted }, configMapKind, as('json'));
  if (!('pieces' in encoded)) throw new Error('lists come in pieces');
  const pieces = encoded.pieces[Symbol.asyncIterator]();
  await pieces.next();
  expect(made).toBeGreaterThan(0);
  expect(made).toBeLessThan(1000);
  await pieces.return?.();
});

it('refuses what a list cannot be turned into', () => {
  const refuse = (presentation: Presentation) => () => encoder.result(resultOf(1), configMapKind, presentation);
  expect(refuse(as('protobuf', { convert: convertTo('Table') }))).toThrow('you requested Table');
  const convert = { kind: 'PartialObjectMetadata', version: 'v1' } as unknown as ReturnType<typeof convertTo>;
  expect(refuse(as('json', { convert }))).toThrow(
    'you requested PartialObjectMetadata, but the requested object is a list',
  );
});

describe('a list of custom resources', () => {
  it.each(['json', 'yaml'] as const)('names the type of each item (%s)', async (format) => {
    const result = { ...resultOf(4), kind: { ...configMapKind, isCustom: true } };
    const encoded = encoder.result(result, configMapKind, as(format)) as EncodedPieces;
    const items = result.items.map(({ object }) => object);
    const list = { kind: 'ConfigMapList', apiVersion: 'v1', metadata, items };
    const whole = format === 'json' ? JSON.stringify(list) : formatYaml(list);
    expect(new TextDecoder().decode(await joinPieces(encoded.pieces))).toBe(whole);
  });
});
