import { badRequest, type Column, type KindDefinition, type KubeObject, type ListMeta } from '@kubets/core';
import type { Conversion } from './negotiate.ts';

export type IncludeObject = 'None' | 'Metadata' | 'Object';

interface TableColumn {
  readonly name: string;
  readonly type: string;
  readonly format: string;
  readonly description: string;
  readonly priority: number;
}

interface TableRow {
  readonly cells: readonly (string | number | boolean | null)[];
  /** Null where objects are not asked for. */
  readonly object: KubeObject | null;
}

/** meta.k8s.io Table: rows ready to be printed. */
export interface Table {
  readonly kind: 'Table';
  readonly apiVersion: string;
  readonly metadata: ListMeta;
  /** Null in the events of a watch after the first. */
  readonly columnDefinitions: readonly TableColumn[] | null;
  readonly rows: readonly TableRow[];
}

/** How kinds without columns of their own are shown. */
const DEFAULT_COLUMNS: readonly Column[] = [
  {
    name: 'Name',
    type: 'string',
    format: 'name',
    description:
      'Name must be unique within a namespace. Is required when creating resources, although some resources may allow a client to request the generation of an appropriate name automatically.',
    cell: (object) => object.metadata.name ?? '',
  },
  {
    name: 'Created At',
    type: 'date',
    description: 'CreationTimestamp is the time at which the server created this object.',
    cell: (object) => object.metadata.creationTimestamp ?? null,
  },
];

export function includeObjectOf(text: string): IncludeObject {
  if (text === '') return 'Metadata';
  if (text === 'None' || text === 'Metadata' || text === 'Object') return text;
  const detail = `Invalid value: ${JSON.stringify(text)}: must be 'Metadata', 'Object', 'None', or empty`;
  throw badRequest(`Unable to convert to Table as requested: includeObject: ${detail}`);
}

export function partialObject(object: KubeObject, version: string): KubeObject {
  return { kind: 'PartialObjectMetadata', apiVersion: `meta.k8s.io/${version}`, metadata: object.metadata };
}

function definitionOf(column: Column): TableColumn {
  return {
    name: column.name,
    type: column.type,
    format: column.format ?? '',
    description: column.description,
    priority: column.priority ?? 0,
  };
}

export interface TableOptions {
  readonly convert: Conversion;
  readonly includeObject: IncludeObject;
  readonly nowMs: number;
  /** Watches send the column definitions with their first event only. */
  readonly withColumns: boolean;
}

/** A table without its rows, and how to make each of them; `kind` is undefined for objects that are of no served kind. */
export function tableHead(
  kind: KindDefinition | undefined,
  metadata: ListMeta,
  options: TableOptions,
): { readonly head: Omit<Table, 'rows'>; readonly row: (object: KubeObject) => TableRow } {
  const columns = kind && kind.columns.length > 0 ? kind.columns : DEFAULT_COLUMNS;
  const head = {
    kind: 'Table' as const,
    apiVersion: `meta.k8s.io/${options.convert.version}`,
    metadata,
    columnDefinitions: options.withColumns ? columns.map(definitionOf) : null,
  };
  return { head, row: (object) => rowOf(columns, object, options) };
}

/** The objects of one kind as a table; `kind` is undefined for objects that are of no served kind. */
export function tableOf(
  kind: KindDefinition | undefined,
  objects: readonly KubeObject[],
  metadata: ListMeta,
  options: TableOptions,
): Table {
  const { head, row } = tableHead(kind, metadata, options);
  return { ...head, rows: objects.map(row) };
}

function rowOf(columns: readonly Column[], object: KubeObject, options: TableOptions): TableRow {
  const cells = columns.map((column) => column.cell(object, options.nowMs));
  if (options.includeObject === 'None') return { cells, object: null };
  return {
    cells,
    object: options.includeObject === 'Object' ? object : partialObject(object, options.convert.version),
  };
}
