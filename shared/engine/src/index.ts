export {
  ABSENT,
  type Absent,
  type Backend,
  type Change,
  isAbsent,
  type Mark,
  type Outputs,
  type Provider,
  type ProviderBounds,
  type Ref,
  type Scope,
  type SeenBase,
} from './provider.ts';
