export {
  type BacktestOptions,
  type BacktestRow,
  backtestTrace,
  COMBINATION,
} from './backtest.ts';
export { createFleet, type Fleet } from './fleet.ts';
export { createForecaster, restoreForecaster } from './forecaster.ts';
export type { Decompose } from './models/decomposition.ts';
export type { Forecast, Forecaster, ForecasterOptions, HorizonQuality } from './port.ts';
