import {
  APIGroup,
  APIGroupList,
  APIResourceList,
  APIVersions,
  DeleteOptions,
  Eviction,
  ListMetaSchema,
  PartialObjectMetadataListSchema,
  PartialObjectMetadataSchema,
  Scale,
  StatusMessage,
  TokenRequest,
} from '@kubets/api';
import {
  type AnyMessage,
  apiVersionOf,
  decodeMessage,
  encodeObject,
  field,
  type JsonObject,
  type KubeObject,
  list,
  message,
  parseJson,
  type Status,
} from '@kubets/core';
import type { KindCatalog } from '../pipeline/backend.ts';
import type { Codec } from './codec.ts';

/** The older version of the list numbers its fields the other way round. */
const PartialObjectMetadataListV1Beta1 = message(
  'io.k8s.apimachinery.pkg.apis.meta.v1beta1.PartialObjectMetadataList',
  'Metadata of several objects.',
  {
    items: field(1, list(PartialObjectMetadataSchema), 'The objects.').always(),
    metadata: field(2, ListMetaSchema, 'Metadata of the list.').always(),
  },
);

/** Messages that are part of the protocol and of no kind, by apiVersion and kind. */
const PROTOCOL_MESSAGES: Readonly<Record<string, AnyMessage>> = {
  'v1/Status': StatusMessage,
  'v1/DeleteOptions': DeleteOptions,
  'v1/APIVersions': APIVersions,
  'v1/APIGroup': APIGroup,
  'v1/APIGroupList': APIGroupList,
  'v1/APIResourceList': APIResourceList,
  'meta.k8s.io/v1/PartialObjectMetadata': PartialObjectMetadataSchema,
  'meta.k8s.io/v1/PartialObjectMetadataList': PartialObjectMetadataListSchema,
  'meta.k8s.io/v1beta1/PartialObjectMetadata': PartialObjectMetadataSchema,
  'meta.k8s.io/v1beta1/PartialObjectMetadataList': PartialObjectMetadataListV1Beta1,
  'autoscaling/v1/Scale': Scale,
  'policy/v1/Eviction': Eviction,
  'authentication.k8s.io/v1/TokenRequest': TokenRequest,
};

/** A codec for JSON, YAML and protobuf, which knows the messages of the kinds served at the moment. */
export function schemaCodec(
  catalog: KindCatalog,
  yaml: { parse(text: string): unknown; format(value: unknown): string },
): Codec {
  let generation = -1;
  const messages = new Map<string, AnyMessage>();
  const find = (apiVersion: string, kind: string): AnyMessage | undefined => {
    if (generation !== catalog.generation) {
      messages.clear();
      for (const each of catalog.kinds())
        messages.set(`${apiVersionOf(each.group, each.version)}/${each.kind}`, each.schema);
      generation = catalog.generation;
    }
    return messages.get(`${apiVersion}/${kind}`) ?? PROTOCOL_MESSAGES[`${apiVersion}/${kind}`];
  };
  const decoder = new TextDecoder('utf-8', { fatal: true });
  return {
    parseJson: (bytes) => parseJson(bytes).value,
    parseYaml: (bytes) => yaml.parse(decoder.decode(bytes)),
    formatYaml: (value) => yaml.format(value),
    decodeProtobuf(apiVersion, kind, raw) {
      const schema = find(apiVersion, kind);
      return schema && decodeMessage(schema, raw);
    },
    encodeProtobuf(object: KubeObject | Status) {
      const schema = find(object.apiVersion ?? 'v1', object.kind);
      return schema && encodeObject(schema, object as unknown as JsonObject);
    },
  };
}
