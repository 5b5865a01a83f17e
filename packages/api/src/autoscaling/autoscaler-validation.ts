import {
  type FieldError,
  FieldPath,
  fieldForbidden,
  invalid,
  isPathSegmentName,
  notSupported,
  Quantity,
  required,
  validateLabelSelector,
} from '@kubets/core';
import { validateNonNegativeFields, validateOptionalChoice, validateText } from '../field-rules.ts';
import type {
  CrossVersionObjectReference,
  HorizontalPodAutoscaler,
  HPAScalingPolicy,
  HPAScalingRules,
  MetricIdentifier,
  MetricSpec,
  MetricTarget,
} from './v2-horizontal-pod-autoscaler.ts';

const MAX_PERIOD_SECONDS = 1800;
const MAX_STABILIZATION_SECONDS = 3600;
const MIN_REPLICAS = 1;

export function validateAutoscaler({ spec }: HorizontalPodAutoscaler): FieldError[] {
  const path = new FieldPath('spec');
  const { minReplicas, maxReplicas, behavior } = spec;
  const errors: FieldError[] = [];
  if (minReplicas !== undefined && minReplicas < MIN_REPLICAS) {
    const detail = `must be greater than or equal to ${MIN_REPLICAS}`;
    errors.push(invalid(path.child('minReplicas'), minReplicas, detail));
  }
  if (maxReplicas < 1) errors.push(invalid(path.child('maxReplicas'), maxReplicas, 'must be greater than 0'));
  if (minReplicas !== undefined && maxReplicas < minReplicas) {
    const detail = 'must be greater than or equal to `minReplicas`';
    errors.push(invalid(path.child('maxReplicas'), maxReplicas, detail));
  }
  return [
    ...errors,
    ...validateReference(spec.scaleTargetRef, path.child('scaleTargetRef')),
    ...(spec.metrics ?? []).flatMap((metric, index) => validateMetric(metric, path.child('metrics').index(index))),
    ...validateScaleToZero(spec, path.child('metrics')),
    ...validateScalingRules(behavior?.scaleUp, path.child('behavior', 'scaleUp')),
    ...validateScalingRules(behavior?.scaleDown, path.child('behavior', 'scaleDown')),
  ];
}

/** Pods that do not run cannot be measured, so something else has to tell when they are wanted again. */
function validateScaleToZero(
  { minReplicas, metrics = [] }: HorizontalPodAutoscaler['spec'],
  path: FieldPath,
): FieldError[] {
  if (minReplicas !== 0 || metrics.some(({ type }) => type === 'Object' || type === 'External')) return [];
  const detail = 'must specify at least one Object or External metric to support scaling to zero replicas';
  return [fieldForbidden(path, detail)];
}

export function validateAutoscalerStatus({ status }: HorizontalPodAutoscaler): FieldError[] {
  return validateNonNegativeFields(status, new FieldPath('status'), ['currentReplicas', 'desiredReplicas']);
}

function validateReference({ kind, name, apiVersion }: CrossVersionObjectReference, path: FieldPath): FieldError[] {
  const errors: FieldError[] = [];
  if (kind) errors.push(...validateText(kind, path.child('kind'), isPathSegmentName));
  else errors.push(required(path.child('kind')));
  if (name) errors.push(...validateText(name, path.child('name'), isPathSegmentName));
  else errors.push(required(path.child('name')));
  if ((apiVersion ?? '').split('/').length > 2) {
    errors.push(invalid(path.child('apiVersion'), apiVersion, `unexpected GroupVersion string: ${apiVersion}`));
  }
  return errors;
}

/** The name of a metric's type to the field that describes it. */
const SOURCES = {
  Object: 'object',
  Pods: 'pods',
  Resource: 'resource',
  External: 'external',
  ContainerResource: 'containerResource',
} as const;

function validateMetric(spec: MetricSpec, path: FieldPath): FieldError[] {
  const errors: FieldError[] = [];
  const { type } = spec;
  if (!type) errors.push(required(path.child('type'), 'must specify a metric source type'));
  if (!type || !(type in SOURCES)) errors.push(notSupported(path.child('type'), type ?? '', Object.keys(SOURCES)));
  const expected = SOURCES[type as keyof typeof SOURCES];
  for (const source of Object.values(SOURCES)) {
    if (spec[source] === undefined) continue;
    errors.push(...validateSource(spec, source, path.child(source)));
    if (expected && source !== expected) {
      errors.push(fieldForbidden(path.child(source), 'must populate the given metric source only'));
    }
  }
  if (expected && spec[expected] === undefined) {
    errors.push(required(path.child(expected), 'must populate information for the given metric source'));
  }
  return errors;
}

function validateSource(
  spec: MetricSpec,
  source: (typeof SOURCES)[keyof typeof SOURCES],
  path: FieldPath,
): FieldError[] {
  const { object, pods, external, resource, containerResource } = spec;
  switch (source) {
    case 'object':
      return object ? validateObjectSource(object, path) : [];
    case 'pods':
      return pods ? validatePodsSource(pods, path) : [];
    case 'external':
      return external ? validateExternalSource(external, path) : [];
    case 'resource':
      return resource ? validateResourceSource(resource, path) : [];
    case 'containerResource':
      if (!containerResource) return [];
      return [
        ...(containerResource.container ? [] : [required(path.child('container'), 'must specify a container')]),
        ...validateResourceSource(containerResource, path),
      ];
  }
}

