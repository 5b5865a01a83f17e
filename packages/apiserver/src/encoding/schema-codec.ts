import {
  APIGroup,
  APIGroupDiscoveryList,
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
  formatYaml,
  type JsonObject,
  type KubeObject,
  list,
  message,
  parseJson,
  parseYaml,
  type Status,
} from '@kubets/core';
import type { KindCatalog } from '../pipeline/backend.ts';
import type { Codec, ParsedText } from './codec.ts';

/** The older version of the list numbers its fields the other way round. */
const PartialObjectMetadataListV1Beta1 = message(
  'io.k8s.apimachinery.pkg.apis.meta.v1beta1.PartialObjectMetadataList',
  'Metadata of several objects.',
  {
    items: field(1, list(PartialObjectMetadataSchema), 'The objects.').always(),
    metadata: field(2, ListMetaSchema, 'Metadata of the list.').always(),
  },
);

/** A list of whatever; what is in it does not matter where none is expected. */
const LIST = message('io.k8s.apimachinery.pkg.apis.meta.v1.List', 'A list of objects.', {
  metadata: field(1, ListMetaSchema, 'Metadata of the list.').always(),
});

/** Messages that are part of the protocol and of no kind, by apiVersion and kind. */
const PROTOCOL_MESSAGES: Readonly<Record<string, AnyMessage>> = {
  'v1/Status': StatusMessage,
  'v1/APIVersions': APIVersions,
  'v1/APIGroup': APIGroup,
  'v1/APIGroupList': APIGroupList,
  'v1/APIResourceList': APIResourceList,
  'apidiscovery.k8s.io/v2/APIGroupDiscoveryList': APIGroupDiscoveryList,
  'apidiscovery.k8s.io/v2beta1/APIGroupDiscoveryList': APIGroupDiscoveryList,
  'meta.k8s.io/v1/PartialObjectMetadata': PartialObjectMetadataSchema,
  'meta.k8s.io/v1/PartialObjectMetadataList': PartialObjectMetadataListSchema,
  'meta.k8s.io/v1beta1/PartialObjectMetadata': PartialObjectMetadataSchema,
  'meta.k8s.io/v1beta1/PartialObjectMetadataList': PartialObjectMetadataListV1Beta1,
  'autoscaling/v1/Scale': Scale,
  'policy/v1/Eviction': Eviction,
  // Evictions are taken in the version that old clients know, too.
  'policy/v1beta1/Eviction': Eviction,
  'authentication.k8s.io/v1/TokenRequest': TokenRequest,
};

/** The message of a kind of the API's own, or of its lists; undefined for others, custom resources among them. */
export function schemaOf(
  catalog: Pick<KindCatalog, 'kinds'>,
  apiVersion: string,
  kind: string,
): AnyMessage | undefined {
  const known = PROTOCOL_MESSAGES[`${apiVersion}/${kind}`];
  if (known) return known;
  for (const each of catalog.kinds()) {
    if (each.isCustom || apiVersionOf(each.group, each.version) !== apiVersion) continue;
    if (each.kind === kind) return each.schema;
    if (each.listKind === kind) return LIST;
  }
  return undefined;
}

/** A codec for JSON, YAML and protobuf, which knows the messages of the kinds served at the moment. */
export function schemaCodec(catalog: KindCatalog): Codec {
  let generation = -1;
  const messages = new Map<string, AnyMessage>();
  const find = (apiVersion: string, kind: string): AnyMessage | undefined => {
    if (generation !== catalog.generation) {
      messages.clear();
      for (const each of catalog.kinds())
        messages.set(`${apiVersionOf(each.group, each.version)}/${each.kind}`, each.schema);
      generation = catalog.generation;
    }
    // Clients name the options in the version of the group that they speak to.
    if (kind === 'DeleteOptions') return DeleteOptions;
    return messages.get(`${apiVersion}/${kind}`) ?? PROTOCOL_MESSAGES[`${apiVersion}/${kind}`];
  };
  return {
    parseText: (bytes, format, trackDuplicates) => (format === 'yaml' ? readYaml : readJson)(bytes, trackDuplicates),
    formatYaml,
    schemaOf: (apiVersion, kind) => schemaOf(catalog, apiVersion, kind),
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

function readJson(bytes: Uint8Array, trackDuplicates: boolean): ParsedText {
  const { value, duplicateFields } = parseJson(bytes, { trackDuplicates });
  return { value, duplicates: duplicateFields.map((field) => `duplicate field ${JSON.stringify(field)}`) };
}

function readYaml(bytes: Uint8Array, trackDuplicates: boolean): ParsedText {
  const { value, duplicateKeys } = parseYaml(bytes, { trackDuplicates });
  const duplicates = duplicateKeys.length > 0 ? [`yaml: unmarshal errors:\n  ${duplicateKeys.join('\n  ')}`] : [];
  return { value, duplicates };
}
