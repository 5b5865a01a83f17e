import type { User } from '../request.ts';
import type { HttpHeaders } from './http.ts';
import type { QueryValues } from './query.ts';
import { methodNotAllowed } from './route.ts';

/** A request for something that is no resource: discovery, health, metrics. */
export interface PathRequest {
  readonly method: string;
  readonly path: string;
  readonly query: QueryValues;
  readonly headers: HttpHeaders;
  readonly user: User;
}

export interface PathAnswer {
  readonly code: number;
  readonly headers: Record<string, string>;
  readonly body: Uint8Array | string;
}

/** Answers requests below a path, or undefined when there is nothing there. */
export type PathHandler = (request: PathRequest) => PathAnswer | undefined | Promise<PathAnswer | undefined>;

/** The same for GET alone; most paths do not mind the method. */
export function readOnly(handler: PathHandler): PathHandler {
  return (request) => {
    if (request.method !== 'GET') throw methodNotAllowed();
    return handler(request);
  };
}

/** Served, but not told of at `/`. */
const UNLISTED: ReadonlySet<string> = new Set(['/', '/index.html', '/api/', '/apis/', '/version/']);

/** The paths served beside resources. The longest match wins. */
export class PathHandlers {
  readonly #exact = new Map<string, PathHandler>();
  readonly #prefixes: { prefix: string; handler: PathHandler }[] = [];

  exact(path: string, handler: PathHandler): this {
    this.#exact.set(path, handler);
    return this;
  }

  /** Everything below `prefix`, which ends with a slash. */
  below(prefix: string, handler: PathHandler): this {
    this.#prefixes.push({ prefix, handler });
    this.#prefixes.sort((a, b) => b.prefix.length - a.prefix.length);
    return this;
  }

  find(path: string): PathHandler | undefined {
    return this.#exact.get(path) ?? this.#prefixes.find(({ prefix }) => path.startsWith(prefix))?.handler;
  }

  /** Every path, as `/` lists them. */
  paths(): string[] {
    return [...this.#exact.keys()].filter((path) => !UNLISTED.has(path));
  }
}
