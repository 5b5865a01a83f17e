import { type CustomResourceDefinition, customResourceDefinitionKind, ObjectMetaSchema } from '@kubets/api';
import { createClient, type ResourceClient, type ResourceRef, type Transport } from '@kubets/client';
import {
  type CustomConversion,
  type CustomResourceDefinitionObject,
  customResourceKinds,
  type Disposable,
  disposable,
  hasReason,
  sameJson,
} from '@kubets/core';
import { timestamp } from '../registry/metadata.ts';
import type { Resource } from '../registry/resource.ts';
import type { AuthenticatedRequest, CacheEvent } from '../request.ts';
import type { ServerContext } from '../server-context.ts';
import { loopbackUser } from '../system-users.ts';
import { deleteCollection } from '../verbs/delete-collection.ts';
import type { WatchCache } from '../watch-cache/watch-cache.ts';
import type { WebhookClient } from '../webhooks/webhook-client.ts';
import { WebhookConversion } from './conversion.ts';
import { withConversions } from './converted.ts';
import { CLEANUP_FINALIZER } from './deletion.ts';
import {
  acceptedNamesOf,
  type DefinitionCondition,
  isTrue,
  plannedDefinition,
  usedNamesOf,
  withCondition,
} from './status.ts';

const RETRY_MS = 1000;
const FIELD_MANAGER = { fieldManager: 'kube-apiserver' };

/** What is known of one definition. */
interface Entry {
  /** As stored. */
  stored: CustomResourceDefinition;
  /** With the status that it is to have; the same object as `stored` once it has it. */
  planned: CustomResourceDefinition;
  /** What is served for it, the preferred version first. */
  resources: readonly Resource[];
  /** The definition that `resources` were made of. */
  served: CustomResourceDefinition | undefined;
  isSettling: boolean;
  /** Something has happened while the entry was being settled. */
  again: boolean;
}

/**
 * Serves what CustomResourceDefinitions define. It follows the definitions in the watch cache, so that a definition is in force
 * before the answer to the request that wrote it; the definition's status, and the removal of objects before their definition, are
 * written behind that.
 */
export class CustomResources implements Disposable {
  readonly #server: ServerContext;
  readonly #client: ResourceClient<CustomResourceDefinition>;
  readonly #webhooks: WebhookClient;
  readonly #entries = new Map<string, Entry>();
  #running: Disposable = disposable(() => {});
  #disposed = false;

  constructor(server: ServerContext, options: { transport: Transport; webhooks: WebhookClient }) {
    const { transport } = options;
    this.#server = server;
    this.#webhooks = options.webhooks;
    this.#client = createClient(transport).resource(customResourceDefinitionKind);
  }

  /** Resolves when all definitions that there are have been put in force. */
  async start(): Promise<void> {
    const { group, version, resource } = customResourceDefinitionKind;
    const definitions = this.#server.registry.find({ group, version, resource });
    if (!definitions) return;
    const { cache } = definitions;
    const revision = await cache.sync();
    if (this.#disposed) return;
    this.#replace(cache.page({ prefix: cache.prefix }).map(({ object }) => object as CustomResourceDefinition));
    const followed = follow(definitions, revision, {
      onEvents: (events) => {
        for (const event of events) this.#apply(event);
      },
      onEnd: () => this.#restart(),
    });
    if (!this.#disposed) this.#running = followed;
  }

  /** The definition behind a resource; undefined for what is built in. */
  definitionOf(group: string, resource: string): CustomResourceDefinition | undefined {
    return this.#entries.get(`${resource}.${group}`)?.stored;
  }

  /** Whether versions of a resource are converted by a webhook, so that reading one may have to wait. */
  isConverted({ group, resource }: ResourceRef): boolean {
    return this.#entries.get(`${resource}.${group}`)?.served?.spec.conversion?.strategy === 'Webhook';
  }

  dispose(): void {
    this.#disposed = true;
    this.#running.dispose();
  }

  #restart(): void {
    if (this.#disposed) return;
    this.#running = this.#server.clock.after(RETRY_MS, () => {
      this.start().catch((error) => {
        this.#server.logger.log('warn', 'custom resource definitions cannot be read; trying again', { error });
        this.#restart();
      });
    });
  }

