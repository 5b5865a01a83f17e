import type { ServerContext } from '../server-context.ts';
import type { AdmissionPlugin } from './admission.ts';

/** The built-in admission plugins in their order. */
export function builtInPlugins(_server: () => ServerContext): AdmissionPlugin[] {
  return [];
}
