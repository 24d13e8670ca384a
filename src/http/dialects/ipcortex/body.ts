// The body of an IPCortex request, whatever its Content-Type says.

/** An absent body or one that is no JSON object is read as {}, as the vendor does. */
export function bodyOf(text: unknown): Record<string, unknown> {
  if (typeof text !== 'string') return {};
  try {
    const body: unknown = JSON.parse(text);
    return typeof body === 'object' && body !== null && !Array.isArray(body) ? (body as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
