// node run_onnx.cjs NODE_MODULES MANIFEST RESULTS: runs each model of the manifest in onnxruntime on its inputs.
// Tensors travel as {type, dims, data} with the elements in base64.
const fs = require('fs');
const path = require('path');

const [modules, manifestPath, resultsPath] = process.argv.slice(2);
const ort = require(path.join(modules, 'onnxruntime-node'));

const arrays = {
  float32: Float32Array, float64: Float64Array, int64: BigInt64Array, int32: Int32Array, bool: Uint8Array, uint8: Uint8Array,
};

function decode(tensor) {
  const bytes = Buffer.from(tensor.data, 'base64');
  const copy = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
  return new ort.Tensor(tensor.type, new arrays[tensor.type](copy), tensor.dims);
}

function encode(tensor) {
  const { buffer, byteOffset, byteLength } = tensor.data;
  return { type: tensor.type, dims: Array.from(tensor.dims), data: Buffer.from(buffer, byteOffset, byteLength).toString('base64') };
}

async function run(entry) {
  const session = await ort.InferenceSession.create(entry.model, { intraOpNumThreads: 1, interOpNumThreads: 1, logSeverityLevel: 3 });
  const batches = [];
  for (const inputs of entry.batches) {
    const feeds = {};
    session.inputNames.forEach((name, k) => { feeds[name] = decode(inputs[k]); });
    const outputs = await session.run(feeds);
    batches.push(session.outputNames.map((name) => encode(outputs[name])));
  }
  await session.release();
  return { name: entry.name, inputNames: session.inputNames, outputNames: session.outputNames, batches };
}

(async () => {
  const results = [];
  for (const entry of JSON.parse(fs.readFileSync(manifestPath, 'utf8'))) {
    try {
      results.push(await run(entry));
    } catch (error) {
      results.push({ name: entry.name, error: String(error.message || error) });
    }
  }
  fs.writeFileSync(resultsPath, JSON.stringify(results));
})();