  /** Names that have been accepted come before new wishes, so all definitions are known before any is put in force. */
  #replace(definitions: readonly CustomResourceDefinition[]): void {
    const names = new Set(definitions.map(nameOf));
    for (const [name, entry] of this.#entries) if (!names.has(name)) this.#remove(entry);
    for (const definition of definitions) this.#note(definition);
    for (const definition of definitions) this.#changed(this.#note(definition));
  }

  #apply({ type, stored }: CacheEvent): void {
    const definition = stored.object as CustomResourceDefinition;
    if (type === 'BOOKMARK') return;
    if (type !== 'DELETED') this.#changed(this.#note(definition));
    else {
      const entry = this.#entries.get(nameOf(definition));
      if (entry) this.#remove(entry);
    }
  }

  #note(definition: CustomResourceDefinition): Entry {
    const name = nameOf(definition);
    const known = this.#entries.get(name);
    if (known) {
      known.stored = definition;
      known.planned = definition;
      return known;
    }
    const state = { resources: [], served: undefined, isSettling: false, again: false };
    const entry: Entry = { stored: definition, planned: definition, ...state };
    this.#entries.set(name, entry);
    return entry;
  }

  #changed(entry: Entry): void {
    this.#plan(entry);
    this.#reconsider(entry);
  }

  #remove(entry: Entry): void {
    this.#entries.delete(nameOf(entry.stored));
    this.#withdraw(entry);
    this.#reconsider(entry);
  }

  /** Definitions that were refused a name get it when its owner gives it up. */
  #reconsider(changed: Entry): void {
    for (const entry of this.#groupOf(changed)) if (!isTrue(entry.planned, 'NamesAccepted')) this.#plan(entry);
  }

  #groupOf(entry: Entry): Entry[] {
    const { group } = entry.stored.spec;
    return [...this.#entries.values()].filter((other) => other !== entry && other.stored.spec.group === group);
  }

  #plan(entry: Entry): void {
    const used = usedNamesOf(this.#groupOf(entry).map(({ planned }) => planned));
    entry.planned = plannedDefinition(entry.stored, used, timestamp(this.#server.clock.now()));
    try {
      this.#serve(entry);
    } catch (error) {
      this.#server.logger.log('error', 'a custom resource cannot be served', { name: nameOf(entry.stored), error });
    }
    void this.#settle(entry);
  }

  /** Puts the newest form of a definition in force. Watches of its objects end where it differs from the last. */
  #serve(entry: Entry): void {
    const { planned, served } = entry;
    if (!isTrue(planned, 'Established')) return;
    if (served && sameJson(served.spec, planned.spec) && sameJson(acceptedNamesOf(served), acceptedNamesOf(planned))) {
      return;
    }
    const { registry } = this.#server;
    const definition = planned as unknown as CustomResourceDefinitionObject;
    const convert = this.#conversionOf(planned);
    const kinds = customResourceKinds(definition, { objectMeta: ObjectMetaSchema, ...(convert ? { convert } : {}) });
    this.#withdraw(entry);
    entry.served = planned;
    if (kinds.some((kind) => registry.find(kind))) return;
    const storedFirst = [...kinds].sort((a, b) => Number(a.storedAs !== undefined) - Number(b.storedAs !== undefined));
    entry.resources = storedFirst.map((kind) => registry.add(kind));
  }

  #conversionOf({ spec }: CustomResourceDefinition): CustomConversion | undefined {
    const { strategy, webhook } = spec.conversion ?? {};
    if (strategy !== 'Webhook' || !webhook) return undefined;
    const { random } = this.#server;
    const conversion = new WebhookConversion({ client: this.#webhooks, random, config: webhook });
    return (object, toApiVersion) => conversion.convert(object, toApiVersion);
  }

  #withdraw(entry: Entry): void {
    for (const { kind } of entry.resources) this.#server.registry.remove(kind);
    entry.resources = [];
    entry.served = undefined;
  }

  /** Writes what is to be written for an entry, one thing after the other; each write comes back as an event. */
  async #settle(entry: Entry): Promise<void> {
    entry.again = true;
    if (entry.isSettling) return;
    entry.isSettling = true;
    try {
      while (entry.again && !this.#disposed && this.#entries.get(nameOf(entry.stored)) === entry) {
        entry.again = false;
        await this.#step(entry).catch(ignoreConflict);
      }
    } catch (error) {
      this.#retryAfter(entry, error);
    } finally {
      entry.isSettling = false;
    }
  }

  #retryAfter(entry: Entry, error: unknown): void {
    if (this.#disposed || hasReason(error, 'NotFound')) return;
    const { clock, logger } = this.#server;
    const name = nameOf(entry.stored);
    logger.log('warn', 'a custom resource definition cannot be settled; trying again', { name, error });
    clock.after(RETRY_MS, () => void this.#settle(entry));
  }

  async #step(entry: Entry): Promise<void> {
    const { stored, planned } = entry;
    if (planned !== stored) await this.#client.updateStatus(planned, FIELD_MANAGER);
    else if (!stored.metadata.deletionTimestamp) return;
    else if (stored.metadata.finalizers?.includes(CLEANUP_FINALIZER)) await this.#cleanUp(entry);
    else if (isTrue(stored, 'Terminating')) await this.#setTerminating(entry, DELETED);
  }

  /** Deletes the objects of a definition and then, once the last has gone, lets the definition go. */
  async #cleanUp(entry: Entry): Promise<void> {
    const { stored } = entry;
    const resource = entry.resources.find(({ kind }) => !kind.storedAs);
    if (resource) {
      const state = stored.status?.conditions?.find(({ type }) => type === 'Terminating');
      if (state?.reason !== DELETING.reason) return this.#setTerminating(entry, DELETING);
      await withConversions(() => deleteCollection(this.#server, deletionOf(resource), resource));
      const isEmpty = await untilEmpty(resource);
      if (this.#disposed) return;
      // Where the definition has changed meanwhile, its objects are looked for again.
      entry.again ||= !isEmpty;
      if (!isEmpty) return;
    }
    const { metadata } = entry.stored;
    const finalizers = metadata.finalizers?.filter((name) => name !== CLEANUP_FINALIZER) ?? [];
    await this.#client.update({ ...entry.stored, metadata: { ...metadata, finalizers } }, FIELD_MANAGER);
  }

  async #setTerminating({ stored }: Entry, condition: DefinitionCondition): Promise<void> {
    const nowIso = timestamp(this.#server.clock.now());
    const conditions = withCondition(stored.status?.conditions ?? [], condition, nowIso);
    const status = { ...stored.status, acceptedNames: acceptedNamesOf(stored), conditions };
    await this.#client.updateStatus({ ...stored, status }, FIELD_MANAGER);
  }
}

const DELETING: DefinitionCondition = {
  type: 'Terminating',
  status: 'True',
  reason: 'InstanceDeletionInProgress',
  message: 'CustomResource deletion is in progress',
};
const DELETED: DefinitionCondition = {
  type: 'Terminating',
  status: 'False',
  reason: 'InstanceDeletionCompleted',
  message: 'removed all instances',
};

/** Somebody else has written: the event of that starts the next attempt. */
function ignoreConflict(error: unknown): void {
  if (!hasReason(error, 'Conflict')) throw error;
}

function nameOf({ metadata }: CustomResourceDefinition): string {
  return metadata.name ?? '';
}

function deletionOf({ kind }: Resource): AuthenticatedRequest {
  const { group, version, resource } = kind;
  const target = { resource: { group, version, resource }, namespace: '', name: '', subresource: '' };
  return { verb: 'deletecollection', ...target, options: {}, user: loopbackUser };
}

type Sink = Pick<Parameters<WatchCache['watch']>[0]['sink'], 'onEvents' | 'onEnd'>;

/** Every change of a resource after a revision, without end. */
function follow({ cache, form }: Resource, afterRevision: number, sink: Sink): Disposable {
  const selection = { prefix: cache.prefix, exact: false, matches: undefined };
  return cache.watch({ selection, sink, form, bookmarks: false, afterRevision, hold: false }).close;
}

/** Resolves with true when no object is left, and with false when the resource is withdrawn before. */
async function untilEmpty(resource: Resource): Promise<boolean> {
  const { cache } = resource;
  const revision = await cache.sync();
  if (cache.size === 0) return true;
  return new Promise((resolve) => {
    const watching = follow(resource, revision, {
      onEvents: () => {
        if (cache.size > 0) return;
        watching.dispose();
        resolve(true);
      },
      onEnd: () => resolve(false),
    });
  });
}
