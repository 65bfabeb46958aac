import { useMemo } from 'react';
import { useLive } from '../api/live';
import { useSession } from '../api/session';

/** What a whole number in a request counts the smallest fractions of: a currency, a security or a coin. */
export interface Unit {
  name: string;
  /** Decimal places of a whole one. */
  digits: number;
}

/** The house's scales, by which requests are typed and shown. None of them ever changes once it is known. */
export interface Scales {
  /** Digits of the minor unit by currency code. */
  currencies: Record<string, number>;
  /** Securities and coins by name. Undefined until they are read. */
  assets?: ReadonlyMap<string, Unit>;
  /** The currency in which a default is accounted for, by the default's number. Undefined until they are read. */
  defaults?: ReadonlyMap<string, Unit>;
}

const milliseconds = 2000;

/** The scales of this house, as far as they are read. */
export function useScales(): Scales {
  const { currencies } = useSession();
  const assets = useLive('clearing.collateral.v1.CollateralService/GetAssets', {}, milliseconds).value?.assets;
  const defaults = useLive('clearing.defaults.v1.DefaultService/GetDefaults', {}, milliseconds).value?.defaults;
  return useMemo(
    () => ({
      currencies,
      assets: assets && new Map(assets.map((a) => [a.asset, { name: a.asset, digits: a.quantityDigits }])),
      defaults: defaults && new Map(defaults.map((d) => [d.number, { name: d.currency, digits: d.digits }])),
    }),
    [currencies, assets, defaults],
  );
}
