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
const KUBELET_PORT = 10_250;
const ONLY_FOR_LOAD_BALANCERS = "may only be used when `type` is 'LoadBalancer'";

export function validateService({ spec }: Service): FieldError[] {
  const isHeadless = spec.clusterIP === 'None' || spec.clusterIPs?.[0] === 'None';
  const errors: FieldError[] = [];
  if (!spec.ports?.length && !isHeadless && spec.type !== 'ExternalName') errors.push(required(SPEC.child('ports')));
  return [
    ...errors,
    ...validateTypeRules(spec, isHeadless),
    ...validateClusterIPs(spec),
    ...validatePorts(spec.ports ?? []),
    ...validateNodePorts(spec),
    ...validateLabels(spec.selector, SPEC.child('selector')),
    ...validateAffinity(spec),
    ...(spec.externalIPs ?? []).flatMap((ip, index) => validateExternalIp(ip, SPEC.child('externalIPs').index(index))),
    ...validateChoice(spec.type, SPEC.child('type'), TYPES),
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
  if (spec.type === 'LoadBalancer') {
    for (const [index, { port }] of (spec.ports ?? []).entries()) {
      if (port !== KUBELET_PORT) continue;
      const detail = `may not expose port ${KUBELET_PORT} externally since it is used by kubelet`;
      errors.push(invalid(SPEC.child('ports').index(index).child('port'), port, detail));
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
  const name = externalName.replace(/\.$/, '');
  return [...errors, ...isDns1123Subdomain(name).map((detail) => invalid(path, externalName, detail))];
}

function validatePorts(ports: readonly ServicePort[]): FieldError[] {
  const [names, keys] = [new Set<string>(), new Set<string>()];
  return ports.flatMap((port, index) => {
    const path = SPEC.child('ports').index(index);
    const { name = '', protocol, port: number } = port;
    const errors = validatePort(port, path);
    if (!name && ports.length > 1) errors.push(required(path.child('name')));
    if (name && names.has(name)) errors.push(duplicate(path.child('name'), name));
    names.add(name);
    const key = `${protocol}/${number}`;
    if (keys.has(key)) errors.push(duplicate(path, { protocol, port: number }));
    keys.add(key);
    return errors;
  });
}

function validatePort(port: ServicePort, path: FieldPath): FieldError[] {
  const { name, port: number, protocol, targetPort, appProtocol } = port;
  return [
    ...(name ? validateText(name, path.child('name'), isDns1123Label) : []),
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
  return ports.flatMap(({ nodePort, protocol }, index) => {
    if (!nodePort) return [];
    const path = SPEC.child('ports').index(index).child('nodePort');
    const errors: FieldError[] = [];
    if (type === 'ClusterIP' || type === 'ExternalName') {
      errors.push(fieldForbidden(path, `may not be used when \`type\` is '${type}'`));
    }
    const key = `${protocol}/${nodePort}`;
    if (seen.has(key)) errors.push(duplicate(path, nodePort));
    seen.add(key);
    return errors;
  });
}

function validateAffinity({ sessionAffinity, sessionAffinityConfig }: ServiceSpec): FieldError[] {
  const errors = validateChoice(sessionAffinity, SPEC.child('sessionAffinity'), ['ClientIP', 'None']);
  const path = SPEC.child('sessionAffinityConfig');
  if (sessionAffinity === 'None' && sessionAffinityConfig) {
    errors.push(fieldForbidden(path, 'must not be set when session affinity is None'));
  }
  if (sessionAffinity !== 'ClientIP') return errors;
  const seconds = sessionAffinityConfig?.clientIP?.timeoutSeconds;
  if (seconds === undefined) return [...errors, required(path, 'when session affinity type is ClientIP')];
  if (seconds > 0 && seconds <= MAX_AFFINITY_SECONDS) return errors;
  const detail = `must be greater than 0 and less than ${MAX_AFFINITY_SECONDS}`;
  return [...errors, invalid(path.child('clientIP', 'timeoutSeconds'), seconds, detail)];
}

function validateExternalIp(ip: string, path: FieldPath): FieldError[] {
  const errors = validateText(ip, path, isValidIp);
  return errors.length > 0 ? errors : validateReachableIp(ip, path);
}

function validateLoadBalancer(spec: ServiceSpec): FieldError[] {
  const { type, loadBalancerSourceRanges, loadBalancerClass, allocateLoadBalancerNodePorts } = spec;
  const isLoadBalancer = type === 'LoadBalancer';
  const errors: FieldError[] = [];
  if (loadBalancerSourceRanges?.length) {
    const path = SPEC.child('LoadBalancerSourceRanges');
    if (!isLoadBalancer) errors.push(fieldForbidden(path, ONLY_FOR_LOAD_BALANCERS));
    for (const [index, range] of loadBalancerSourceRanges.entries()) {
      errors.push(...isValidCidr(range.trim()).map((detail) => invalid(path.index(index), range, detail)));
    }
  }
  if (isLoadBalancer && allocateLoadBalancerNodePorts === undefined) {
    errors.push(required(SPEC.child('allocateLoadBalancerNodePorts')));
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
