import {
  duplicate,
  type FieldError,
  FieldPath,
  fieldForbidden,
  invalid,
  ipWarnings,
  isDns1123Label,
  isDns1123Subdomain,
  isQualifiedName,
  isValidCidr,
  isValidIp,
  isValidPortName,
  isValidPortNumber,
  notSupported,
  required,
  validateLabels,
} from '@kubets/core';
import { validateChoice, validateOptionalChoice, validateText } from '../field-rules.ts';
import { validateReachableIp } from './endpoints-validation.ts';
import type { LoadBalancerIngress, Service, ServicePort, ServiceSpec } from './service.ts';
import { validateClusterIPs, validateClusterIPsUpdate } from './service-address-validation.ts';
import { needsHealthCheckNodePort } from './service-allocation.ts';

const SPEC = new FieldPath('spec');
const TYPES = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'];
const PROTOCOLS = ['SCTP', 'TCP', 'UDP'];
const TRAFFIC_POLICIES = ['Cluster', 'Local'];
const DISTRIBUTIONS = ['PreferClose', 'PreferSameNode', 'PreferSameZone'];
const MAX_AFFINITY_SECONDS = 86_400;
const SOURCE_RANGES_ANNOTATION = 'service.beta.kubernetes.io/load-balancer-source-ranges';
const ONLY_FOR_LOAD_BALANCERS = "may only be used when `type` is 'LoadBalancer'";

export function validateService({ metadata, spec }: Service): FieldError[] {
  const isHeadless = spec.clusterIP === 'None' || spec.clusterIPs?.[0] === 'None';
  const errors: FieldError[] = [];
  if (!spec.ports?.length && !isHeadless && spec.type !== 'ExternalName') errors.push(required(SPEC.child('ports')));
  return [
    ...errors,
    ...validateTypeRules(spec, isHeadless),
    ...validatePorts(spec.ports ?? []),
    ...validateLabels(spec.selector, SPEC.child('selector')),
    ...validateAffinity(spec),
    ...validateClusterIPs(spec),
    ...(spec.externalIPs ?? []).flatMap((ip, index) => validateExternalIp(ip, SPEC.child('externalIPs').index(index))),
    ...validateChoice(spec.type, SPEC.child('type'), TYPES),
    ...validateNodePorts(spec),
    ...validateRepeatedPorts(spec.ports ?? []),
    ...validateSourceRanges(metadata.annotations?.[SOURCE_RANGES_ANNOTATION], spec),
    ...validateLoadBalancer(spec),
    ...validateTraffic(spec),
  ];
}

function validateTypeRules(spec: ServiceSpec, isHeadless: boolean): FieldError[] {
  const errors: FieldError[] = [];
  if (spec.type === 'LoadBalancer' || spec.type === 'NodePort') {
    if (isHeadless) {
      errors.push(
        invalid(SPEC.child('clusterIPs').index(0), 'None', `may not be set to 'None' for ${spec.type} services`),
      );
    }
  }
  return spec.type === 'ExternalName' ? [...errors, ...validateExternalName(spec)] : errors;
}

function validateExternalName({ clusterIP, clusterIPs, externalName }: ServiceSpec): FieldError[] {
  const path = SPEC.child('externalName');
  const errors: FieldError[] = [];
  if (clusterIPs?.length || clusterIP) {
    errors.push(fieldForbidden(SPEC.child('clusterIPs'), 'may not be set for ExternalName services'));
  }
  if (!externalName) return [...errors, required(path)];
  return [...errors, ...validateText(externalName.replace(/\.$/, ''), path, isDns1123Subdomain)];
}

function validatePorts(ports: readonly ServicePort[]): FieldError[] {
  const names = new Set<string>();
  return ports.flatMap((port, index) => {
    const path = SPEC.child('ports').index(index);
    const { name = '' } = port;
    const errors: FieldError[] = [];
    if (!name && ports.length > 1) errors.push(required(path.child('name')));
    if (name) errors.push(...validateText(name, path.child('name'), isDns1123Label));
    if (name && names.has(name)) errors.push(duplicate(path.child('name'), name));
    names.add(name);
    return [...errors, ...validatePort(port, path)];
  });
}

function validateRepeatedPorts(ports: readonly ServicePort[]): FieldError[] {
  const keys = new Set<string>();
  return ports.flatMap(({ protocol, port }, index) => {
    const key = `${protocol}/${port}`;
    const isRepeated = keys.has(key);
    keys.add(key);
    // Messages quote structured values by the names that fields have inside of upstream's server.
    const quoted = { Name: '', Protocol: protocol, AppProtocol: null, Port: port, TargetPort: 0, NodePort: 0 };
    return isRepeated ? [duplicate(SPEC.child('ports').index(index), quoted)] : [];
  });
}

