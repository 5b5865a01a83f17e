import { StatusError } from '@kubets/core';

export type Format = 'json' | 'yaml' | 'protobuf';

/** Into what an answer is turned before it is encoded. */
export interface Conversion {
  readonly kind: 'Table' | 'PartialObjectMetadata' | 'PartialObjectMetadataList';
  readonly version: 'v1' | 'v1beta1';
}

/** The form of an answer, as the Accept header asked for it. */
export interface Negotiated {
  readonly format: Format;
  readonly convert: Conversion | undefined;
  readonly pretty: boolean;
  /** `stream=watch` was part of the media type. */
  readonly stream: boolean;
}

export const JSON_TYPE = 'application/json';
export const YAML_TYPE = 'application/yaml';
export const PROTOBUF_TYPE = 'application/vnd.kubernetes.protobuf';
export const MEDIA_TYPES = [JSON_TYPE, YAML_TYPE, PROTOBUF_TYPE] as const;
/** The media types of custom resources. */
export const TEXT_TYPES = [JSON_TYPE, YAML_TYPE] as const;
const FORMAT_OF_TYPE: Readonly<Record<string, Format>> = {
  [JSON_TYPE]: 'json',
  [YAML_TYPE]: 'yaml',
  [PROTOBUF_TYPE]: 'protobuf',
};
const CONVERSIONS = new Set(['Table', 'PartialObjectMetadata', 'PartialObjectMetadataList']);
const PLAIN_JSON: Negotiated = { format: 'json', convert: undefined, pretty: false, stream: false };
/** Accept headers come from a handful of clients; what each means is kept. */
const MAX_REMEMBERED_HEADERS = 256;
const MAX_ACCEPT_CLAUSES = 64;

/** One clause of an Accept header. */
export interface AcceptClause {
  readonly type: string;
  readonly subtype: string;
  readonly q: number;
  readonly params: ReadonlyMap<string, string>;
}

function parseClause(text: string): AcceptClause | undefined {
  const [range = '', ...rest] = text.split(';');
  const [type = '', subtype = ''] = range.trim().toLowerCase().split('/');
  if (type === '') return undefined;
  const params = new Map<string, string>();
  let q = 1;
  for (const param of rest) {
    const equals = param.indexOf('=');
    const name = (equals < 0 ? param : param.slice(0, equals)).trim().toLowerCase();
    const value =
      equals < 0
        ? ''
        : param
            .slice(equals + 1)
            .trim()
            .replace(/^"(.*)"$/, '$1');
    if (name === 'q') q = Number.isFinite(Number(value)) ? Number(value) : 0;
    else params.set(name, value);
  }
  return { type, subtype: subtype || (type === '*' ? '*' : ''), q, params };
}

/** The clauses of an Accept header, the most wanted first; ties go to the more specific, then to the earlier. */
export function parseAccept(header: string): AcceptClause[] {
  const clauses = header
    .split(',', MAX_ACCEPT_CLAUSES)
    .map(parseClause)
    .filter((clause) => clause !== undefined) as AcceptClause[];
  const breadth = (clause: AcceptClause) => (clause.type === '*' ? 2 : clause.subtype === '*' ? 1 : 0);
  return clauses.sort((a, b) => b.q - a.q || breadth(a) - breadth(b));
}

function formatOf(clause: AcceptClause, formats: readonly Format[]): Format | undefined {
  if (clause.type === '*' || (clause.type === 'application' && clause.subtype === '*')) return formats[0];
  const format = FORMAT_OF_TYPE[`${clause.type}/${clause.subtype}`];
  return format && formats.includes(format) ? format : undefined;
}

function conversionOf(params: ReadonlyMap<string, string>): Conversion | 'refused' | undefined {
  const kind = params.get('as');
  if (kind === undefined) return undefined;
  const version = params.get('v');
  if (!CONVERSIONS.has(kind) || params.get('g') !== 'meta.k8s.io' || (version !== 'v1' && version !== 'v1beta1'))
    return 'refused';
  return { kind: kind as Conversion['kind'], version };
}

export function notAcceptable(types: readonly string[] = MEDIA_TYPES): StatusError {
  const message = `only the following media types are accepted: ${types.join(', ')}`;
  return new StatusError({ code: 406, reason: 'NotAcceptable', message });
}

/** The media types that watches are served in besides. */
const STREAM_TYPES = [`${JSON_TYPE};stream=watch`, `${PROTOBUF_TYPE};stream=watch`];
/** Headers that name something that built-in resources are served in. */
const produced = new Set<string>(['', '*/*', ...MEDIA_TYPES]);

/**
 * Built-in resources and documents are routed by media type before anything else is read of what is asked for, and a route knows
 * whole media types and the wildcard for all alone. Throws 406.
 */
