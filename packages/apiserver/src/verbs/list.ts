import { expired, type ListMeta } from '@kubets/core';
import { CompactedError, FutureRevisionError } from '@kubets/storage';
import type { Resource } from '../registry/resource.ts';
import type { AuthenticatedRequest, StoredObject, VerbResult } from '../request.ts';
import type { ServerContext } from '../server-context.ts';
import { CachedObject } from '../watch-cache/cached-object.ts';
import { decodeContinue, encodeContinue } from '../watch-cache/continue-token.ts';
import { listLimit, listRevision, type ReadRevision, tooLargeResourceVersion } from '../watch-cache/read-options.ts';
import type { Selection } from '../watch-cache/watcher.ts';

/** Objects that a selector looks at before other work gets its turn. */
const SELECTOR_SLICE = 200;
/** How long a read waits for a revision that has not come yet. */
const FUTURE_REVISION_WAIT_MS = 3000;

const CONTINUE_EXPIRED =
  'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.';
const REVISION_EXPIRED = 'The resourceVersion for the provided list is too old.';

/** What a list is to show. */
interface ListPlan {
  readonly prefix: string;
  /** True when `prefix` is the key of one object. */
  readonly exact: boolean;
  /** Key after which to begin. */
  readonly after: string | undefined;
  readonly limit: number;
  readonly matches: Selection['matches'];
  readonly equal: Selection['equal'];
  readonly at: ReadRevision;
}

interface ListPage {
  readonly items: readonly CachedObject[];
  readonly revision: number;
  /** Keys after the last one looked at. */
  readonly remaining: number;
  /** The last key looked at. */
  readonly lastKey: string | undefined;
}

/** GET of a collection. */
export async function list(
  server: ServerContext,
  request: AuthenticatedRequest,
  resource: Resource,
): Promise<VerbResult> {
  const plan = planOf(request, resource);
  const page = await readPage(server, resource, plan);
  const items = page.items.map((item) => resource.view(item) as StoredObject);
  const metadata: ListMeta = { resourceVersion: String(page.revision) };
  if (page.remaining > 0 && page.lastKey !== undefined) {
    const after = page.lastKey.slice(resource.cache.prefix.length);
    metadata.continue = encodeContinue({ revision: page.revision, after });
    if (!plan.matches) metadata.remainingItemCount = page.remaining;
  }
  return { type: 'list', code: 200, warnings: [], kind: resource.kind, metadata, items };
}

function planOf(request: AuthenticatedRequest, resource: Resource): ListPlan {
  const { options } = request;
  let at = listRevision(options);
  let after: string | undefined;
  if (options.continue) {
    const token = decodeContinue(options.continue);
    after = `${resource.cache.prefix}${token.after}`;
    at = token.revision > 0 ? { type: 'exact', revision: token.revision } : { type: 'latest' };
  }
  const { prefix, exact, matches, equal } = resource.select(request);
  if (exact) after = undefined;
  return {
    prefix,
    exact,
    after,
    limit: listLimit(options),
    matches: viewed(resource, matches),
    equal,
    at,
  };
}

/** Selectors speak of the served version; stored objects may be of another. */
function viewed(resource: Resource, matches: ListPlan['matches']): ListPlan['matches'] {
  if (!matches || !resource.kind.storedAs) return matches;
  return (candidate) => matches(resource.view(candidate as CachedObject));
}

async function readPage(server: ServerContext, resource: Resource, plan: ListPlan): Promise<ListPage> {
  if (plan.at.type === 'exact') return readExact(server, resource, plan, plan.at.revision);
  const wanted = plan.at.type === 'notOlderThan' ? plan.at.revision : 0;
  const revision = await waitForRevision(server, resource, wanted);
  return readCache(server, resource, plan, revision);
}

async function readCache(
  server: ServerContext,
  resource: Resource,
  plan: ListPlan,
  revision: number,
): Promise<ListPage> {
  const { cache } = resource;
  const { prefix, after, limit, matches } = plan;
  if (plan.exact) {
    const found = cache.get(prefix);
    return {
      items: found && (!matches || matches(found)) ? [found] : [],
      revision,
      remaining: 0,
      lastKey: prefix,
    };
  }
  if (matches) {
    const indexed = cache.indexed(plan);
    const candidates = indexed ?? cache.page(afterOf(prefix, after));
    return { ...(await select(server, candidates, plan)), revision };
  }
  const items = cache.page({ ...afterOf(prefix, after), limit });
  const lastKey = items.at(-1)?.key;
  const remaining = items.length < limit || lastKey === undefined ? 0 : cache.count(prefix, lastKey);
  return { items, revision, remaining, lastKey };
}