function validatePort(port: ServicePort, path: FieldPath): FieldError[] {
  const { port: number, protocol, targetPort, appProtocol } = port;
  return [
    ...isValidPortNumber(number).map((detail) => invalid(path.child('port'), number, detail)),
    ...validateChoice(protocol, path.child('protocol'), PROTOCOLS),
    ...validateTargetPort(targetPort ?? 0, path.child('targetPort')),
    ...(appProtocol === undefined ? [] : validateText(appProtocol, path.child('appProtocol'), isQualifiedName)),
  ];
}

function validateTargetPort(target: number | string, path: FieldPath): FieldError[] {
  if (typeof target === 'string') return validateText(target, path, isValidPortName);
  return isValidPortNumber(target).map((detail) => invalid(path, target, detail));
}

/** Whether node ports may be there, and that no two ports of a protocol share one. */
function validateNodePorts({ type, ports = [] }: ServiceSpec): FieldError[] {
  const seen = new Set<string>();
  const pathOf = (index: number) => SPEC.child('ports').index(index).child('nodePort');
  const needless = ports.flatMap(({ nodePort }, index) =>
    nodePort && type === 'ClusterIP'
      ? [fieldForbidden(pathOf(index), "may not be used when `type` is 'ClusterIP'")]
      : [],
  );
  const repeated = ports.flatMap(({ nodePort, protocol }, index) => {
    if (!nodePort) return [];
    const key = `${protocol}/${nodePort}`;
    const isRepeated = seen.has(key);
    seen.add(key);
    return isRepeated ? [duplicate(pathOf(index), nodePort)] : [];
  });
  return [...needless, ...repeated];
}

function validateAffinity({ sessionAffinity, sessionAffinityConfig }: ServiceSpec): FieldError[] {
  const errors = validateChoice(sessionAffinity, SPEC.child('sessionAffinity'), ['ClientIP', 'None']);
  const path = SPEC.child('sessionAffinityConfig');
  if (sessionAffinity === 'None' && sessionAffinityConfig) {
    errors.push(fieldForbidden(path, 'must not be set when session affinity is None'));
  }
  if (sessionAffinity !== 'ClientIP') return errors;
  const seconds = sessionAffinityConfig?.clientIP?.timeoutSeconds;
  if (seconds === undefined) {
    const at = !sessionAffinityConfig
      ? path
      : path.child('clientIP', ...(sessionAffinityConfig.clientIP ? ['timeoutSeconds'] : []));
    return [...errors, required(at, 'when session affinity type is ClientIP')];
  }
  if (seconds > 0 && seconds <= MAX_AFFINITY_SECONDS) return errors;
  const detail = `must be greater than 0 and less than ${MAX_AFFINITY_SECONDS}`;
  return [...errors, invalid(path.child('clientIP', 'timeoutSeconds'), seconds, detail)];
}

function validateExternalIp(ip: string, path: FieldPath): FieldError[] {
  const errors = validateText(ip, path, isValidIp);
  return errors.length > 0 ? errors : validateReachableIp(ip, path);
}

/** From where a load balancer may be reached; an annotation says it where the field does not. */
function validateSourceRanges(
  annotation: string | undefined,
  { type, loadBalancerSourceRanges = [] }: ServiceSpec,
): FieldError[] {
  const isForbidden = type !== 'LoadBalancer';
  const errorsAt = (path: FieldPath, range: string) => validateText(range.trim(), path, isValidCidr);
  if (loadBalancerSourceRanges.length > 0) {
    const path = SPEC.child('LoadBalancerSourceRanges');
    return [
      ...(isForbidden ? [fieldForbidden(path, ONLY_FOR_LOAD_BALANCERS)] : []),
      ...loadBalancerSourceRanges.flatMap((range, index) => errorsAt(path.index(index), range)),
    ];
  }
  if (annotation === undefined) return [];
  const path = new FieldPath('metadata').child('annotations').key(SOURCE_RANGES_ANNOTATION);
  const ranges = annotation.trim() ? annotation.split(',') : [];
  return [
    ...(isForbidden ? [fieldForbidden(path, ONLY_FOR_LOAD_BALANCERS)] : []),
    ...ranges.flatMap((range) => errorsAt(path, range)),
  ];
}

function validateLoadBalancer(spec: ServiceSpec): FieldError[] {
  const { type, loadBalancerClass, allocateLoadBalancerNodePorts } = spec;
  const isLoadBalancer = type === 'LoadBalancer';
  const errors: FieldError[] = [];
  if (isLoadBalancer && allocateLoadBalancerNodePorts === undefined) {
    errors.push(required(new FieldPath('allocateLoadBalancerNodePorts')));
  } else if (!isLoadBalancer && allocateLoadBalancerNodePorts !== undefined) {
    errors.push(fieldForbidden(SPEC.child('allocateLoadBalancerNodePorts'), ONLY_FOR_LOAD_BALANCERS));
  }
  if (loadBalancerClass === undefined) return errors;
  const path = SPEC.child('loadBalancerClass');
  if (!isLoadBalancer) errors.push(fieldForbidden(path, ONLY_FOR_LOAD_BALANCERS));
  return [...errors, ...validateText(loadBalancerClass, path, isQualifiedName)];
}

