import { badRequest, type KindDefinition, type KubeObject } from '@kubets/core';

/** The predicate of a request's label and field selectors; undefined when there are none. */
export function selectorOf(
  options: { labelSelector?: string; fieldSelector?: string },
  kind: KindDefinition,
): ((object: KubeObject) => boolean) | undefined {
  const labels = options.labelSelector ? labelPredicate(options.labelSelector) : undefined;
  const fields = options.fieldSelector ? fieldPredicate(options.fieldSelector, kind) : undefined;
  if (labels && fields) return (object) => labels(object) && fields(object);
  return labels ?? fields;
}

function labelPredicate(text: string): (object: KubeObject) => boolean {
  const terms = text.split(/,(?![^(]*\))/).map((term) => labelTerm(term.trim()));
  return (object) => terms.every((term) => term(object.metadata.labels ?? {}));
}

function labelTerm(term: string): (labels: Readonly<Record<string, string>>) => boolean {
  const set = /^(\S+)\s+(in|notin)\s*\(([^)]*)\)$/.exec(term);
  if (set) {
    const values = set[3]!.split(',').map((value) => value.trim());
    const key = set[1]!;
    return set[2] === 'in'
      ? (labels) => key in labels && values.includes(labels[key]!)
      : (labels) => !values.includes(labels[key] ?? '\0');
  }
  const compared = /^([^=!\s]+)\s*(==|=|!=)\s*(\S*)$/.exec(term);
  if (compared) {
    const [, key, operator, value] = compared as unknown as [string, string, string, string];
    return operator === '!=' ? (labels) => labels[key] !== value : (labels) => labels[key] === value;
  }
  return term.startsWith('!') ? (labels) => !(term.slice(1) in labels) : (labels) => term in labels;
}

function fieldPredicate(text: string, kind: KindDefinition): (object: KubeObject) => boolean {
  const terms = text.split(',').map((term) => {
    const [, label, operator, value] = /^([^=!]+)(==|=|!=)(.*)$/.exec(term.trim()) ?? [];
    if (!label) throw badRequest(`invalid field selector: ${term}`);
    const read = fieldReader(label, kind);
    return (object: KubeObject) => (read(object) === value) === (operator !== '!=');
  });
  return (object) => terms.every((term) => term(object));
}

function fieldReader(label: string, kind: KindDefinition): (object: KubeObject) => string {
  if (label === 'metadata.name') return (object) => object.metadata.name ?? '';
  if (label === 'metadata.namespace') return (object) => object.metadata.namespace ?? '';
  const read = kind.selectableFields[label];
  if (!read) throw badRequest(`field label not supported: ${label}`);
  return read;
}

/** The one name that a field selector asks for, if it does. */
export function namedBy(fieldSelector: string | undefined): string | undefined {
  const found = /(?:^|,)metadata\.name==?([^,=!\\]+)(?:,|$)/.exec(fieldSelector ?? '');
  return found?.[1];
}