export function checkProduced(header: string, options: { types?: readonly string[]; isList?: boolean } = {}): void {
  const { types = MEDIA_TYPES, isList = false } = options;
  if (types === MEDIA_TYPES && produced.has(header)) return;
  const wanted = header === '' ? ['*/*'] : header.split(',').map((clause) => clause.split(';', 1)[0]!.trim());
  if (!wanted.some((type) => type === '*/*' || types.includes(type))) {
    throw routeNotAcceptable(isList ? [...types, ...STREAM_TYPES] : types);
  }
  if (types !== MEDIA_TYPES) return;
  if (produced.size >= MAX_REMEMBERED_HEADERS) produced.clear();
  produced.add(header);
}

export function routeNotAcceptable(types: readonly string[]): StatusError {
  const message = `406: Not Acceptable\n\nAvailable representations: ${types.join(', ')}`;
  return new StatusError({ code: 406, reason: 'NotAcceptable', message, details: {} });
}

/** What a route of built-in resources answers to a body in a form that it does not take. */
export function routeUnsupportedMediaType(): StatusError {
  const message = '415: Unsupported Media Type';
  return new StatusError({ code: 415, reason: 'UnsupportedMediaType', message, details: {} });
}

export function unsupportedMediaType(types: readonly string[] = MEDIA_TYPES): StatusError {
  const message = `the body of the request was in an unknown format - accepted media types include: ${types.join(', ')}`;
  return new StatusError({ code: 415, reason: 'UnsupportedMediaType', message });
}

const ALL_FORMATS: readonly Format[] = ['json', 'yaml', 'protobuf'];
const remembered = new Map<string, Negotiated>();

/** In which forms there is what is asked for. */
interface Forms {
  readonly hasTable: boolean;
  /** Whether the object itself is there as protobuf; its metadata always is. */
  readonly hasProtobuf: boolean;
}

function negotiateFresh(header: string, { hasTable, hasProtobuf }: Forms): Negotiated {
  for (const clause of parseAccept(header)) {
    const format = formatOf(clause, ALL_FORMATS);
    const convert = conversionOf(clause.params);
    const stream = clause.params.get('stream');
    if (!hasTable && convert !== 'refused' && convert?.kind === 'Table') continue;
    if (!hasProtobuf && format === 'protobuf' && !convert) continue;
    if (!format || convert === 'refused' || (stream !== undefined && stream !== 'watch')) continue;
    return { format, convert, pretty: clause.params.get('pretty') === '1', stream: stream === 'watch' };
  }
  throw notAcceptable();
}

/** What the Accept header asks for of a custom resource, which nobody has a protobuf message of. Throws like `negotiate`. */
export function negotiateWithoutProtobuf(header: string): Negotiated {
  const plain = negotiate(header);
  if (plain.format !== 'protobuf' || plain.convert) return plain;
  return negotiateFresh(header, { hasTable: true, hasProtobuf: false });
}

/** What the Accept header asks for of something that is shown as no table, such as a review. Throws like `negotiate`. */
export function negotiateWithoutTable(header: string): Negotiated {
  return negotiateFresh(header === '' ? '*/*' : header, { hasTable: false, hasProtobuf: true });
}

/** What the Accept header asks for. Throws 406 when nothing in it can be served. */
export function negotiate(header: string): Negotiated {
  if (header === '' || header === JSON_TYPE || header === '*/*') return PLAIN_JSON;
  const known = remembered.get(header);
  if (known) return known;
  const fresh = negotiateFresh(header, { hasTable: true, hasProtobuf: true });
  if (remembered.size >= MAX_REMEMBERED_HEADERS) remembered.clear();
  remembered.set(header, fresh);
  return fresh;
}

/** The media type of a Content-Type header, without parameters. */
export function mediaTypeOf(contentType: string): string {
  const semicolon = contentType.indexOf(';');
  return (semicolon < 0 ? contentType : contentType.slice(0, semicolon)).trim().toLowerCase();
}

/** The format of a request body; JSON where no type is given. Throws 415. */
export function bodyFormat(contentType: string): Format {
  if (contentType === '' || contentType === JSON_TYPE) return 'json';
  const format = FORMAT_OF_TYPE[mediaTypeOf(contentType)];
  if (!format) throw unsupportedMediaType();
  return format;
}

const CONTENT_TYPE: Readonly<Record<Format, string>> = {
  json: JSON_TYPE,
  yaml: YAML_TYPE,
  protobuf: PROTOBUF_TYPE,
};

export function contentTypeOf(format: Format): string {
  return CONTENT_TYPE[format];
}

/** Plain requests from people's tools are indented, as `?pretty=true` also asks for. */
export function wantsPretty(pretty: string, userAgent: string): boolean {
  if (pretty !== '') return ['1', 't', 'true'].includes(pretty.toLowerCase());
  return userAgent.startsWith('curl') || userAgent.startsWith('Wget') || userAgent.startsWith('Mozilla/5.0');
}