const afterOf = (prefix: string, after: string | undefined) => ({ prefix, ...(after ? { after } : {}) });

/** Picks what matches out of `candidates`, letting other work run in between. */
async function select(
  server: ServerContext,
  candidates: readonly CachedObject[],
  { limit, matches }: ListPlan,
): Promise<Pick<ListPage, 'items' | 'remaining' | 'lastKey'>> {
  const items: CachedObject[] = [];
  let looked = 0;
  for (; looked < candidates.length && items.length < limit; looked++) {
    if (looked % SELECTOR_SLICE === SELECTOR_SLICE - 1) await server.yieldToLoop();
    const candidate = candidates[looked]!;
    if (matches!(candidate)) items.push(candidate);
  }
  return { items, remaining: candidates.length - looked, lastKey: candidates[looked - 1]?.key };
}

async function readExact(
  server: ServerContext,
  resource: Resource,
  plan: ListPlan,
  revision: number,
): Promise<ListPage> {
  const { cache } = resource;
  const current = await waitForRevision(server, resource, revision);
  try {
    // What the cache could still tell is refused all the same: clients count on tokens that expire.
    const compacted = await server.store.compactedRevision();
    if (revision < compacted) throw new CompactedError(compacted);
    if (cache.lastChange <= revision && revision <= current) return readCache(server, resource, plan, revision);
    return await readHistory(server, resource, plan, revision);
  } catch (error) {
    if (error instanceof FutureRevisionError) throw tooLargeResourceVersion(revision, error.currentRevision);
    if (!(error instanceof CompactedError)) throw error;
    throw plan.after
      ? expired(CONTINUE_EXPIRED, encodeContinue({ revision: -1, after: plan.after.slice(cache.prefix.length) }))
      : expired(REVISION_EXPIRED);
  }
}

async function readHistory(
  server: ServerContext,
  resource: Resource,
  plan: ListPlan,
  revision: number,
): Promise<ListPage> {
  const { cache } = resource;
  if (plan.exact) return readOneOfHistory(server, resource, plan, revision);
  const limit = plan.matches || !Number.isFinite(plan.limit) ? 0 : plan.limit;
  const range = await server.store.range({ ...afterOf(plan.prefix, plan.after), limit, revision });
  const items = range.items.map((item) => {
    const cached = cache.get(item.key);
    if (cached?.revision === item.modRevision) return cached;
    return new CachedObject({ key: item.key, revision: item.modRevision, value: item.value, form: cache.form });
  });
  if (plan.matches) return { ...(await select(server, items, plan)), revision };
  return { items, revision, remaining: range.remaining, lastKey: items.at(-1)?.key };
}

async function readOneOfHistory(
  server: ServerContext,
  { cache }: Resource,
  plan: ListPlan,
  revision: number,
): Promise<ListPage> {
  const item = await server.store.get(plan.prefix, { revision });
  const { key = '', value = new Uint8Array(0), modRevision = 0 } = item ?? {};
  const found = item && new CachedObject({ key, revision: modRevision, value, form: cache.form });
  const items = found && (!plan.matches || plan.matches(found)) ? [found] : [];
  return { items, revision, remaining: 0, lastKey: plan.prefix };
}

/** The newest revision, once it is at least `wanted` and everything up to it is in the cache. */
export async function waitForRevision(server: ServerContext, resource: Resource, wanted: number): Promise<number> {
  const { cache } = resource;
  const deadlineMs = server.clock.monotonicMs() + FUTURE_REVISION_WAIT_MS;
  for (let delayMs = 10; ; delayMs *= 2) {
    const current = await cache.sync();
    if (current >= wanted) return current;
    if (server.clock.monotonicMs() >= deadlineMs) throw tooLargeResourceVersion(wanted, current);
    await server.clock.sleep(Math.min(delayMs, 200));
  }
}
