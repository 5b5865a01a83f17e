export {
  Admission,
  type AdmissionPlugin,
  type AdmissionRequest,
  type Operation,
  refused,
} from './admission/admission.ts';
export { type AdmissionConfiguration, parseAdmissionConfiguration } from './admission/configuration.ts';
export { checkAdmissionPlugins } from './admission/plugins.ts';
export type { AuditRecord, AuditSink } from './audit/audit.ts';
export type { AuditBackend, AuditEvent } from './audit/event.ts';
export { AuditPolicy } from './audit/policy.ts';
export { AuditTrail } from './audit/trail.ts';
export { AuditWebhook } from './audit/webhook-backend.ts';
export type { Authenticator, TokenAuthenticator } from './authn/authenticator.ts';
export {
  type AuthenticationConfiguration,
  oidcIssuer,
  parseAuthenticationConfiguration,
} from './authn/configuration.ts';
export { JwtKeys } from './authn/jwt.ts';
export { JwtIssuer } from './authn/jwt-issuer.ts';
export { ServiceAccountTokens, type TokenIssuer, type TokenOrder } from './authn/service-accounts.ts';
export { WebhookTokens } from './authn/webhook-tokens.ts';
export { parseAbacPolicies } from './authz/abac.ts';
export type { Attributes, Authorizer, Decision } from './authz/authorizer.ts';
export { type AuthorizerChoice, authorizersOfModes, parseAuthorizationConfiguration } from './authz/configuration.ts';
export { decisionOf } from './authz/decisions.ts';
export { EscalationGuard } from './authz/escalation.ts';
export type { Connector, ConnectRequest, Forwarder, Forwarding } from './connect/connector.ts';
export { protobufForms } from './encoding/protobuf-forms.ts';
export { createFront, type Front, type FrontOptions } from './front.ts';
export type { HttpExchange, ResponseStream } from './pipeline/http.ts';
export type { MetricFamily } from './pipeline/metrics.ts';
export { defaultVersion, type HealthCheck, type VersionInfo } from './pipeline/status-paths.ts';
export { Registry } from './registry/registry.ts';
export { Resource } from './registry/resource.ts';
export * from './request.ts';
export type { RuntimeConfig } from './served-kinds.ts';
export { type ApiServer, type ApiServerOptions, createApiServer } from './server.ts';
export { componentUser, controllerUser } from './system-users.ts';
export type { ProtobufForms } from './watch-cache/cached-object.ts';
export type { HttpsAnswer, HttpsCall, HttpsCaller } from './webhooks/https-caller.ts';
