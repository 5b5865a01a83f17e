export { buildRuleset, type Ruleset, type RulesetOptions } from './nftables/ruleset.ts';
export { transaction, wholeTable } from './nftables/transaction.ts';
export type { NodePlace, ServiceEndpoint } from './services/endpoints.ts';
export { type ServicePort, servicePortsOf } from './services/service-ports.ts';
