/**
 * A driver of Cassandra that keeps what it is asked and answers as a test says, in place of the package: mocked by the tests that
 * need it. Owns nothing but `driver`, which `rest` puts back to a cluster without rows.
 */
export interface Executed {
  readonly cql: string;
  readonly params: readonly unknown[];
  readonly options: Readonly<Record<string, unknown>>;
}

export type Result = { readonly rows?: readonly object[]; readonly pageState?: string | null; readonly info?: object };

const nothing = async (_one: Executed): Promise<Result> => ({ rows: [], info: {} });
const connected = async (): Promise<void> => undefined;

export const driver = {
  made: [] as Record<string, unknown>[],
  executed: [] as Executed[],
  ended: 0,
  connect: connected,
  answer: nothing,
  rest(): void {
    driver.made.length = 0;
    driver.executed.length = 0;
    driver.ended = 0;
    driver.connect = connected;
    driver.answer = nothing;
  },
};

class Client {
  readonly controlConnection = {};
  constructor(options: Record<string, unknown>) {
    driver.made.push(options);
  }
  connect() {
    return driver.connect();
  }
  execute(cql: string, params: readonly unknown[], options: Readonly<Record<string, unknown>>) {
    const one = { cql, params, options };
    driver.executed.push(one);
    return driver.answer(one);
  }
  async shutdown() {
    driver.ended += 1;
  }
}

class Fallthrough {}

class Constant {
  readonly delayMs: number;
  constructor(delayMs: number) {
    this.delayMs = delayMs;
  }
}

export default {
  Client,
  policies: {
    retry: { FallthroughRetryPolicy: Fallthrough },
    reconnection: { ConstantReconnectionPolicy: Constant },
  },
};
