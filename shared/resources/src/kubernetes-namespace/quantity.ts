/**
 * Kubernetes' quantities (`500m`, `4Gi`, `2e3`) brought to one way of writing, so that what the server normalised compares equal
 * to what was asked. Pure.
 *
 * 1. Bytes are written in the largest binary unit that holds them whole, everything else in whole units or thousandths.
 * 2. Text that is no quantity is kept as it is: it then differs, and the plan shows it.
 *
 * The grammar: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
 */
const QUANTITY = /^([+-]?(?:\d+\.?\d*|\.\d+))(?:([KMGTPE]i|[numkMGTPE])|[eE]([+-]?\d{1,2}))?$/;

const FACTORS: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

const BINARY = ['Ki', 'Mi', 'Gi'] as const;

/** In units or bytes; undefined for text that is no quantity. */
export function quantityValue(text: string): number | undefined {
  const match = QUANTITY.exec(text);
  if (match === null) return undefined;
  const [, digits, suffix, exponent] = match;
  const factor = suffix === undefined ? 10 ** Number(exponent ?? 0) : (FACTORS[suffix] as number);
  return Number(digits) * factor;
}

/** Cores, counts: `2`, `500m`. Kubernetes bears nothing finer than a thousandth of a core. */
export const unitsText = (value: number): string => {
  const thousandths = Math.round(value * 1000);
  return thousandths % 1000 === 0 ? String(thousandths / 1000) : `${thousandths}m`;
};

/** `4Gi`, `512Mi`, `1000`: gibibytes are the largest, since tiers are told in them. */
export function bytesText(value: number): string {
  const bytes = Math.round(value);
  const unit = BINARY.findLast((name) => bytes % (FACTORS[name] as number) === 0);
  return unit === undefined || bytes === 0 ? String(bytes) : `${bytes / (FACTORS[unit] as number)}${unit}`;
}

/** Whether a resource is counted in bytes: `memory`, `requests.storage`, `limits.memory`. */
const isBytes = (resource: string): boolean => /(?:^|\.|-)(?:memory|storage)$/.test(resource);

/** One way of writing each quantity of a map such as a quota's `hard`. */
export const canonicalQuantities = (quantities: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(quantities).map(([resource, text]) => [resource, canonical(resource, text)]));

function canonical(resource: string, text: string): string {
  const value = quantityValue(text);
  if (value === undefined) return text;
  return isBytes(resource) ? bytesText(value) : unitsText(value);
}
