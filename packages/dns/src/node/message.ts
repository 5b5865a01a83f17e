import {
  type Answer,
  AUTHORITATIVE_ANSWER,
  decode,
  encode,
  type OptAnswer,
  type Packet,
  type Question,
  RECURSION_AVAILABLE,
  TRUNCATED_RESPONSE,
} from 'dns-packet';
import type { ZoneRecord } from '../zone.ts';

/** Response codes (RFC 1035, RFC 2136) that the server answers with. */
export const RCODE = {
  noError: 0,
  formatError: 1,
  serverFailure: 2,
  nameError: 3,
  notImplemented: 4,
  refused: 5,
} as const;
const RCODE_MASK = 0xf;
const RECURSION_DESIRED = 1 << 8;
/** What every resolver must take over UDP (RFC 1035); more only where the question's EDNS record says so. */
const MIN_UDP_BYTES = 512;
/** What this server offers and takes over UDP, small enough not to be fragmented. */
const MAX_UDP_BYTES = 1232;

export interface Query {
  readonly packet: Packet;
  readonly question: Question;
}

/** The EDNS record of this server's answers (RFC 6891). */
const OPT_RECORD: OptAnswer = {
  type: 'OPT',
  name: '.',
  udpPayloadSize: MAX_UDP_BYTES,
  extendedRcode: 0,
  ednsVersion: 0,
  flags: 0,
  flag_do: false,
  options: [],
};

/** A received query, or undefined for what is not one: a response, an empty question, or garbage. */
export function parseQuery(bytes: Uint8Array): Query | undefined {
  try {
    const packet = decode(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    const question = packet.questions?.[0];
    return packet.type === 'query' && question ? { packet, question } : undefined;
  } catch {
    return undefined;
  }
}

export interface Reply {
  readonly rcode: number;
  readonly authoritative?: boolean;
  readonly answers?: readonly Answer[];
  readonly authorities?: readonly Answer[];
  readonly additionals?: readonly Answer[];
}

const ednsOf = (packet: Packet) => packet.additionals?.find((record) => record.type === 'OPT');

/** The most bytes that an answer to this query may have over UDP. */
export function udpLimitBytes(query: Query): number {
  const edns = ednsOf(query.packet) as { udpPayloadSize?: number } | undefined;
  return Math.min(MAX_UDP_BYTES, Math.max(MIN_UDP_BYTES, edns?.udpPayloadSize ?? 0));
}

/** Encodes a reply; what does not fit into `limitBytes` is left out, marked as truncated, so that the client asks over TCP. */
export function encodeReply(query: Query, reply: Reply, limitBytes = Number.POSITIVE_INFINITY): Buffer {
  const edns: Answer[] = ednsOf(query.packet) ? [OPT_RECORD] : [];
  const flags =
    ((query.packet.flags ?? 0) & RECURSION_DESIRED) |
    RECURSION_AVAILABLE |
    (reply.authoritative ? AUTHORITATIVE_ANSWER : 0) |
    (reply.rcode & RCODE_MASK);
  const packet: Packet = {
    type: 'response',
    id: query.packet.id,
    flags,
    questions: [query.question],
    answers: [...(reply.answers ?? [])],
    authorities: [...(reply.authorities ?? [])],
    additionals: [...(reply.additionals ?? []), ...edns],
  };
  const whole = encode(packet);
  if (whole.length <= limitBytes) return whole;
  return encode({ ...packet, flags: flags | TRUNCATED_RESPONSE, answers: [], authorities: [], additionals: edns });
}

/** A zone record as dns-packet writes it. */
export function answerOf(record: ZoneRecord): Answer {
  const common = { name: record.name, ttl: record.ttlSeconds, class: 'IN' as const };
  return { ...common, type: record.type, data: record.data } as Answer;
}