function validateObjectSource(source: NonNullable<MetricSpec['object']>, path: FieldPath): FieldError[] {
  return [
    ...validateReference(source.describedObject, path.child('describedObject')),
    ...validateIdentifier(source.metric, path.child('metric')),
    ...validateTarget(source.target, path.child('target')),
    ...validateHasAmount(source.target, path.child('target')),
  ];
}

function validateExternalSource(
  { metric, target }: NonNullable<MetricSpec['external']>,
  path: FieldPath,
): FieldError[] {
  const targetPath = path.child('target');
  const errors = [
    ...validateIdentifier(metric, path.child('metric')),
    ...validateTarget(target, targetPath),
    ...validateHasAmount(target, targetPath),
  ];
  if (target.value !== undefined && target.averageValue !== undefined) {
    const detail = 'may not set both a target value for metric and a per-pod target';
    errors.push(fieldForbidden(targetPath.child('value'), detail));
  }
  return errors;
}

function validatePodsSource({ metric, target }: NonNullable<MetricSpec['pods']>, path: FieldPath): FieldError[] {
  const errors = [...validateIdentifier(metric, path.child('metric')), ...validateTarget(target, path.child('target'))];
  if (target.averageValue === undefined || Quantity.tryParse(target.averageValue)?.sign() !== 1) {
    errors.push(required(path.child('target', 'averageValue'), 'must specify a positive target averageValue'));
  }
  return errors;
}

function validateResourceSource({ name, target }: NonNullable<MetricSpec['resource']>, path: FieldPath): FieldError[] {
  const targetPath = path.child('target');
  const errors = name ? [] : [required(path.child('name'), 'must specify a resource name')];
  errors.push(...validateTarget(target, targetPath));
  const { averageUtilization, averageValue } = target;
  if (averageUtilization === undefined && averageValue === undefined) {
    const detail = 'must set either a target raw value or a target utilization';
    errors.push(required(targetPath.child('averageUtilization'), detail));
  }
  if (averageUtilization !== undefined && averageValue !== undefined) {
    const detail = 'may not set both a target raw value and a target utilization';
    errors.push(fieldForbidden(targetPath.child('averageValue'), detail));
  }
  return errors;
}

function validateHasAmount({ value, averageValue }: MetricTarget, path: FieldPath): FieldError[] {
  if (value !== undefined || averageValue !== undefined) return [];
  return [required(path.child('averageValue'), 'must set either a target value for metric or a per-pod target')];
}

function validateIdentifier({ name, selector }: MetricIdentifier, path: FieldPath): FieldError[] {
  const errors = name
    ? validateText(name, path.child('name'), isPathSegmentName)
    : [required(path.child('name'), 'must specify a metric name')];
  return [...errors, ...validateLabelSelector(selector, path.child('selector'))];
}

const TARGET_TYPES = ['Utilization', 'Value', 'AverageValue'];

function validateTarget(target: MetricTarget, path: FieldPath): FieldError[] {
  const { type, averageUtilization } = target;
  const errors: FieldError[] = [];
  if (!type) errors.push(required(path.child('type'), 'must specify a metric target type'));
  if (!TARGET_TYPES.includes(type ?? '')) {
    errors.push(invalid(path.child('type'), type ?? '', 'must be either Utilization, Value, or AverageValue'));
  }
  for (const name of ['value', 'averageValue'] as const) {
    const amount = target[name];
    if (amount !== undefined && Quantity.tryParse(amount)?.sign() !== 1) {
      errors.push(invalid(path.child(name), amount, 'must be positive'));
    }
  }
  if (averageUtilization !== undefined && averageUtilization < 1) {
    errors.push(invalid(path.child('averageUtilization'), averageUtilization, 'must be greater than 0'));
  }
  return errors;
}

function validateScalingRules(rules: HPAScalingRules | undefined, path: FieldPath): FieldError[] {
  if (!rules) return [];
  const { stabilizationWindowSeconds: window, selectPolicy, policies = [], tolerance } = rules;
  const errors: FieldError[] = [];
  const windowPath = path.child('stabilizationWindowSeconds');
  if (window !== undefined && window < 0) {
    errors.push(invalid(windowPath, window, 'must be greater than or equal to zero'));
  }
  if (window !== undefined && window > MAX_STABILIZATION_SECONDS) {
    errors.push(invalid(windowPath, window, `must be less than or equal to ${MAX_STABILIZATION_SECONDS}`));
  }
  errors.push(...validateOptionalChoice(selectPolicy, path.child('selectPolicy'), ['Max', 'Min', 'Disabled']));
  const policiesPath = path.child('policies');
  if (policies.length === 0) errors.push(required(policiesPath, 'must specify at least one Policy'));
  errors.push(...policies.flatMap((policy, index) => validatePolicy(policy, policiesPath.index(index))));
  if (tolerance !== undefined && Quantity.tryParse(tolerance)?.sign() === -1) {
    errors.push(invalid(path.child('tolerance'), tolerance, 'must be greater or equal to 0'));
  }
  return errors;
}

function validatePolicy({ type, value, periodSeconds }: HPAScalingPolicy, path: FieldPath): FieldError[] {
  const errors = validateOptionalChoice(type, path.child('type'), ['Pods', 'Percent']);
  if (value <= 0) errors.push(invalid(path.child('value'), value, 'must be greater than zero'));
  const periodPath = path.child('periodSeconds');
  if (periodSeconds <= 0) errors.push(invalid(periodPath, periodSeconds, 'must be greater than zero'));
  if (periodSeconds > MAX_PERIOD_SECONDS) {
    errors.push(invalid(periodPath, periodSeconds, `must be less than or equal to ${MAX_PERIOD_SECONDS}`));
  }
  return errors;
}
