import {
  duplicate,
  type FieldError,
  FieldPath,
  fieldForbidden,
  invalid,
  isValidCidr,
  isValidLabelValue,
  notSupported,
  parseCidr,
  required,
  sameJson,
  validateLabelName,
} from '@kubets/core';
import type { Node, NodeSpec, Taint } from './node.ts';
import { validateQuantity } from './pod/resource-validation.ts';

const EFFECTS = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];
const SPEC = new FieldPath('spec');
const STATUS = new FieldPath('status');

/** Taints are told as if they were metadata, as upstream tells them. */
const TAINTS = new FieldPath('metadata').child('taints');

export function validateNode(node: Node): FieldError[] {
  return [
    ...validateTaints(node.spec.taints, TAINTS),
    ...validateAmounts(node),
    ...validatePodCidrs(node.spec.podCIDRs, SPEC.child('podCIDRs')),
  ];
}

function validateTaints(taints: readonly Taint[] | undefined, path: FieldPath): FieldError[] {
  const seen = new Set<string>();
  return (taints ?? []).flatMap((taint, index) => {
    const { key, value = '', effect } = taint;
    const at = path.index(index);
    const errors = validateLabelName(key, at.child('key'));
    const complaints = isValidLabelValue(value);
    if (complaints.length) errors.push(invalid(at.child('value'), value, complaints.join(';')));
    if (!effect) errors.push(required(at.child('effect')));
    else if (!EFFECTS.includes(effect)) errors.push(notSupported(at.child('effect'), effect, EFFECTS, 'as given'));
    const pair = `${effect}/${key}`;
    if (seen.has(pair)) {
      const quoted = { Key: key, Value: value, Effect: effect, TimeAdded: taint.timeAdded ?? null };
      errors.push(duplicate(at, quoted, 'taints must be unique by key and effect pair'));
    }
    seen.add(pair);
    return errors;
  });
}

function validatePodCidrs(cidrs: readonly string[] | undefined, path: FieldPath): FieldError[] {
  const list = cidrs ?? [];
  const errors = list.flatMap((cidr, index) =>
    isValidCidr(cidr).map((detail) => invalid(path.index(index), cidr, detail)),
  );
  const families = list.map((cidr) => parseCidr(cidr)?.address.family);
  if (list.length > 2 || (list.length === 2 && families[0] === families[1])) {
    errors.push(invalid(path, list, 'may specify no more than one CIDR for each IP family'));
  }
  const repeated = list.flatMap((cidr, index) =>
    list.indexOf(cidr) < index ? [duplicate(path.index(index), cidr)] : [],
  );
  return [...errors, ...repeated];
}

/** Fields of a node that its owner may change at any time. */
const FREE_FIELDS = ['unschedulable', 'taints', 'configSource'] as const;

/** Fields that are set once, by whoever registers the node or gives it addresses. */
const WRITE_ONCE_FIELDS = ['podCIDRs', 'providerID'] as const;

export function validateNodeUpdate({ spec }: Node, { spec: old }: Node): FieldError[] {
  const errors: FieldError[] = [];
  for (const field of WRITE_ONCE_FIELDS) {
    if (!old[field]?.length || sameJson(old[field], spec[field])) continue;
    const name = field === 'podCIDRs' ? 'podCIDR' : field;
    errors.push(fieldForbidden(SPEC.child(field), `node updates may not change ${name} except from "" to valid`));
  }
  if (!sameJson(fixedFieldsOf(spec), fixedFieldsOf(old))) {
    const detail = 'node updates may only change labels, taints, or capacity';
    errors.push(fieldForbidden(new FieldPath(''), detail));
  }
  return errors;
}

function fixedFieldsOf(spec: NodeSpec): Partial<NodeSpec> {
  const fixed: Partial<NodeSpec> = { ...spec };
  for (const field of ['podCIDR', ...WRITE_ONCE_FIELDS, ...FREE_FIELDS] as const) delete fixed[field];
  return fixed;
}

function validateAmounts({ status }: Node): FieldError[] {
  return (['capacity', 'allocatable'] as const).flatMap((field) =>
    Object.entries(status?.[field] ?? {}).flatMap(([name, amount]) =>
      validateQuantity(name, amount, STATUS.child(field, name)),
    ),
  );
}

export function validateNodeStatusUpdate(node: Node): FieldError[] {
  return [...validateAmounts(node), ...validateAddresses(node)];
}

function validateAddresses({ status }: Node): FieldError[] {
  const errors: FieldError[] = [];
  const seen = new Set<string>();
  for (const [index, { type, address }] of (status?.addresses ?? []).entries()) {
    const key = `${type}/${address}`;
    if (seen.has(key)) errors.push(duplicate(STATUS.child('addresses').index(index), { Type: type, Address: address }));
    seen.add(key);
  }
  return errors;
}
