import {
  type FieldError,
  type FieldPath,
  fieldForbidden,
  invalid,
  isHttpHeaderName,
  isValidPortName,
  isValidPortNumber,
  notSupported,
  required,
} from '@kubets/core';
import { validateChoice, validateNonNegativeFields, validateText } from '../../field-rules.ts';
import type { Container, HTTPGetAction, Lifecycle, LifecycleHandler, Probe } from '../container.ts';
import type { PodSpec } from '../pod.ts';
import { STOP_SIGNALS } from '../stop-signal.ts';

const PROBE_HANDLERS = ['exec', 'httpGet', 'tcpSocket', 'grpc'] as const;
const LIFECYCLE_HANDLERS = ['exec', 'httpGet', 'tcpSocket', 'sleep'] as const;
const WINDOWS_SIGNALS = ['SIGTERM', 'SIGKILL'];

type Handler = Partial<Pick<Probe, 'exec' | 'httpGet' | 'tcpSocket' | 'grpc'> & Pick<LifecycleHandler, 'sleep'>>;

export function validateProbes(container: Container, path: FieldPath): FieldError[] {
  const { livenessProbe, readinessProbe, startupProbe } = container;
  const errors = [
    ...validateProbe(livenessProbe, path.child('livenessProbe')),
    ...validateProbe(readinessProbe, path.child('readinessProbe')),
    ...validateProbe(startupProbe, path.child('startupProbe')),
  ];
  for (const [name, probe] of [
    ['livenessProbe', livenessProbe],
    ['startupProbe', startupProbe],
  ] as const) {
    if (!probe || probe.successThreshold === 1) continue;
    errors.push(invalid(path.child(name, 'successThreshold'), probe.successThreshold ?? 0, 'must be 1'));
  }
  const readinessGrace = readinessProbe?.terminationGracePeriodSeconds;
  if (readinessGrace !== undefined) {
    const at = path.child('readinessProbe', 'terminationGracePeriodSeconds');
    errors.push(invalid(at, readinessGrace, 'must not be set for readinessProbes'));
  }
  return errors;
}

function validateProbe(probe: Probe | undefined, path: FieldPath): FieldError[] {
  if (!probe) return [];
  const errors = validateHandler(probe, PROBE_HANDLERS, path);
  errors.push(
    ...validateNonNegativeFields(probe, path, [
      'initialDelaySeconds',
      'timeoutSeconds',
      'periodSeconds',
      'successThreshold',
      'failureThreshold',
    ]),
  );
  const grace = probe.terminationGracePeriodSeconds;
  if (grace !== undefined && grace <= 0) {
    errors.push(invalid(path.child('terminationGracePeriodSeconds'), grace, 'must be greater than 0'));
  }
  return errors;
}

export function validateLifecycle(lifecycle: Lifecycle | undefined, spec: PodSpec, path: FieldPath): FieldError[] {
  const errors: FieldError[] = [];
  for (const hook of ['postStart', 'preStop'] as const) {
    const handler = lifecycle?.[hook];
    if (!handler) continue;
    const at = path.child(hook);
    errors.push(...validateHandler(handler, LIFECYCLE_HANDLERS, at));
    if (handler.sleep) errors.push(...validateSleep(handler.sleep.seconds, spec, at.child('sleep')));
  }
  const signal = lifecycle?.stopSignal;
  return signal === undefined ? errors : [...errors, ...validateStopSignal(signal, spec, path.child('stopSignal'))];
}

function validateSleep(seconds: number, { terminationGracePeriodSeconds = 0 }: PodSpec, path: FieldPath): FieldError[] {
  if (seconds >= 0 && seconds <= terminationGracePeriodSeconds) return [];
  const detail = `must be non-negative and less than terminationGracePeriodSeconds (${terminationGracePeriodSeconds})`;
  return [invalid(path, seconds, detail)];
}

function validateStopSignal(signal: string, { os }: PodSpec, path: FieldPath): FieldError[] {
  if (!os?.name) return [fieldForbidden(path, 'may not be set for containers with empty `spec.os.name`')];
  if (os.name === 'windows' && !WINDOWS_SIGNALS.includes(signal)) return [notSupported(path, signal, WINDOWS_SIGNALS)];
  return STOP_SIGNALS.includes(signal) ? [] : [notSupported(path, signal, STOP_SIGNALS)];
}

/** Exactly one way of asking or telling the container. */
function validateHandler(handler: Handler, choices: readonly (keyof Handler)[], path: FieldPath): FieldError[] {
  const chosen = choices.filter((name) => handler[name] !== undefined);
  if (chosen.length === 0) return [required(path, 'must specify a handler type')];
  return chosen.flatMap((name, index) =>
    index > 0
      ? [fieldForbidden(path.child(name), 'may not specify more than 1 handler type')]
      : validateAction(handler, path),
  );
}

function validateAction({ exec, httpGet, tcpSocket, grpc }: Handler, path: FieldPath): FieldError[] {
  if (exec) return exec.command?.length ? [] : [required(path.child('exec', 'command'))];
  if (httpGet) return validateHttpGet(httpGet, path.child('httpGet'));
  if (tcpSocket) return validatePort(tcpSocket.port, path.child('tcpSocket', 'port'));
  return grpc ? validatePort(grpc.port, path.child('grpc', 'port')) : [];
}

function validateHttpGet({ path: urlPath, port, scheme, httpHeaders }: HTTPGetAction, path: FieldPath): FieldError[] {
  return [
    ...(urlPath ? [] : [required(path.child('path'))]),
    ...validatePort(port, path.child('port')),
    ...validateChoice(scheme, path.child('scheme'), ['HTTP', 'HTTPS']),
    ...(httpHeaders ?? []).flatMap(({ name }) => validateText(name, path.child('httpHeaders'), isHttpHeaderName)),
  ];
}

/** A port by number, or by the name that the container gives it. */
function validatePort(port: number | string | undefined, path: FieldPath): FieldError[] {
  if (typeof port === 'string') return validateText(port, path, isValidPortName);
  return isValidPortNumber(port ?? 0).map((detail) => invalid(path, port ?? 0, detail));
}
