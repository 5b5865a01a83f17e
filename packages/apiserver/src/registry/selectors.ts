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

/** A request's label and field selectors, read. */
export interface ObjectSelector {
  /** The one name asked for, if it is one. */
  readonly name: string | undefined;
  /** The one namespace asked for, if it is one. */
  readonly namespace: string | undefined;
  /** What else is asked for; undefined when there is nothing, so that objects need not be decoded. */
  readonly matches: ((object: KubeObject) => boolean) | undefined;
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
  return { name, namespace, matches: predicateOf(options.labelSelector, fields, kind) };
}

function predicateOf(
  labelSelector: string | undefined,
  fields: FieldSelector,
  kind: KindDefinition,
): ObjectSelector['matches'] {
  const labels = labelSelector ? parseLabelSelector(labelSelector) : undefined;
  const byLabels = labels && ((object: KubeObject) => matches(labels, object.metadata.labels));
  const byFields =
    fields.length > 0
      ? (object: KubeObject) => matchesFields(fields, (field) => fieldValue(object, field, kind))
      : undefined;
  if (byLabels && byFields) return (object) => byLabels(object) && byFields(object);
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
