import type { Methods } from './gen/methods';
import { post } from './session';

export type Method = keyof Methods;
export type Request<M extends Method> = Partial<Methods[M]['request']>;
export type Response<M extends Method> = Methods[M]['response'];

/** Calls the node once. Throws ApiError with the node's own words. A signal gives it up, at the node too. */
export async function call<M extends Method>(method: M, request: Request<M>, signal?: AbortSignal): Promise<Response<M>> {
  return (await (await post(`/api/rpc/${method}`, JSON.stringify(request), signal)).json()) as Response<M>;
}
