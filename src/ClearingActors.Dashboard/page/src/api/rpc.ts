import type { Methods } from './gen/methods';
import { actionPatience, readPatience, within } from './patience';
import { post } from './session';

export type Method = keyof Methods;
export type Request<M extends Method> = Partial<Methods[M]['request']>;
export type Response<M extends Method> = Methods[M]['response'];

/** What computes for long by its nature, and can be given up: ten minutes. */
const longPatience = 600_000;
const long: Method[] = ['clearing.stress.v1.StressService/RunReverseStress', 'clearing.audit.v1.TimeTravelService/GetHouseAt'];

/** How long the node may take to answer, milliseconds. */
export function patienceOf(method: Method): number {
  if (long.includes(method)) return longPatience;
  return /\/(Get|List)/.test(method) ? readPatience : actionPatience;
}

/** Calls the node once. Throws ApiError with the node's own words, another error if no answer came in time. A signal gives it up, at the node too. */
export async function call<M extends Method>(method: M, request: Request<M>, signal?: AbortSignal): Promise<Response<M>> {
  return within(patienceOf(method), signal, async (ends) => (await (await post(`/api/rpc/${method}`, JSON.stringify(request), ends)).json()) as Response<M>);
}
