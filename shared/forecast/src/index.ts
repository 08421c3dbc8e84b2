export { createForecaster } from './forecaster.ts';
export type { Forecast, Forecaster, ForecasterOptions, HorizonQuality } from './port.ts';
