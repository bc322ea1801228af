// Why: one way to send that reports bytes as they leave (XMLHttpRequest, also in workers) and one for Node (fetch).
// Answer: {status, body}; status 0 means that no answer came.

function decode(text, type) {
  if (!text) return null;
  if (!/json/.test(type ?? '')) return null;
  try {
    return JSON.parse(text);
  } catch (error) {
    return null;
  }
}

export function xhrSend({ method, url, headers = {}, body = null, progress, signal }) {
  return new Promise((resolve, reject) => {
    const x = new XMLHttpRequest();
    x.open(method, url);
    x.setRequestHeader('Accept', 'application/json');
    for (const [k, v] of Object.entries(headers)) x.setRequestHeader(k, v);
    if (progress) x.upload.onprogress = (e) => progress(e.loaded);
    x.onload = () => resolve({ status: x.status, body: decode(x.responseText, x.getResponseHeader('Content-Type')), redirected: x.responseURL && new URL(x.responseURL).pathname !== new URL(url, location.href).pathname });
    x.onerror = () => resolve({ status: 0, body: null });
    x.ontimeout = x.onerror;
    x.onabort = () => reject(new DOMException('aborted', 'AbortError'));
    x.timeout = 10 * 60 * 1000;
    if (signal?.aborted) {
      reject(new DOMException('aborted', 'AbortError'));
      return;
    }
    signal?.addEventListener('abort', () => x.abort(), { once: true });
    x.send(body);
  });
}

export async function fetchSend({ method, url, headers = {}, body = null, progress, signal }) {
  try {
    const r = await fetch(url, { method, headers: { Accept: 'application/json', ...headers }, body, signal, credentials: 'same-origin' });
    const text = await r.text();
    progress?.(body?.length ?? 0);
    return { status: r.status, body: decode(text, r.headers.get('content-type')), redirected: r.redirected };
  } catch (error) {
    if (error.name === 'AbortError') throw error;
    return { status: 0, body: null };
  }
}
