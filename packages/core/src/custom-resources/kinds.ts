import { isQualifiedName } from '../names.ts';
import { apiVersionOf, type JsonObject, type KubeObject, parseApiVersion } from '../object.ts';
import { jsonEqual, ownValue } from '../patch/json-value.ts';
import {
  defineKind,
  type KindDefinition,
  type StoredAs,
  type SubresourceDefinition,
  type WriteContext,
  type WriteStrategy,
} from '../schema/kind.ts';
import type { AnyMessage } from '../schema/types.ts';
import type { FieldError } from '../schema/validation.ts';
import { columnsOf, selectableFieldsOf } from './columns.ts';
import { applyJsonSchemaDefaults } from './defaulting.ts';
import type { CustomResourceDefinitionObject, CustomResourceVersion, JsonSchema } from './json-schema.ts';
import { messageOfSchema } from './message.ts';
import { pruneValue } from './pruning.ts';
import { sha256 } from './sha256.ts';
import { validateCustomResource } from './validation.ts';
import { compareKubeVersions } from './versions.ts';

/** Converts an object of a custom resource to another of its versions; a new object. */
export type CustomConversion = (object: KubeObject, toApiVersion: string) => KubeObject;

export interface CustomResourceOptions {
  /** The message of `metadata` (`ObjectMetaSchema` of the api package). */
  readonly objectMeta: AnyMessage;
  /** Used where the definition asks for conversion by webhook; without it, such versions are converted by name alone. */
  readonly convert?: CustomConversion;
}

/** A version without a schema, as old definitions have them, keeps whatever it is given. */
/** In the order in which discovery tells them. */
const VERBS = ['delete', 'deletecollection', 'get', 'list', 'patch', 'create', 'update', 'watch'];
const OPEN_SCHEMA: JsonSchema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };

/**
 * The kinds that a CustomResourceDefinition defines: one for each served version, the preferred version first. Objects are stored
 * in the storage version; the kinds of other versions say so by `storedAs`. The storage version's kind comes last where it is
 * not served, and has no verbs.
 */
export function customResourceKinds(
  definition: CustomResourceDefinitionObject,
  options: CustomResourceOptions,
): KindDefinition[] {
  const family = new Family(definition, options);
  const versions = [...definition.spec.versions].sort((a, b) => compareKubeVersions(b.name, a.name));
  const served = versions.filter((version) => version.served || version.storage);
  return served.sort((a, b) => Number(b.served) - Number(a.served)).map((version) => family.kindOf(version));
}

/** What the versions of one custom resource have in common. */
class Family {
  readonly #definition: CustomResourceDefinitionObject;
  readonly #options: CustomResourceOptions;

  constructor(definition: CustomResourceDefinitionObject, options: CustomResourceOptions) {
    this.#definition = definition;
    this.#options = options;
  }

