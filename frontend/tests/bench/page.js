// Why: page side of benchmarks/sealing_browser.py: hands the chosen file to the worker and returns MB/s.

const worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module' });

window.mesure = (name) => new Promise((resolve, reject) => {
  worker.onmessage = ({ data }) => (data.error ? reject(new Error(data.error)) : resolve(data.result));
  worker.onerror = (e) => reject(new Error(e.message));
  worker.postMessage({ name, file: document.querySelector('#f').files[0] });
});
