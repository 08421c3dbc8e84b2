/**
 * Keeps a flaw of the driver from ending the process (cassandra-driver 4.10.0, `ControlConnection._refresh`).
 *
 * 1. When its control connection is lost again in the moment it came back, two reconnections of the driver overlap, and one
 *    of them throws a TypeError out of a timer, which nobody can catch. The other one goes on, so the error says nothing.
 * 2. Reconnecting as such stays the driver's. @leasehold/store has the same lines for its own cluster: the two packages
 *    are of one rank and may not import each other.
 */
interface ControlConnection {
  _refresh(hosts?: unknown): Promise<void>;
}

/** @param client a `Client` of the driver; one without the driver's inner parts is left as it is. */
export function guardControlConnection(client: object, onFailure: (error: unknown) => void): void {
  const { controlConnection } = client as { readonly controlConnection?: Partial<ControlConnection> };
  const refresh = controlConnection?._refresh;
  if (!controlConnection || !refresh) return;
  controlConnection._refresh = async (hosts) => {
    try {
      await refresh.call(controlConnection, hosts);
    } catch (error) {
      onFailure(error);
    }
  };
}
