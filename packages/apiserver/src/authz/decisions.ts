import type { Attributes, Authorizer, Decision } from './authorizer.ts';

/** Answers at once. */
export type Decider = Pick<Authorizer, 'authorize'>;

/** Thrown where an answer is needed at once that only others can give. */
class DecisionNeeded extends Error {
  readonly attributes: Attributes;

  constructor(attributes: Attributes) {
    super('a decision of others is needed');
    this.attributes = attributes;
  }
}

/**
 * Runs what needs decisions at once, such as an expression. Where the authorizer has to ask others, `attempt` is run again after each
 * answer that it turns out to need, so it must do nothing that cannot be done twice; only then the result is a promise.
 */
export function withDecisions<T>(authorizer: Authorizer, attempt: (decider: Decider) => T): T | Promise<T> {
  return authorizer.decide ? askingOthers(authorizer.decide.bind(authorizer), attempt) : attempt(authorizer);
}

async function askingOthers<T>(
  decide: (attributes: Attributes) => Promise<Decision>,
  attempt: (decider: Decider) => T,
): Promise<T> {
  const known = new Map<string, Decision>();
  const decider: Decider = {
    authorize(attributes) {
      const decision = known.get(JSON.stringify(attributes));
      if (!decision) throw new DecisionNeeded(attributes);
      return decision;
    },
  };
  for (;;) {
    try {
      return attempt(decider);
    } catch (error) {
      if (!(error instanceof DecisionNeeded)) throw error;
      const { attributes } = error;
      known.set(JSON.stringify(attributes), await decide(attributes));
    }
  }
}

/** What the authorizer decides, with the help of others where it has any to ask. */
export function decisionOf(authorizer: Authorizer, attributes: Attributes): Decision | Promise<Decision> {
  return authorizer.decide ? authorizer.decide(attributes) : authorizer.authorize(attributes);
}
