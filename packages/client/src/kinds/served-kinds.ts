import { builtInKinds, type CustomResourceDefinition, customResourceDefinitionKind } from '@kubets/api';
import { type Disposable, defineKind, disposable, type KindDefinition, type KubeObject, message } from '@kubets/core';
import type { InformerFactory } from '../informers/factory.ts';
import type { Informer } from '../informers/informer.ts';

/** Kinds that show the objects of another kind under a second name; working on both would do everything twice. */
const DUPLICATES = new Set(['events.k8s.io/events', 'autoscaling/v1/horizontalpodautoscalers']);

function isCollection(kind: KindDefinition): boolean {
  if (DUPLICATES.has(`${kind.group}/${kind.resource}`)) return false;
  if (DUPLICATES.has(`${kind.group}/${kind.version}/${kind.resource}`)) return false;
  return kind.verbs.includes('list') && kind.verbs.includes('watch') && kind.verbs.includes('delete');
}

function isEstablished(definition: CustomResourceDefinition): boolean {
  return (
    definition.status?.conditions?.some(({ type, status }) => type === 'Established' && status === 'True') ?? false
  );
}

/** A custom kind as far as access over the API needs it: its place in URLs, not its schema. */
function kindOf(definition: CustomResourceDefinition): KindDefinition | undefined {
  const { group, names, scope, versions } = definition.spec;
  const version = versions.find(({ storage, served }) => storage && served) ?? versions.find(({ served }) => served);
  if (!version) return undefined;
  return defineKind<KubeObject>({
    group,
    version: version.name,
    kind: names.kind,
    resource: names.plural,
    namespaced: scope === 'Namespaced',
    schema: message(`${group}.${version.name}.${names.kind}`, '', {}),
  });
}

/**
 * Every kind whose objects can be listed, watched and deleted: the built-in ones and those of established custom resource
 * definitions, as they come and go.
 */
export class ServedKinds implements Disposable {
  readonly #builtIn = builtInKinds.filter(isCollection);
  readonly #custom = new Map<string, KindDefinition>();
  readonly #listeners = new Set<(kinds: readonly KindDefinition[]) => void>();
  readonly #definitions: Informer<CustomResourceDefinition>;
  readonly #subscription: Disposable;

  constructor(informers: InformerFactory) {
    this.#definitions = informers.informer(customResourceDefinitionKind);
    this.#subscription = this.#definitions.addHandler({
      added: (definition) => this.#changed(definition),
      updated: (definition) => this.#changed(definition),
      deleted: (definition) => this.#remove(definition.metadata.name ?? ''),
    });
  }

  whenSynced(signal?: AbortSignal): Promise<void> {
    return this.#definitions.whenSynced(signal);
  }

  list(): readonly KindDefinition[] {
    return [...this.#builtIn, ...this.#custom.values()];
  }

  /** The kind of an owner reference, whichever version of its group the reference names. */
  find(group: string, kind: string): KindDefinition | undefined {
    return this.list().find((candidate) => candidate.group === group && candidate.kind === kind);
  }

  /** Calls `listener` with all kinds now and after every change. */
  subscribe(listener: (kinds: readonly KindDefinition[]) => void): Disposable {
    this.#listeners.add(listener);
    listener(this.list());
    return disposable(() => this.#listeners.delete(listener));
  }

  dispose(): void {
    this.#subscription.dispose();
    this.#listeners.clear();
  }

  #changed(definition: CustomResourceDefinition): void {
    const name = definition.metadata.name ?? '';
    const kind = isEstablished(definition) ? kindOf(definition) : undefined;
    if (!kind) {
      this.#remove(name);
      return;
    }
    const known = this.#custom.get(name);
    if (known && known.version === kind.version && known.kind === kind.kind) return;
    this.#custom.set(name, kind);
    this.#publish();
  }

  #remove(name: string): void {
    if (this.#custom.delete(name)) this.#publish();
  }

  #publish(): void {
    const kinds = this.list();
    for (const listener of this.#listeners) listener(kinds);
  }
}
