import type { Compilable, CompiledQuery, Kysely } from 'kysely';
import { ConcurrentSqliteAdapter } from './sqlite-dialect.ts';

class Placeholder {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

/** Gives the value of one parameter a place in the query. */
export type Parameter<Parameters> = <Name extends keyof Parameters & string>(name: Name) => Parameters[Name];

export interface PreparedQueryOptions<Tables> {
  /**
   * All tables that the query reads: on SQLite its rows, which are frozen, are kept while none of these is written to. For
   * what every request asks and hardly anything changes.
   */
  keptWhile?: readonly (keyof Tables & string)[];
}

/**
 * Builds a query once for each engine instead of once for each call: for the few that every request runs. `parameter`
 * stands for a value that is given with each call; everything else in the query must be constant. Called in two steps,
 * `prepareQuery<Tables, Parameters>()(build)`, so that the row type is inferred.
 */
export function prepareQuery<Tables, Parameters extends object>(options: PreparedQueryOptions<Tables> = {}) {
  return <Row>(build: (db: Kysely<Tables>, parameter: Parameter<Parameters>) => Compilable<Row>) => {
    const compiled = new WeakMap<object, CompiledQuery<Row>>();
    return async (db: Kysely<Tables>, parameters: Parameters): Promise<Row[]> => {
      const { adapter } = db.getExecutor();
      let query = compiled.get(adapter);
      if (query === undefined) {
        query = build(db, (name) => new Placeholder(name) as never).compile();
        compiled.set(adapter, query);
      }
      const given = parameters as Record<string, unknown>;
      const values = query.parameters.map((value) => (value instanceof Placeholder ? given[value.name] : value));
      // On SQLite a statement is synchronous: inside a transaction, and for a read, there is nothing to wait for.
      const isDirect =
        adapter instanceof ConcurrentSqliteAdapter &&
        adapter.isOpen &&
        (db.isTransaction || query.query.kind === 'SelectQueryNode');
      if (isDirect && options.keptWhile !== undefined)
        return adapter.readKept<Row>(db.isTransaction, options.keptWhile, query.sql, values);
      if (isDirect) return adapter.runNow<Row>(db.isTransaction, query.sql, values).rows;
      return (await db.executeQuery<Row>({ ...query, parameters: values })).rows;
    };
  };
}
