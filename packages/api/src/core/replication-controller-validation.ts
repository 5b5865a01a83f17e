import { type FieldError, FieldPath, fieldForbidden, invalid, notSupported, required } from '@kubets/core';
import { validateNonNegative } from '../field-rules.ts';
import { validatePodTemplateSpec } from './pod/validation.ts';
import type {
  ReplicationController,
  ReplicationControllerSpec,
  ReplicationControllerStatus,
} from './replication-controller.ts';

export function validateReplicationController({ spec }: ReplicationController): FieldError[] {
  const path = new FieldPath('spec');
  return [
    ...validateNonNegative(spec.minReadySeconds, path.child('minReadySeconds')),
    ...validateSelector(spec.selector, path.child('selector')),
    ...validateNonNegative(spec.replicas, path.child('replicas')),
    ...validateTemplate(spec, path.child('template')),
  ];
}

function validateSelector(selector: Record<string, string> | undefined, path: FieldPath): FieldError[] {
  return Object.keys(selector ?? {}).length > 0 ? [] : [required(path)];
}

/** The pods made from the template must belong to the controller, and never end by themselves. */
function validateTemplate({ template, selector = {} }: ReplicationControllerSpec, path: FieldPath): FieldError[] {
  if (!template) return [required(path)];
  const labels = template.metadata?.labels ?? {};
  const isSelected = Object.entries(selector).every(([key, value]) => labels[key] === value);
  const errors = isSelected
    ? []
    : [
        invalid(
          path.child('metadata', 'labels'),
          template.metadata?.labels,
          '`selector` does not match template `labels`',
        ),
      ];
  errors.push(...validatePodTemplateSpec(template, path));
  const { restartPolicy, activeDeadlineSeconds } = template.spec ?? {};
  const specPath = path.child('spec');
  if (restartPolicy !== 'Always') {
    errors.push(notSupported(specPath.child('restartPolicy'), restartPolicy ?? '', ['Always']));
  }
  if (activeDeadlineSeconds !== undefined) {
    const detail = 'activeDeadlineSeconds in ReplicationController is not Supported';
    errors.push(fieldForbidden(specPath.child('activeDeadlineSeconds'), detail));
  }
  return errors;
}

/** No count of pods can be larger than the count of all of them. */
export function validateReplicationControllerStatus({ status }: ReplicationController): FieldError[] {
  const path = new FieldPath('status');
  if (!status) return [];
  const counts = [
    'replicas',
    'fullyLabeledReplicas',
    'readyReplicas',
    'availableReplicas',
    'observedGeneration',
  ] as const;
  const errors = counts.flatMap((name) => validateNonNegative(status[name], path.child(name)));
  for (const name of ['fullyLabeledReplicas', 'readyReplicas', 'availableReplicas'] as const) {
    errors.push(...validateAtMost(status, name, 'replicas', path));
  }
  return [...errors, ...validateAtMost(status, 'availableReplicas', 'readyReplicas', path)];
}

type Count = 'replicas' | 'fullyLabeledReplicas' | 'readyReplicas' | 'availableReplicas';

function validateAtMost(status: ReplicationControllerStatus, name: Count, limit: Count, path: FieldPath): FieldError[] {
  const count = status[name] ?? 0;
  if (count <= (status[limit] ?? 0)) return [];
  return [
    invalid(path.child(name), count, `cannot be greater than ${limit === 'replicas' ? 'status.replicas' : limit}`),
  ];
}
