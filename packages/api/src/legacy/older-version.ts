import {
  type AnyMessage,
  apiVersionOf,
  type Column,
  defineKind,
  type KindDefinition,
  type KubeObject,
  message,
} from '@kubets/core';
import { deprecationOf } from './deprecations.ts';

/** How a retired version differs from the one that objects are stored in. */
export interface OlderVersion<Old extends KubeObject, Current extends KubeObject> {
  /** Where it is not the current one. */
  readonly group?: string;
  readonly version: string;
  /** Message of the old version, where its fields differ. */
  readonly schema?: AnyMessage;
  /** Defaults of the old version that differ; those of the current one follow. */
  applyDefaults?(draft: Old): void;
  /** For versions whose fields differ. Both make new objects, whose apiVersion is set by the caller. */
  toCurrent?(object: Old): Current;
  fromCurrent?(object: Current): Old;
}

/** Defines a retired version as a view of the kind that took its place. */
export function olderVersion<Old extends KubeObject, Current extends KubeObject>(
  current: KindDefinition<Current>,
  old: OlderVersion<Old, Current>,
): KindDefinition<Old> {
  const group = old.group ?? current.group;
  const apiVersion = apiVersionOf(group, old.version);
  const toCurrent = old.toCurrent ?? ((object: Old) => object as unknown as Current);
  const fromCurrent = old.fromCurrent ?? ((object: Current) => object as unknown as Old);
  const toStored = (object: Old): Current => {
    const converted = structuredClone(toCurrent(object));
    const stored = { ...converted, apiVersion: apiVersionOf(current.group, current.version) };
    current.strategy.applyDefaults?.(stored);
    return stored;
  };
  const sameShape = old.toCurrent === undefined;
  const deprecationWarning = deprecationOf({ group, version: old.version, kind: current.kind }, current);
  return defineKind<Old>({
    group,
    version: old.version,
    kind: current.kind,
    listKind: current.listKind,
    resource: current.resource,
    singular: current.singular,
    // In another group they would make the short names ambiguous, of which kubectl warns with every command.
    shortNames: group === current.group ? current.shortNames : [],
    ...(group === current.group ? { categories: current.categories } : {}),
    namespaced: current.namespaced,
    verbs: current.verbs,
    schema: old.schema ?? renamed(current, { group, version: old.version }),
    strategy: {
      applyDefaults(draft) {
        old.applyDefaults?.(draft);
        if (sameShape) current.strategy.applyDefaults?.(draft as unknown as Current);
      },
    },
    subresources: current.subresources.map(({ strategy: _strategy, ...subresource }) => subresource),
    columns: current.columns.map(
      (column): Column<Old> => ({ ...column, cell: (object, nowMs) => column.cell(toStored(object), nowMs) }),
    ),
    selectableFields: Object.fromEntries(
      Object.entries(current.selectableFields).map(([label, select]) => [
        label,
        (object: Old) => select(toStored(object)),
      ]),
    ),
    storageVersionHash: current.storageVersionHash,
    ...(deprecationWarning === undefined ? {} : { deprecationWarning }),
    ...(current.storagePrefix === undefined ? {} : { storagePrefix: current.storagePrefix }),
    storedAs: {
      group: current.group,
      version: current.version,
      toStored,
      fromStored: (stored) => ({ ...fromCurrent(stored as Current), apiVersion }),
    },
  });
}

/** The current message under the name that it had in the old version; what is inside it keeps its name. */
function renamed<T extends KubeObject>(
  { kind, schema }: KindDefinition<T>,
  { group, version }: { group: string; version: string },
): AnyMessage {
  const { description, fields, mapType, unions } = schema;
  return message(`io.k8s.api.${group.split('.')[0]}.${version}.${kind}`, description, fields, {
    ...(mapType ? { mapType } : {}),
    unions,
  });
}
