import type { Aggregation } from '../aggregation/aggregation.ts';
import type { Codec } from '../encoding/codec.ts';
import {
  checkProduced,
  contentTypeOf,
  type Format,
  MEDIA_TYPES,
  notAcceptable,
  parseAccept,
} from '../encoding/negotiate.ts';
import type { KindCatalog } from '../pipeline/backend.ts';
import { entityTag } from '../pipeline/digest.ts';
import { headerOf } from '../pipeline/http.ts';
import { type PathAnswer, type PathHandlers, type PathRequest, readOnly } from '../pipeline/path-handlers.ts';
import { methodNotAllowed, resourceNotFound } from '../pipeline/route.ts';
import {
  aggregatedDiscovery,
  apiGroup,
  apiGroupList,
  apiResourceList,
  apiVersions,
  type ServedGroup,
  type ServedVersion,
  servedGroups,
  withRemote,
} from './documents.ts';

type AggregatedVersion = 'v2' | 'v2beta1';

interface Wanted {
  readonly format: Format;
  /** The one-document form, where it was asked for and is served here. */
  readonly aggregated: AggregatedVersion | undefined;
}

const FORMATS: Readonly<Record<string, Format>> = {
  'application/json': 'json',
  'application/yaml': 'yaml',
  'application/vnd.kubernetes.protobuf': 'protobuf',
  'application/*': 'json',
  '*/*': 'json',
};

/** What a client wants of discovery: the clauses of Accept in order of preference, aggregated ones where they are served. */
function wantedOf(accept: string, canAggregate: boolean): Wanted {
  if (accept === '') return { format: 'json', aggregated: undefined };
  for (const clause of parseAccept(accept)) {
    const format = FORMATS[`${clause.type}/${clause.subtype}`];
    const stream = clause.params.get('stream');
    if (!format || (stream !== undefined && stream !== 'watch')) continue;
    if (!clause.params.has('as')) return { format, aggregated: undefined };
    const version = clause.params.get('v');
    const fits =
      clause.params.get('g') === 'apidiscovery.k8s.io' && clause.params.get('as') === 'APIGroupDiscoveryList';
    if (canAggregate && fits && (version === 'v2' || version === 'v2beta1') && format !== 'yaml')
      return { format, aggregated: version };
  }
  throw notAcceptable(MEDIA_TYPES);
}

interface Document {
  readonly headers: Record<string, string>;
  readonly body: Uint8Array | string;
}

const isBuiltIn = ({ kinds }: ServedVersion) => kinds.some((kind) => !kind.isCustom);

/** Serves what tells clients which resources there are. Documents are made once and kept until the kinds change. */
export class Discovery {
  readonly #catalog: KindCatalog;
  readonly #codec: Codec;
  readonly #serverAddress: () => string;
  readonly #remote: Pick<Aggregation, 'generation' | 'versions'> | undefined;
  readonly #documents = new Map<string, Document>();
  #groups: ServedGroup[] = [];
  #generation = -1;

  constructor(options: {
    catalog: KindCatalog;
    codec: Codec;
    serverAddress: () => string;
    remote?: Pick<Aggregation, 'generation' | 'versions'>;
  }) {
    this.#remote = options.remote;
    this.#catalog = options.catalog;
    this.#codec = options.codec;
    this.#serverAddress = options.serverAddress;
  }

