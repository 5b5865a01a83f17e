export {
  Admission,
  type AdmissionPlugin,
  type AdmissionRequest,
  type Operation,
  refused,
} from './admission/admission.ts';
export { JwtKeys } from './authn/jwt.ts';
export { EscalationGuard } from './authz/escalation.ts';
export { protobufForms } from './encoding/protobuf-forms.ts';
export { createFront, type Front, type FrontOptions } from './front.ts';
export { Registry } from './registry/registry.ts';
export { Resource } from './registry/resource.ts';
export * from './request.ts';
export { type ApiServer, type ApiServerOptions, createApiServer, SYSTEM_USER } from './server.ts';
export type { ProtobufForms } from './watch-cache/cached-object.ts';
