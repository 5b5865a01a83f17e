import { parseAccept } from '../encoding/negotiate.ts';
import { entityTag } from '../pipeline/digest.ts';
import { headerOf } from '../pipeline/http.ts';
import type { PathAnswer, PathHandlers, PathRequest } from '../pipeline/path-handlers.ts';
import { queryText } from '../pipeline/query.ts';

/** Makes the OpenAPI documents of what is served; each may take a while and is asked for once a generation. */
export interface OpenApiSource {
  /** Rises whenever the documents change. */
  readonly generation: number;
  v2(): object;
  /** Paths below /openapi/v3/ such as `api/v1` and `apis/apps/v1`. */
  v3Paths(): readonly string[];
  /** The same object for as long as nothing in the document changes. */
  v3(path: string): object | undefined;
  /** Documents of other servers, by path: where they are. They are not asked for here. */
  remotePaths?(): Readonly<Record<string, string>>;
  /** The v2 document as protobuf; undefined when there is no such form. */
  v2Protobuf?(): Uint8Array;
}

interface Kept {
  readonly body: Uint8Array | string;
  readonly tag: string;
}

const V2_PROTOBUF_SERVED = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf';
const ONE_YEAR = 'public, immutable';

/** Serves /openapi/v2 and /openapi/v3 with entity tags; documents asked for by their hash may be kept for good. */
export class OpenApi {
  readonly #source: OpenApiSource;
  readonly #kept = new Map<string, Kept>();
  /** Encoded once for as long as the source gives the same document. */
  readonly #encoded = new WeakMap<object, Kept>();
  #generation = -1;

  constructor(options: { source: OpenApiSource }) {
    this.#source = options.source;
  }

  register(paths: PathHandlers): void {
    paths
      .exact('/openapi/v2', (request) => this.#v2(request))
      .exact('/openapi/v3', (request) => this.#index(request))
      .below('/openapi/v3/', (request) => this.#v3(request));
  }

  #keep(key: string, make: () => Uint8Array | string): Kept {
    if (this.#generation !== this.#source.generation) {
      this.#kept.clear();
      this.#generation = this.#source.generation;
    }
    let kept = this.#kept.get(key);
    if (!kept) {
      const body = make();
      kept = {
        body,
        tag: entityTag(typeof body === 'string' ? body : String.fromCharCode(...body.subarray(0, 4096)) + body.length),
      };
      this.#kept.set(key, kept);
    }
    return kept;
  }

  #document(path: string): Kept | undefined {
    if (!this.#source.v3Paths().includes(path)) return undefined;
    const document = this.#source.v3(path);
    if (!document) return undefined;
    let kept = this.#encoded.get(document);
    if (!kept) {
      const body = JSON.stringify(document);
      kept = { body, tag: entityTag(body) };
      this.#encoded.set(document, kept);
    }
    return kept;
  }

  #v2(request: PathRequest): PathAnswer {
    const accept = headerOf(request.headers, 'accept');
    const source = this.#source;
    const first = parseAccept(accept).find(
      ({ type, subtype }) =>
        subtype === 'json' ||
        subtype === '*' ||
        `${type}/${subtype}`.startsWith('application/com.github.proto-openapi'),
    );
    if (!first && accept !== '') return { code: 406, headers: { vary: 'Accept' }, body: '' };
    const wantsProtobuf = first && first.subtype !== 'json' && first.subtype !== '*';
    if (wantsProtobuf && source.v2Protobuf) {
      const kept = this.#keep('v2 protobuf', () => source.v2Protobuf!());
      return answer(request, kept, { 'content-type': V2_PROTOBUF_SERVED, vary: 'Accept' });
    }
    const kept = this.#keep('v2', () => JSON.stringify(source.v2()));
    return answer(request, kept, { 'content-type': 'application/json', vary: 'Accept' });
  }

  #index(request: PathRequest): PathAnswer {
    const kept = this.#keep('v3 index', () => {
      const paths: Record<string, object> = {};
      for (const path of this.#source.v3Paths())
        paths[path] = { serverRelativeURL: `/openapi/v3/${path}?hash=${this.#document(path)!.tag}` };
      const remote = Object.entries(this.#source.remotePaths?.() ?? {});
      for (const [path, serverRelativeURL] of remote) paths[path] = { serverRelativeURL };
      return JSON.stringify({ paths });
    });
    return answer(request, kept, { 'content-type': 'application/json' });
  }

  #v3(request: PathRequest): PathAnswer | undefined {
    const kept = this.#document(request.path.slice('/openapi/v3/'.length));
    if (!kept) return { code: 404, headers: {}, body: '' };
    const hash = queryText(request.query, 'hash');
    if (hash !== '' && hash !== kept.tag) {
      const location = `${request.path}?hash=${kept.tag}`;
      return { code: 301, headers: { location }, body: '' };
    }
    return answer(request, kept, {
      'content-type': 'application/json',
      vary: 'Accept',
      ...(hash === '' ? {} : { 'cache-control': ONE_YEAR }),
    });
  }
}

function answer(request: PathRequest, kept: Kept, headers: Record<string, string>): PathAnswer {
  const etag = `"${kept.tag}"`;
  const all = { etag, ...headers };
  if (headerOf(request.headers, 'if-none-match').includes(kept.tag)) return { code: 304, headers: all, body: '' };
  return { code: 200, headers: all, body: kept.body };
}