  kindOf(version: CustomResourceVersion): KindDefinition {
    const { spec } = this.#definition;
    const names = this.#names();
    const warning = version.deprecated ? this.#deprecation(version) : undefined;
    return defineKind({
      group: spec.group,
      version: version.name,
      ...names,
      namespaced: spec.scope === 'Namespaced',
      verbs: version.served ? VERBS : [],
      schema: this.#messageOf(version),
      strategy: this.#strategy(version),
      subresources: this.#subresources(version, names.kind),
      columns: columnsOf(version.additionalPrinterColumns),
      selectableFields: selectableFieldsOf(version.selectableFields),
      isCustom: true,
      storageVersionHash: this.#storageVersionHash(),
      ...(warning === undefined ? {} : { deprecationWarning: warning }),
      ...(version.storage
        ? { readStored: (stored) => this.#completed(this.#convert(stored, version), version) }
        : { storedAs: this.#storedAs(version) }),
    });
  }

  /** Accepted names win: what a definition asks for may collide with another's. */
  #names() {
    const { names } = this.#definition.spec;
    const accepted = this.#definition.status?.acceptedNames;
    const kind = accepted?.kind || names.kind;
    return {
      kind,
      resource: accepted?.plural || names.plural,
      singular: (accepted?.kind ? accepted.singular : names.singular) || kind.toLowerCase(),
      listKind: (accepted?.kind ? accepted.listKind : names.listKind) || `${kind}List`,
      shortNames: (accepted?.kind ? accepted.shortNames : names.shortNames) ?? [],
      categories: (accepted?.kind ? accepted.categories : names.categories) ?? [],
    };
  }

  /** Of the version that objects are stored in; nothing where that one is not served. */
  #storageVersionHash(): string {
    const { group, names, versions } = this.#definition.spec;
    const stored = versions.find((version) => version.served && version.storage);
    if (!stored) return '';
    return btoa(String.fromCharCode(...sha256(`${group}/${stored.name}/${names.kind}`).subarray(0, 8)));
  }

  #deprecation(version: CustomResourceVersion): string {
    const { group, names, versions } = this.#definition.spec;
    if (version.deprecationWarning !== undefined) return version.deprecationWarning;
    const newer = versions
      .filter(({ served, deprecated, name }) => served && !deprecated && compareKubeVersions(version.name, name) < 0)
      .sort((a, b) => compareKubeVersions(b.name, a.name))[0];
    const advice = newer ? `; use ${group}/${newer.name} ${names.kind}` : '';
    return `${group}/${version.name} ${names.kind} is deprecated${advice}`;
  }

  #messageOf(version: CustomResourceVersion): AnyMessage {
    const { group, names, preserveUnknownFields } = this.#definition.spec;
    return messageOfSchema(schemaOf(version), {
      name: [...group.split('.').reverse(), version.name, names.kind].join('.'),
      objectMeta: this.#options.objectMeta,
      keepsUnknownFields: preserveUnknownFields ?? false,
    });
  }

  #strategy(version: CustomResourceVersion): WriteStrategy {
    const hasStatus = version.subresources?.status !== undefined;
    return {
      hasGeneration: true,
      allowUnconditionalUpdate: false,
      prepareForCreate: (draft) => {
        if (hasStatus) removeField(draft, 'status');
      },
      prepareForUpdate: (draft, old) => {
        if (hasStatus) copyField(draft, old, 'status');
      },
      raisesGeneration: (object, old) => desiredStateDiffers(object, old, hasStatus),
      validate: (object, context) => this.#errorsOf(object, context),
      warnings: finalizerWarnings,
    };
  }

  /** Only the status may change, and with it who manages it. */
  #statusStrategy(): WriteStrategy {
    return {
      allowUnconditionalUpdate: false,
      prepareForUpdate: (draft, old) => {
        for (const name of new Set([...Object.keys(draft), ...Object.keys(old)])) {
          if (name !== 'status' && name !== 'metadata') copyField(draft, old, name);
        }
        const { managedFields } = draft.metadata;
        draft.metadata = { ...old.metadata, ...(managedFields ? { managedFields } : {}) };
      },
      validate: (object, context) => this.#errorsOf(object, context),
    };
  }

  /** An object is validated in the version that it was written in, whichever it is stored in. */
  #errorsOf(object: KubeObject, context: WriteContext): FieldError[] {
    const { old } = context;
    const name = parseApiVersion(context.requestApiVersion ?? object.apiVersion).version;
    const version = this.#definition.spec.versions.find((each) => each.name === name);
    if (!version) return [];
    const seen = (each: KubeObject) => this.#convert(each, version) as unknown as JsonObject;
    return validateCustomResource(schemaOf(version), seen(object), old && seen(old), {
      objectMeta: this.#options.objectMeta,
      ...(version.subresources?.scale ? { scale: version.subresources.scale } : {}),
    });
  }

  #subresources(version: CustomResourceVersion, kind: string): SubresourceDefinition[] {
    const verbs = ['get', 'patch', 'update'];
    const { status, scale } = version.subresources ?? {};
    const result: SubresourceDefinition[] = [];
    if (status) result.push({ name: 'status', verbs, kind, form: 'object', strategy: this.#statusStrategy() });
    if (scale) {
      const { specReplicasPath, statusReplicasPath, labelSelectorPath } = scale;
      const paths = {
        specReplicasPath: dotted(specReplicasPath),
        statusReplicasPath: dotted(statusReplicasPath),
        ...(labelSelectorPath ? { selectorPath: dotted(labelSelectorPath) } : {}),
      };
      result.push({
        name: 'scale',
        verbs,
        group: 'autoscaling',
        version: 'v1',
        kind: 'Scale',
        form: 'scale',
        scale: paths,
      });
    }
    return result;
  }

  #storedAs(version: CustomResourceVersion): StoredAs {
    const { group, versions } = this.#definition.spec;
    const storage = versions.find((each) => each.storage) ?? version;
    return {
      group,
      version: storage.name,
      toStored: (object) => this.#convert(object, storage),
      fromStored: (stored) => this.#completed(this.#convert(stored, version), version),
    };
  }

  #convert(object: KubeObject, version: CustomResourceVersion): KubeObject {
    const { group, conversion } = this.#definition.spec;
    const apiVersion = apiVersionOf(group, version.name);
    if (object.apiVersion === apiVersion) return object;
    const { convert } = this.#options;
    if (conversion?.strategy === 'Webhook' && convert) return convert(object, apiVersion);
    return { ...object, apiVersion };
  }

  /** A stored object shows only what the version that it is seen in declares, with that version's defaults. */
  #completed(object: KubeObject, version: CustomResourceVersion): KubeObject {
    const schema = schemaOf(version);
    if (this.#definition.spec.preserveUnknownFields) return object;
    const { value } = pruneValue(schema, object as unknown as JsonObject, { isResource: true });
    applyJsonSchemaDefaults(schema, value);
    return value as unknown as KubeObject;
  }
}

