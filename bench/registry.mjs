// Runs registry.ts: the verbs without HTTP. PODS=n says how many pods to keep.
import { launch } from './launch.mjs';

await launch('registry.ts', { flags: ['--expose-gc'] });