function validateTraffic(spec: ServiceSpec): FieldError[] {
  const { type, externalTrafficPolicy, internalTrafficPolicy, trafficDistribution, healthCheckNodePort = 0 } = spec;
  const errors: FieldError[] = [];
  const isReachedFromOutside =
    type === 'NodePort' || type === 'LoadBalancer' || (type === 'ClusterIP' && spec.externalIPs?.length);
  const path = SPEC.child('externalTrafficPolicy');
  if (externalTrafficPolicy && !isReachedFromOutside) {
    errors.push(invalid(path, externalTrafficPolicy, 'may only be set for externally-accessible services'));
  } else if (type === 'NodePort' || type === 'LoadBalancer') {
    errors.push(...validateChoice(externalTrafficPolicy, path, TRAFFIC_POLICIES));
  }
  const healthAt = SPEC.child('healthCheckNodePort');
  if (healthCheckNodePort < 0) {
    errors.push(
      ...isValidPortNumber(healthCheckNodePort).map((detail) => invalid(healthAt, healthCheckNodePort, detail)),
    );
  } else if (healthCheckNodePort > 0 && !needsHealthCheckNodePort(spec)) {
    const detail = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'";
    errors.push(invalid(healthAt, healthCheckNodePort, detail));
  }
  errors.push(...validateOptionalChoice(internalTrafficPolicy, SPEC.child('internalTrafficPolicy'), TRAFFIC_POLICIES));
  return [...errors, ...validateOptionalChoice(trafficDistribution, SPEC.child('trafficDistribution'), DISTRIBUTIONS)];
}

export function validateServiceUpdate({ spec }: Service, { spec: old }: Service): FieldError[] {
  const errors = validateClusterIPsUpdate(spec, old);
  const isStillLoadBalancer = spec.type === 'LoadBalancer' && old.type === 'LoadBalancer';
  if (isStillLoadBalancer && spec.loadBalancerClass !== old.loadBalancerClass) {
    const path = SPEC.child('loadBalancerClass');
    errors.push(invalid(path, spec.loadBalancerClass, 'may not change once set'));
  }
  return errors;
}

export function validateServiceStatusUpdate({ spec, status }: Service): FieldError[] {
  const path = new FieldPath('status').child('loadBalancer');
  const ingress = status?.loadBalancer?.ingress ?? [];
  const errors: FieldError[] = [];
  if (spec.type !== 'LoadBalancer' && ingress.length > 0) {
    errors.push(fieldForbidden(path.child('ingress'), "may only be used when `spec.type` is 'LoadBalancer'"));
  }
  return [...errors, ...ingress.flatMap((entry, index) => validateIngress(entry, path.child('ingress').index(index)))];
}

function validateIngress({ ip, hostname, ipMode }: LoadBalancerIngress, path: FieldPath): FieldError[] {
  const errors = ip ? validateText(ip, path.child('ip'), isValidIp) : [];
  const at = path.child('ipMode');
  if (ip && ipMode === undefined) errors.push(required(at, 'must be specified when `ip` is set'));
  if (!ip && ipMode !== undefined) errors.push(fieldForbidden(at, 'may not be specified when `ip` is not set'));
  else if (ipMode !== undefined && !['Proxy', 'VIP'].includes(ipMode)) {
    errors.push(notSupported(at, ipMode, ['Proxy', 'VIP']));
  }
  if (!hostname) return errors;
  errors.push(...validateText(hostname, path.child('hostname'), isDns1123Subdomain));
  if (isValidIp(hostname).length === 0) {
    errors.push(invalid(path.child('hostname'), hostname, 'must be a DNS name, not an IP address'));
  }
  return errors;
}

export function serviceWarnings({ spec }: Service): string[] {
  const warnings = [
    ...(spec.clusterIPs ?? []).flatMap((ip, index) =>
      ip === 'None' ? [] : ipWarnings(`${SPEC.child('clusterIPs').index(index)}`, ip),
    ),
    ...(spec.externalIPs ?? []).flatMap((ip, index) => ipWarnings(`${SPEC.child('externalIPs').index(index)}`, ip)),
  ];
  if (spec.type === 'ExternalName' && spec.externalIPs?.length) {
    warnings.push(`spec.externalIPs is ignored when spec.type is "ExternalName"`);
  }
  if (spec.type !== 'ExternalName' && spec.externalName) {
    warnings.push(`spec.externalName is ignored when spec.type is not "ExternalName"`);
  }
  if (spec.trafficDistribution === 'PreferClose') {
    warnings.push('spec.trafficDistribution: "PreferClose" is deprecated; use "PreferSameZone" instead');
  }
  return warnings;
}