const STANDARD_FINALIZERS: ReadonlySet<string> = new Set(['orphan', 'foregroundDeletion', 'kubernetes']);

/** Advice about the names of new finalizers. */
function finalizerWarnings({ metadata }: KubeObject, old: KubeObject | undefined): string[] {
  const known = new Set(old?.metadata.finalizers);
  const added = [...new Set(metadata.finalizers)].filter((name) => !known.has(name)).sort();
  return added.flatMap((name) => {
    const subject = `metadata.finalizers: ${JSON.stringify(name)}`;
    const complaints = isQualifiedName(name).map((complaint) => `${subject}: ${complaint}`);
    if (name.includes('/') || STANDARD_FINALIZERS.has(name)) return complaints;
    const how = name.includes('.') ? ' including a path (/)' : '';
    const advice = `prefer a domain-qualified finalizer name${how} to avoid accidental conflicts with other finalizer writers`;
    return [...complaints, `${subject}: ${advice}`];
  });
}

function schemaOf(version: CustomResourceVersion): JsonSchema {
  return version.schema?.openAPIV3Schema ?? OPEN_SCHEMA;
}

function dotted(jsonPath: string): string {
  return jsonPath.replace(/^\./, '');
}

function removeField(draft: KubeObject, name: string): void {
  delete (draft as unknown as Record<string, unknown>)[name];
}

function copyField(draft: KubeObject, from: KubeObject, name: string): void {
  const value = ownValue(from as unknown as Record<string, unknown>, name);
  if (value === undefined) removeField(draft, name);
  else (draft as unknown as Record<string, unknown>)[name] = value;
}

/** Whether anything but metadata, and status where it is a subresource, has changed. */
function desiredStateDiffers(object: KubeObject, old: KubeObject, ignoresStatus: boolean): boolean {
  const spec = ({ apiVersion: _, kind: __, metadata: ___, ...rest }: KubeObject) => {
    const { status, ...others } = rest as JsonObject;
    return ignoresStatus || status === undefined ? others : { ...others, status };
  };
  return !jsonEqual(spec(object), spec(old));
}
