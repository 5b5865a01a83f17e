import { field, type Infer, inline, intOrString, list, message, string } from '@kubets/core';
import { TypedLocalObjectReference } from '../core/reference.ts';
import { ObjectMetaSchema } from '../meta/metadata.ts';
import { type Ingress, type IngressBackend, IngressStatus, IngressTLS, ingressKind } from '../networking/ingress.ts';
import { ingressClassKind } from '../networking/ingress-class.ts';
import { ipAddressKind } from '../networking/ip-address.ts';
import { networkPolicyKind } from '../networking/network-policy.ts';
import { serviceCIDRKind } from '../networking/service-cidr.ts';
import { olderVersion } from './older-version.ts';

export const LegacyIngressBackend = message(
  'io.k8s.api.networking.v1beta1.IngressBackend',
  'Where requests go: a service or another object.',
  {
    serviceName: field(1, string, 'Name of the service.'),
    servicePort: field(2, intOrString, 'Port of the service, by name or number.'),
    resource: field(3, TypedLocalObjectReference, 'Another object of the namespace that serves the requests.'),
  },
);
export interface LegacyIngressBackend extends Infer<typeof LegacyIngressBackend> {}

const LegacyIngressPath = message(
  'io.k8s.api.networking.v1beta1.HTTPIngressPath',
  'A path, and where its requests go.',
  {
    path: field(1, string, 'Path of the URL, beginning with /.'),
    backend: field(2, LegacyIngressBackend, 'Where the requests go.').required().default({}),
    pathType: field(3, string, 'How the path is matched: Exact, Prefix or ImplementationSpecific.').pointer(),
  },
);

const LegacyIngressRuleValue = message('io.k8s.api.networking.v1beta1.HTTPIngressRuleValue', 'Paths of a host.', {
  paths: field(1, list(LegacyIngressPath), 'Paths, and where their requests go.').required().atomic(),
});

const LegacyIngressRuleBody = message(
  'io.k8s.api.networking.v1beta1.IngressRuleValue',
  'What a rule does with the requests of a host.',
  { http: field(1, LegacyIngressRuleValue, 'Paths of the host.') },
);

const LegacyIngressRule = message(
  'io.k8s.api.networking.v1beta1.IngressRule',
  'What to do with the requests of a host.',
  {
    host: field(1, string, 'Host name, which may begin with *. for all of a domain; empty for all hosts.'),
    ...inline(2, LegacyIngressRuleBody),
  },
);

const LegacyIngressSpec = message(
  'io.k8s.api.networking.v1beta1.IngressSpec',
  'Which requests from outside go to which services.',
  {
    backend: field(1, LegacyIngressBackend, 'Where requests go that no rule matches.'),
    tls: field(2, list(IngressTLS), 'Hosts that are served over TLS.').atomic(),
    rules: field(3, list(LegacyIngressRule), 'Hosts and paths, and where their requests go.').atomic(),
    ingressClassName: field(4, string, 'Class of the controller that serves the ingress.').pointer(),
  },
);

function ingressMessage(group: string) {
  return message(
    `io.k8s.api.${group}.v1beta1.Ingress`,
    'Routes HTTP requests from outside to services, by host and path.',
    {
      apiVersion: field(0, string, 'API group and version of the object.').always(),
      kind: field(0, string, 'Kind of the object.').always(),
      metadata: field(1, ObjectMetaSchema, 'Standard object metadata.').always().default({}),
      spec: field(2, LegacyIngressSpec, 'Which requests go where.').always().default({}),
      status: field(3, IngressStatus, 'Where the ingress is reached; written by its controller.').default({}),
    },
  );
}

/** An Ingress of networking.k8s.io/v1beta1 or extensions/v1beta1. */
export interface LegacyIngress extends Infer<ReturnType<typeof ingressMessage>> {}

function backendToCurrent({ serviceName, servicePort, resource }: LegacyIngressBackend): IngressBackend {
  const port =
    typeof servicePort === 'number' ? { number: servicePort } : servicePort === undefined ? {} : { name: servicePort };
  return {
    ...(resource ? { resource } : {}),
    ...(serviceName || servicePort ? { service: { name: serviceName ?? '', port } } : {}),
  };
}

function backendFromCurrent({ resource, service }: IngressBackend): LegacyIngressBackend {
  // The port is never left out: that of a resource is 0.
  const servicePort = service?.port?.name || (service?.port?.number ?? 0);
  return {
    ...(resource ? { resource } : {}),
    ...(service ? { serviceName: service.name } : {}),
    servicePort,
  };
}

function ingressToCurrent(ingress: LegacyIngress): Ingress {
  const { backend, rules, ...spec } = ingress.spec;
  return {
    ...ingress,
    spec: {
      ...spec,
      ...(backend ? { defaultBackend: backendToCurrent(backend) } : {}),
      ...(rules
        ? {
            rules: rules.map(({ host, http }) => ({
              ...(host === undefined ? {} : { host }),
              ...(http
                ? {
                    http: {
                      paths: (http.paths ?? []).map((path) => ({
                        ...path,
                        pathType: path.pathType ?? 'ImplementationSpecific',
                        backend: backendToCurrent(path.backend),
                      })),
                    },
                  }
                : {}),
            })),
          }
        : {}),
    },
  };
}

function ingressFromCurrent(ingress: Ingress): LegacyIngress {
  const { defaultBackend, rules, ...spec } = ingress.spec;
  return {
    ...ingress,
    spec: {
      ...spec,
      ...(defaultBackend ? { backend: backendFromCurrent(defaultBackend) } : {}),
      ...(rules
        ? {
            rules: rules.map(({ host, http }) => ({
              ...(host === undefined ? {} : { host }),
              ...(http
                ? {
                    http: { paths: http.paths.map((path) => ({ ...path, backend: backendFromCurrent(path.backend) })) },
                  }
                : {}),
            })),
          }
        : {}),
    },
  };
}

const ingressIn = (group: string) =>
  olderVersion<LegacyIngress, Ingress>(ingressKind, {
    group,
    version: 'v1beta1',
    schema: ingressMessage(group.split('.')[0] ?? group),
    applyDefaults({ spec }) {
      for (const { http } of spec.rules ?? []) {
        for (const path of http?.paths ?? []) path.pathType ??= 'ImplementationSpecific';
      }
    },
    toCurrent: ingressToCurrent,
    fromCurrent: ingressFromCurrent,
  });

export const legacyNetworkKinds = [
  ingressIn('extensions'),
  ingressIn('networking.k8s.io'),
  olderVersion(ingressClassKind, { version: 'v1beta1' }),
  olderVersion(networkPolicyKind, { group: 'extensions', version: 'v1beta1' }),
  ...['v1alpha1', 'v1beta1'].flatMap((version) => [
    olderVersion(ipAddressKind, { version }),
    olderVersion(serviceCIDRKind, { version }),
  ]),
] as const;
