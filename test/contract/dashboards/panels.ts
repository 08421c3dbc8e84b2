/**
 * What a dashboard shows, as data: rows of panels, each a question with its query. Panels that have nothing to show while all is
 * well (dead letters, conflicts) are `quiet`, so that a check against a running product can tell silence from a wrong query.
 */
export interface Panel {
  readonly title: string;
  /** What a person learns from it, and when it is bad. */
  readonly help: string;
  readonly unit: 's' | 'short' | 'reqps' | 'percentunit' | 'bytes' | 'bool';
  readonly queries: readonly { readonly expr: string; readonly legend: string }[];
  readonly shape: 'lines' | 'number' | 'table';
  readonly width: number;
  readonly quiet?: boolean;
}

export interface Row {
  readonly title: string;
  readonly panels: readonly Panel[];
}

export interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly rows: readonly Row[];
}

const base = { shape: 'lines', width: 8 } as const;

export const lines = (
  title: string,
  help: string,
  unit: Panel['unit'],
  expr: string,
  legend: string,
  more: Partial<Panel> = {},
): Panel => ({ ...base, title, help, unit, queries: [{ expr, legend }], ...more });

export const number = (title: string, help: string, unit: Panel['unit'], expr: string): Panel => ({
  title,
  help,
  unit,
  queries: [{ expr, legend: '' }],
  shape: 'number',
  width: 4,
});

/** The usual three quantiles of a histogram. */
export const quantiles = (
  title: string,
  help: string,
  metric: string,
  by: string,
  more: Partial<Panel> = {},
): Panel => ({
  ...base,
  title,
  help,
  unit: 's',
  queries: [0.5, 0.95, 0.99].map((q) => ({
    expr: `histogram_quantile(${q}, sum by (le${by === '' ? '' : `, ${by}`}) (rate(${metric}_bucket{job=~"$job"}[$__rate_interval])))`,
    legend: `p${q * 100}${by === '' ? '' : ` {{${by}}}`}`,
  })),
  ...more,
});
