import type { NameRule } from '../names.ts';
import type { KubeObject } from '../object.ts';
import type { AnyMessage } from './types.ts';
import type { FieldError } from './validation.ts';

/** One column of a server-side table (`kubectl get`). Priority above 0 shows only with -o wide. */
export interface Column<T extends KubeObject = KubeObject> {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'number' | 'boolean' | 'date';
  readonly format?: string;
  readonly priority?: number;
  readonly description: string;
  /** The cell for one object; `nowMs` is given for ages and for time-dependent texts. */
  cell(object: T, nowMs: number): string | number | boolean | null;
}

/** Who makes a request, for kinds that record it. */
export interface RequestUser {
  readonly name: string;
  readonly uid?: string;
  readonly groups: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

/** What validation may look at beside the object. */
export interface WriteContext {
  /** The subresource written through, '' for the object itself. */
  readonly subresource: string;
  /** Wall-clock time of the request, in milliseconds. */
  readonly nowMs: number;
  /** The object that an update replaces; undefined for a create. */
  readonly old?: KubeObject;
  /** `apiVersion` of the request, where it was made in another version than the stored one (see `StoredAs`). */
  readonly requestApiVersion?: string;
  /** Who asks; undefined where the system itself writes. */
  readonly user?: RequestUser;
}

/**
 * What is particular to writing a kind. Drafts are owned by the request and may be changed in place; stored objects may not.
 * Generic metadata rules (names, labels, finalizers, immutability of uid and creationTimestamp) apply to every kind before these.
 */
export interface WriteStrategy<T extends KubeObject = KubeObject> {
  /** Fills in defaults that the schema's own `default()` cannot express. Runs on every decoded object, so it must be idempotent. */
  applyDefaults?(draft: T): void;
  /** Clears and sets what a client may not choose, such as status. */
  prepareForCreate?(draft: T, context: WriteContext): void;
  validate?(object: T, context: WriteContext): FieldError[];
  /** Clears what may not change here (status on the main resource, spec on /status). */
  prepareForUpdate?(draft: T, old: T, context: WriteContext): void;
  /** Rules about the change only: `validate` has already seen the new object. */
  validateUpdate?(object: T, old: T, context: WriteContext): FieldError[];
  /** Texts for the Warning header. */
  warnings?(object: T, old: T | undefined): string[];
  /** A PUT to a name that does not exist creates it. */
  readonly allowCreateOnUpdate?: boolean;
  /** A PUT without resourceVersion overwrites whatever is there. Default true. */
  readonly allowUnconditionalUpdate?: boolean;
  /** metadata.generation rises when anything but metadata and status changes; `fixed`: it is 1 and stays so. */
  readonly hasGeneration?: boolean | 'fixed';
  /** With `hasGeneration`: whether a change for which it would not rise (of annotations, say) raises it too. */
  raisesGeneration?(object: T, old: T): boolean;
  /**
   * Grace period, in seconds, that deletion uses; undefined deletes at once. `requestedSeconds` is what the client asked for, if
   * it did: the answer then is how much of it the object gets.
   */
  deletionGraceSeconds?(object: T, requestedSeconds?: number): number | undefined;
}

/** Where a Scale finds its parts in the object, as dotted paths. */
export interface ScalePaths {
  readonly specReplicasPath: string;
  readonly statusReplicasPath: string;
  /** A LabelSelector, or the text of a selector; undefined where a custom resource names none. */
  readonly selectorPath?: string;
}

/** A subresource with a body of its own. Streaming ones (log, exec, ...) are `connect`. */
export interface SubresourceDefinition<T extends KubeObject = KubeObject> {
  readonly name: string;
  readonly verbs: readonly string[];
  /** Group, version and kind of the body where it is not the parent's own. */
  readonly kind: string;
  readonly group?: string;
  readonly version?: string;
  /** `object`: the parent itself seen through other rules; `scale`: autoscaling/v1 Scale; `custom`: a handler of the API server. */
  readonly form: 'object' | 'scale' | 'connect' | 'custom';
  /** Message of the body, for forms other than `object`. */
  readonly schema?: AnyMessage;
  /** For the form `scale`. */
  readonly scale?: ScalePaths;
  readonly strategy?: WriteStrategy<T>;
}

/**
 * Says that a kind is another version's view of stored objects: it has the same kind name, storage and resourceVersions as the
 * kind of `group` and `version`. A request is decoded and defaulted by its own definition and then converted by `toStored`;
 * the stored kind's strategy and storage rule from there on, and answers, watch events and tables come through `fromStored`.
 * Both functions make new objects, lose nothing, and set `apiVersion`.
 */
export interface StoredAs<T extends KubeObject = KubeObject> {
  readonly group: string;
  readonly version: string;
  toStored(object: T): KubeObject;
  fromStored(stored: KubeObject): T;
}

/** Everything that the system knows of a kind; the one definition from which the rest is derived. */
export interface KindDefinition<T extends KubeObject = KubeObject> {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  /** Kind of its lists; '' for kinds that cannot be listed (reviews, bindings). */
  readonly listKind: string;
  /** Plural, lower-case name in URLs. */
  readonly resource: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly namespaced: boolean;
  /** Verbs served, in alphabetical order. */
  readonly verbs: readonly string[];
  readonly schema: AnyMessage;
  readonly strategy: WriteStrategy<T>;
  readonly subresources: readonly SubresourceDefinition<T>[];
  readonly columns: readonly Column<T>[];
  /** Field selectors beyond metadata.name and metadata.namespace: label to its value as text. */
  readonly selectableFields: Readonly<Record<string, (object: T) => string>>;
  /** As discovery publishes it. */
  readonly storageVersionHash: string;
  /** Prefix below /registry/ where it is not [group/]resource; two versions of one kind share it. */
  readonly storagePrefix?: string;
  /** Rule for metadata.name and generateName; a DNS-1123 subdomain where undefined. */
  readonly validateName?: NameRule;
  /** An immediate deletion answers with the object that was deleted; where unset, with a Status. */
  readonly returnsDeletedObject?: boolean;
  /** Defined by a CustomResourceDefinition: there is no strategic merge patch. */
  readonly isCustom?: boolean;
  /** Text for the Warning header of every request in this version. */
  readonly deprecationWarning?: string;
  /**
   * Makes of an object as it lies in the store, whichever version it was written in, what this version shows; a new object. Only
   * on the stored version of a kind that may still have objects in versions that were stored before.
   */
  readonly readStored?: (stored: KubeObject) => KubeObject;
  /** Set where objects are stored in another version of the kind. */
  readonly storedAs?: StoredAs<T>;
}

export const STANDARD_VERBS = [
  'create',
  'delete',
  'deletecollection',
  'get',
  'list',
  'patch',
  'update',
  'watch',
] as const;

export type KindOptions<T extends KubeObject> = Pick<
  KindDefinition<T>,
  'group' | 'version' | 'kind' | 'resource' | 'namespaced' | 'schema'
> &
  Partial<KindDefinition<T>>;

/** Completes a kind's definition with what follows from the rest. */
export function defineKind<T extends KubeObject>(options: KindOptions<T>): KindDefinition<T> {
  return {
    listKind: `${options.kind}List`,
    singular: options.kind.toLowerCase(),
    shortNames: [],
    categories: [],
    verbs: STANDARD_VERBS,
    strategy: {},
    subresources: [],
    columns: [],
    selectableFields: {},
    storageVersionHash: '',
    ...options,
  };
}
