import type { WatchEventType } from '@kubets/client';
import { expired, type KindDefinition, type KubeObject } from '@kubets/core';
import type { Store } from '@kubets/storage';
import {
  arrange,
  fromStoredBytes,
  labelsOfStored,
  sameBytes,
  spliceInto,
  toWireBytes,
  wireLength,
  writeWire,
} from '../registry/object-bytes.ts';
import type { CacheEvent, Encoding, StoredObject } from '../request.ts';
import { siblingsOf } from './shared-parts.ts';

/** Protobuf forms, which the encoding layer makes; without it only JSON can be asked for. */
export interface ProtobufForms {
  /** The object with its envelope. */
  encode(kind: KindDefinition, object: KubeObject): Uint8Array;
  /** A length-delimited WatchEvent around an encoded object. */
  frame(type: WatchEventType, encoded: Uint8Array): Uint8Array;
}

/** How stored bytes of one kind become objects and bytes on the wire. */
export interface ObjectForm {
  readonly kind: KindDefinition;
  readonly protobuf: ProtobufForms | undefined;
  /** Turns the stored version of the object into this kind's, where two kinds share storage. */
  readonly convert: ((stored: KubeObject) => KubeObject) | undefined;
}

/** Decoded objects that are kept alive although nobody holds them, over all kinds. */
const RECENT_OBJECTS = 1024;
const recent: (KubeObject | undefined)[] = new Array(RECENT_OBJECTS);
let nextRecent = 0;

function keepForAWhile(object: KubeObject): void {
  recent[nextRecent] = object;
  nextRecent = (nextRecent + 1) % RECENT_OBJECTS;
}

/** A store that gives bytes back whenever they are wanted, so that they need not be kept. */
export type Lender = Required<Pick<Store, 'borrowValue'>>;

export function isLender(store: Store): store is Store & Lender {
  return store.borrowValue !== undefined;
}

const encoder = new TextEncoder();

/**
 * One revision of one object. The decoded object is there for as long as somebody holds it (or a little longer); the bytes are
 * held, or can be borrowed from the store for as long as that has history of them.
 */
export class CachedObject<T extends KubeObject = KubeObject> implements StoredObject<T> {
  readonly key: string;
  readonly revision: number;
  readonly #form: ObjectForm;
  readonly #lender: Lender | undefined;
  /** The revision under which the store has the bytes: for a deletion, that of the last state. */
  readonly #valueRevision: number;
  readonly #length: number;
  #value: Uint8Array | undefined;
  #decoded: WeakRef<T> | undefined;
  #protobuf: WeakRef<Uint8Array> | undefined;
  /** Whether the bytes are what the form makes of them, as they nearly always are; undefined until that has been looked at. */
  #isConform: boolean | undefined;

  constructor(
    options: {
      key: string;
      revision: number;
      form: ObjectForm;
      decoded?: T | undefined;
      /** With it, the bytes are held only until they are released. */
      lender?: Lender | undefined;
      /** Where the lender has the bytes, when it is not at `revision`. */
      valueRevision?: number | undefined;
    } & ({ value: Uint8Array } | { value: undefined; lender: Lender | undefined; length: number }),
  ) {
    this.key = options.key;
    this.revision = options.revision;
    this.#form = options.form;
    this.#lender = options.lender;
    this.#valueRevision = options.valueRevision ?? options.revision;
    this.#length = options.value ? options.value.length : options.length;
    this.#value = options.value;
    if (options.decoded) this.#remember(options.decoded);
  }

  /** The stored bytes; they hold until the store is called again. Throws the 410 for bytes that the store has forgotten. */
  get value(): Uint8Array {
    return this.#value ?? this.#borrow();
  }

  /** How many stored bytes there are. */
  get length(): number {
    return this.#length;
  }

  /** Whether the bytes need not be held. */
  get isLent(): boolean {
    return this.#lender !== undefined;
  }

  /** Where the store has the bytes. */
  get valueRevision(): number {
    return this.#valueRevision;
  }

