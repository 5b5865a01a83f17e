import {
  badRequest,
  type FieldSelector,
  type KindDefinition,
  type KubeObject,
  matches,
  matchesFields,
  parseFieldSelector,
  parseLabelSelector,
} from '@kubets/core';

/** What a selector looks at; the object itself only where fields are asked for, for it may have to be decoded. */
export interface Selectable {
  readonly labels: Readonly<Record<string, string>> | undefined;
  readonly object: KubeObject;
}

/** A request's label and field selectors, read. */
export interface ObjectSelector {
  /** The one name asked for, if it is one. */
  readonly name: string | undefined;
  /** The one namespace asked for, if it is one. */
  readonly namespace: string | undefined;
  /** What else is asked for; undefined when there is nothing. */
  readonly matches: ((candidate: Selectable) => boolean) | undefined;
  /** Values that fields must have, where a selector says so. */
  readonly equal: Readonly<Record<string, string>>;
}

/** Reads the selectors. Throws a 400 for text that is none and for fields that the kind does not select by. */
export function selectorOf(
  options: { labelSelector?: string; fieldSelector?: string },
  kind: KindDefinition,
): ObjectSelector {
  const fields = options.fieldSelector ? parseFieldSelector(options.fieldSelector) : [];
  for (const { field } of fields) checkField(field, kind);
  const exactly = (name: string) => fields.find(({ field, operator }) => field === name && operator === '=')?.value;
  const name = exactly('metadata.name');
  const namespace = exactly('metadata.namespace');
  const equal = Object.fromEntries(
    fields.filter(({ operator }) => operator === '=').map(({ field, value }) => [field, value]),
  );
  return { name, namespace, matches: predicateOf(options.labelSelector, fields, kind), equal };
}

function predicateOf(
  labelSelector: string | undefined,
  fields: FieldSelector,
  kind: KindDefinition,
): ObjectSelector['matches'] {
  const labels = labelSelector ? parseLabelSelector(labelSelector) : undefined;
  const byLabels = labels && ((candidate: Selectable) => matches(labels, candidate.labels));
  const byFields =
    fields.length > 0
      ? ({ object }: Selectable) => matchesFields(fields, (field) => fieldValue(object, field, kind))
      : undefined;
  if (byLabels && byFields) return (candidate) => byLabels(candidate) && byFields(candidate);
  return byLabels || byFields;
}

function fieldValue(object: KubeObject, field: string, kind: KindDefinition): string {
  if (field === 'metadata.name') return object.metadata.name ?? '';
  if (field === 'metadata.namespace') return object.metadata.namespace ?? '';
  return kind.selectableFields[field]?.(object) ?? '';
}

function checkField(field: string, kind: KindDefinition): void {
  if (field === 'metadata.name' || field === 'metadata.namespace' || kind.selectableFields[field]) return;
  if (Object.keys(kind.selectableFields).length > 0) throw badRequest(`field label not supported: ${field}`);
  throw badRequest(
    `${JSON.stringify(field)} is not a known field selector: only "metadata.name", "metadata.namespace"`,
  );
}
