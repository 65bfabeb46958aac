/** How long the node may take to answer what is read, milliseconds. */
export const readPatience = 10_000;

/** How long it may take to answer what does something. */
export const actionPatience = 20_000;

/** Runs something with a signal that ends it after so long, or when `given` does. What took too long is told as that. */
export async function within<T>(milliseconds: number, given: AbortSignal | undefined, run: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const limit = AbortSignal.timeout(milliseconds);
  try {
    return await run(given ? AbortSignal.any([given, limit]) : limit);
  } catch (e) {
    if (limit.aborted && !given?.aborted) throw new Error(`The node has not answered within ${milliseconds / 1000} s. Try again.`);
    throw e;
  }
}

/** Waits for something that takes no signal; what comes of it later is not waited for. */
export async function atMost<T>(milliseconds: number, what: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${milliseconds / 1000} s`)), milliseconds);
  });
  try {
    return await Promise.race([what, limit]);
  } finally {
    clearTimeout(timer);
  }
}