  register(paths: PathHandlers): void {
    const api = readOnly((request) => this.#api(request));
    paths
      .exact('/api', api)
      .exact('/api/', api)
      .exact('/apis', (request) => this.#apis(request))
      .exact('/apis/', (request) => this.#apis(request))
      .below('/api/', (request) => this.#version(request))
      .below('/apis/', (request) => this.#version(request));
  }

  groups(): readonly ServedGroup[] {
    // Both only ever rise, so their sum changes with either.
    const generation = this.#catalog.generation + (this.#remote?.generation ?? 0);
    if (generation !== this.#generation) {
      this.#groups = withRemote(servedGroups(this.#catalog.kinds()), this.#remote?.versions() ?? []);
      this.#documents.clear();
      this.#generation = generation;
    }
    return this.#groups;
  }

  /** Paths of the group and version documents, for the list at `/`. */
  paths(): string[] {
    return this.groups().flatMap(({ name, versions }) =>
      name === ''
        ? versions.map(({ version }) => `/api/${version}`)
        : [`/apis/${name}`, ...versions.map(({ version }) => `/apis/${name}/${version}`)],
    );
  }

  #api(request: PathRequest): PathAnswer {
    const groups = this.groups();
    return this.#answer(request, { isRouted: true, canAggregate: true }, (aggregated) =>
      aggregated
        ? aggregatedDiscovery(
            groups.filter(({ name }) => name === ''),
            aggregated,
          )
        : apiVersions(this.#serverAddress()),
    );
  }

  #apis(request: PathRequest): PathAnswer {
    const groups = this.groups();
    return this.#answer(request, { canAggregate: true }, (aggregated) =>
      aggregated
        ? aggregatedDiscovery(
            groups.filter(({ name }) => name !== ''),
            aggregated,
          )
        : apiGroupList(groups),
    );
  }

  #version(request: PathRequest): PathAnswer | undefined {
    const isLegacy = request.path.startsWith('/api/');
    const [, , ...segments] = request.path.split('/');
    const [groupName, versionName = '', ...more] = isLegacy ? ['', ...segments] : segments;
    if (!isLegacy && groupName === '') return undefined;
    const group = this.groups().find(({ name }) => name === groupName);
    if (!group) return undefined;
    if (!isLegacy && versionName === '' && more.length === 0) return this.#answer(request, {}, () => apiGroup(group));
    const version = group.versions.find((each) => each.version === versionName);
    const isRouted = (version ? [version] : group.versions).some(isBuiltIn);
    const isElsewhere = more.some((segment) => segment !== '');
    if (!version || isElsewhere) {
      if (isRouted) throw resourceNotFound();
      return undefined;
    }
    // Only the documents of custom resources do not mind the method.
    if (request.method !== 'GET' && isRouted) throw methodNotAllowed();
    return this.#answer(request, { isRouted }, () => apiResourceList(version));
  }

  #answer(
    request: PathRequest,
    { isRouted = false, canAggregate = false }: { isRouted?: boolean; canAggregate?: boolean },
    make: (aggregated: AggregatedVersion | undefined) => object,
  ): PathAnswer {
    const accept = headerOf(request.headers, 'accept');
    if (isRouted) checkProduced(accept);
    const wanted = wantedOf(accept, canAggregate);
    const key = `${request.path.replace(/\/$/, '')} ${wanted.format} ${wanted.aggregated}`;
    let document = this.#documents.get(key);
    if (!document) {
      document = this.#encode(make(wanted.aggregated), wanted);
      this.#documents.set(key, document);
    }
    const tag = document.headers.etag;
    if (tag && headerOf(request.headers, 'if-none-match') === tag)
      return { code: 304, headers: document.headers, body: '' };
    return { code: 200, ...document };
  }

  #encode(value: object, { format, aggregated }: Wanted): Document {
    const json = JSON.stringify(value);
    const suffix = aggregated ? `;g=apidiscovery.k8s.io;v=${aggregated};as=APIGroupDiscoveryList` : '';
    const headers: Record<string, string> = {};
    if (aggregated) {
      headers.vary = 'Accept';
      headers.etag = `"${entityTag(json)}"`;
      headers['cache-control'] = 'public';
    }
    if (format === 'protobuf') {
      const encoded = this.#codec.encodeProtobuf(value as never);
      if (encoded)
        return { headers: { ...headers, 'content-type': `${contentTypeOf('protobuf')}${suffix}` }, body: encoded };
    }
    if (format === 'yaml')
      return { headers: { ...headers, 'content-type': contentTypeOf('yaml') }, body: this.#codec.formatYaml(value) };
    return { headers: { ...headers, 'content-type': `${contentTypeOf('json')}${suffix}` }, body: json };
  }
}