  /** Lets go of bytes that can be borrowed. */
  release(): void {
    if (this.#lender) this.#value = undefined;
  }

  /** Takes the bytes back before the store forgets them. */
  hold(): void {
    // What is borrowed may be a view of memory that the store reads into again; taking a slice of some views copies nothing.
    this.#value ??= new Uint8Array(this.#borrow());
  }

  /** The decoded object while somebody holds it. */
  get known(): T | undefined {
    return this.#decoded?.deref();
  }

  get object(): T {
    const known = this.#decoded?.deref();
    if (known) return known;
    const stored = fromStoredBytes<T>(this.value, this.revision);
    const decoded = siblingsOf(this.#form).share(this.#isAsStored ? stored : (this.#form.convert!(stored) as T));
    this.#remember(decoded);
    return decoded;
  }

  /** metadata.labels, without decoding the rest where that can be avoided. */
  get labels(): Readonly<Record<string, string>> | undefined {
    const known = this.#decoded?.deref();
    if (known) return known.metadata.labels;
    return labelsOfStored(this.value) ?? this.object.metadata.labels;
  }

  encoded(encoding: Encoding): Uint8Array {
    if (encoding === 'protobuf') return this.#encodedProtobuf();
    if (this.#isAsStored) return toWireBytes(this.value, this.revision);
    const { object } = this;
    const converted = encoder.encode(JSON.stringify(arrange(object, object.metadata.resourceVersion)));
    this.#isConform ??=
      converted.length === wireLength(this.#length, this.revision) &&
      sameBytes(converted, toWireBytes(this.value, this.revision));
    return converted;
  }

  get jsonLength(): number | undefined {
    return this.#isAsStored ? wireLength(this.#length, this.revision) : undefined;
  }

  writeJson(target: Uint8Array, at: number, omitted = 0): number {
    return writeWire({ value: this.value, revision: this.revision, target, at, omitted });
  }

  /** The same object as another kind that shares its storage. */
  as(form: ObjectForm): CachedObject {
    return form === this.#form ? this : this.#copy(this.revision, form);
  }

  /** The same state at a later revision, as a deletion reports it. */
  at(revision: number): CachedObject<T> {
    return this.#copy(revision, this.#form);
  }

  #copy(revision: number, form: ObjectForm): CachedObject<T> {
    const common = { key: this.key, revision, form, lender: this.#lender, valueRevision: this.#valueRevision };
    return new CachedObject<T>({ ...common, value: this.#value, length: this.#length } as const);
  }

  /** Whether the stored bytes can be sent as they are. */
  get #isAsStored(): boolean {
    return this.#form.convert === undefined || this.#isConform === true;
  }

  #remember(decoded: T): void {
    this.#decoded = new WeakRef(decoded);
    keepForAWhile(decoded);
  }

  #borrow(): Uint8Array {
    const value = this.#lender?.borrowValue(this.key, this.#valueRevision);
    if (!value) throw expired(`The resource version ${this.revision} of ${this.key} is too old`);
    return value;
  }

  jsonFrame(type: WatchEventType): Uint8Array {
    const before = `{"type":"${type}","object":`;
    if (!this.#isAsStored) return encoder.encode(`${before}${JSON.stringify(this.object)}}\n`);
    return spliceInto({ value: this.value, revision: this.revision, before, after: '}\n' });
  }

  protobufFrame(type: WatchEventType): Uint8Array {
    return protobufOf(this.#form).frame(type, this.encoded('protobuf'));
  }

  #encodedProtobuf(): Uint8Array {
    const known = this.#protobuf?.deref();
    if (known) return known;
    const encoded = protobufOf(this.#form).encode(this.#form.kind, this.object);
    this.#protobuf = new WeakRef(encoded);
    return encoded;
  }
}

function protobufOf(form: ObjectForm): ProtobufForms {
  if (!form.protobuf) throw new Error('protobuf is not implemented by this server');
  return form.protobuf;
}

/** A change of one object. The frame is made once per media type and shared, and forgotten once all watchers had it. */
export class ObjectEvent implements CacheEvent {
  readonly type: WatchEventType;
  readonly stored: CachedObject;
  /** What the key held before; for a deletion the last state. */
  readonly previous: CachedObject | undefined;
  #json: Uint8Array | undefined;
  #protobuf: Uint8Array | undefined;
  #left: ObjectEvent | undefined;
  #entered: ObjectEvent | undefined;
  #views: Map<ObjectForm, ObjectEvent> | undefined;

  constructor(type: WatchEventType, stored: CachedObject, previous?: CachedObject) {
    this.type = type;
    this.stored = stored;
    this.previous = previous;
  }

  frame(encoding: Encoding): Uint8Array {
    if (encoding === 'json') {
      this.#json ??= this.stored.jsonFrame(this.type);
      return this.#json;
    }
    this.#protobuf ??= this.stored.protobufFrame(this.type);
    return this.#protobuf;
  }

  /** The same change of the object as another kind that shares its storage. */
  as(form: ObjectForm): ObjectEvent {
    const stored = this.stored.as(form);
    if (stored === this.stored) return this;
    this.#views ??= new Map();
    let view = this.#views.get(form);
    if (!view) {
      view = new ObjectEvent(this.type, stored, this.previous?.as(form));
      this.#views.set(form, view);
    }
    return view;
  }

  /** As a watcher sees it whose selector no longer matches: a deletion of the state that did. */
  asLeft(): ObjectEvent {
    this.#left ??= new ObjectEvent('DELETED', this.previous!.at(this.stored.revision));
    return this.#left;
  }

  /** As a watcher sees it whose selector matches only now. */
  asEntered(): ObjectEvent {
    this.#entered ??= new ObjectEvent('ADDED', this.stored);
    return this.#entered;
  }

  /** Takes back what the store is about to forget; returns how many bytes are held for this event from then on. */
  hold(): number {
    this.stored.hold();
    this.previous?.hold();
    return this.stored.length + (this.previous?.length ?? 0);
  }

  /** Lets go of the frames and of bytes that the store has; they are made again for whoever still asks. */
  release(): void {
    this.stored.release();
    this.#json = undefined;
    this.#protobuf = undefined;
    this.#left = undefined;
    this.#entered = undefined;
    this.#views = undefined;
  }
}

const INITIAL_EVENTS_END = 'k8s.io/initial-events-end';

/** Tells a watcher how far it has seen; `endOfInitialEvents` marks the end of a streamed list. */
export function bookmark(form: ObjectForm, revision: number, endOfInitialEvents = false): CacheEvent {
  const { kind } = form;
  const object: KubeObject = {
    kind: kind.kind,
    apiVersion: kind.group ? `${kind.group}/${kind.version}` : kind.version,
    metadata: {
      resourceVersion: String(revision),
      ...(endOfInitialEvents ? { annotations: { [INITIAL_EVENTS_END]: 'true' } } : {}),
    },
  };
  const encoded = (encoding: Encoding) =>
    encoding === 'json' ? encoder.encode(JSON.stringify(object)) : protobufOf(form).encode(kind, object);
  return {
    type: 'BOOKMARK',
    stored: { key: '', revision, object, encoded },
    frame: (encoding) =>
      encoding === 'json'
        ? encoder.encode(`{"type":"BOOKMARK","object":${JSON.stringify(object)}}\n`)
        : protobufOf(form).frame('BOOKMARK', encoded('protobuf')),
  };
}
