'use strict';
// node probe.js CASE HOST:PORT: makes the calls of one case and prints what came of them as one line of JSON.

const path = require('node:path');
const grpc = require('@grpc/grpc-js');
const loader = require('@grpc/proto-loader');

const [, , name, address] = process.argv;
const protos = path.join(__dirname, '..', 'Protos');
const libraryProtos = path.join(__dirname, '..', '..', '..', 'src', 'ClearingActors.Grpc', 'Protos');
const load = file => grpc.loadPackageDefinition(loader.loadSync(file, { includeDirs: [protos, libraryProtos], keepCase: true, longs: Number, enums: String, defaults: true, oneofs: true }));
const plain = grpc.credentials.createInsecure();
const open = (constructor, options) => new constructor(address, plain, options);
const probes = load('clearing/probe/v1/probe.proto').clearing.probe.v1;

const unary = (client, method, request, metadata = new grpc.Metadata(), options = {}) => new Promise(resolve => {
  const result = {};
  const call = client[method](request, metadata, options, (error, response) => {
    result.code = error ? error.code : 0;
    result.details = error ? error.details : undefined;
    result.errorMetadata = error ? describe(error.metadata) : undefined;
    result.response = response;
  });
  call.on('metadata', headers => { result.headers = describe(headers); });
  call.on('status', status => {
    result.trailers = describe(status.metadata);
    setImmediate(() => resolve(result));
  });
});

const describe = metadata => {
  const result = {};
  for (const key of Object.keys(metadata.getMap())) {
    result[key] = metadata.get(key).map(v => Buffer.isBuffer(v) ? v.toString('hex') : v);
  }
  return result;
};

const drain = (call, onData = () => {}) => new Promise(resolve => {
  let count = 0;
  let bytes = 0;
  let ordered = true;
  call.on('data', note => {
    ordered = ordered && note.number === count;
    count++;
    bytes += note.payload ? note.payload.length : 0;
    onData(note, call);
  });
  call.on('error', () => {});
  call.on('status', status => resolve({ count, bytes, ordered, code: status.code, details: status.details }));
});

const write = (call, message) => new Promise((resolve, reject) => call.write(message, error => error ? reject(error) : resolve()));

const cases = {
  async unary() {
    return unary(open(probes.Probe), 'Echo', { number: 42, text: 'grüße', tag: { name: 't' }, at: { seconds: 5, nanos: 6 } });
  },

  async gzip() {
    return unary(open(probes.Probe, { 'grpc.default_compression_algorithm': 2 }), 'Echo', { text: 'z'.repeat(100000) });
  },

  async large() {
    const payload = Buffer.alloc(3 * 1024 * 1024, 7);
    const client = open(probes.Probe, { 'grpc.max_receive_message_length': -1 });
    const result = await unary(client, 'Echo', { payload });
    const tooLarge = await unary(client, 'Echo', { payload: Buffer.alloc(4 * 1024 * 1024 + 1) });
    return { same: payload.equals(result.response.payload), tooLarge: tooLarge.code };
  },

  async serverStream() {
    return drain(open(probes.Probe).Count({ count: 1000, size: 100 }));
  },

  async clientStream() {
    return new Promise((resolve, reject) => {
      const call = open(probes.Probe).Sum((error, total) => error ? reject(error) : resolve(total));
      for (let i = 1; i <= 1000; i++) {
        call.write({ number: i });
      }
      call.end();
    });
  },

  async duplex() {
    const call = open(probes.Probe).Chat();
    const drained = drain(call, note => {
      if (note.number < 99) {
        call.write({ number: note.number + 1 });
      } else {
        call.end();
      }
    });
    call.write({ number: 0 });
    return drained;
  },

  async bigStream() {
    const call = open(probes.Probe).Chat();
    const drained = drain(call);
    const payload = Buffer.alloc(64 * 1024);
    for (let i = 0; i < 720; i++) {
      await write(call, { number: i, payload });
    }
    call.end();
    return drained;
  },

  async deadline() {
    const client = open(probes.Probe);
    const duplex = drain(client.Chat({ deadline: Date.now() + 100 }));
    return { unary: (await unary(client, 'Wait', {}, undefined, { deadline: Date.now() + 100 })).code, duplex: (await duplex).code };
  },

  async cancel() {
    const call = open(probes.Probe).Count({ count: 1000000000, size: 1000 });
    return drain(call, note => {
      if (note.number === 10) {
        call.cancel();
      }
    });
  },

  async unimplemented() {
    return {
      method: (await unary(open(probes.Probe), 'Unserved', {})).code,
      service: (await unary(open(probes.Nowhere), 'Echo', {})).code,
    };
  },

  async failure() {
    return unary(open(probes.Probe), 'Fail', { code: 9, detail: '100 % größer\r\n€ 日本 😀 %41' });
  },

  async metadata() {
    const metadata = new grpc.Metadata();
    metadata.add('echo-text', 'some text');
    metadata.add('echo-bytes-bin', Buffer.from([0, 1, 2, 253, 254, 255]));
    return unary(open(probes.Probe), 'Echo', {}, metadata);
  },

  async health() {
    const client = open(load('grpc/health/v1/health.proto').grpc.health.v1.Health);
    const watched = [];
    const watch = client.Watch({ service: 'one.Service' });
    watch.on('error', () => {});
    const first = new Promise(resolve => watch.on('data', response => {
      watched.push(response.status);
      resolve();
    }));
    await first;
    watch.cancel();
    return {
      whole: (await unary(client, 'Check', {})).response.status,
      one: (await unary(client, 'Check', { service: 'one.Service' })).response.status,
      none: (await unary(client, 'Check', { service: 'no.Service' })).code,
      watched,
    };
  },

  async reflection() {
    const result = {};
    for (const version of ['v1', 'v1alpha']) {
      const client = open(load(`grpc/reflection/${version}/reflection.proto`).grpc.reflection[version].ServerReflection);
      const call = client.ServerReflectionInfo();
      const answers = [];
      const ended = new Promise((resolve, reject) => {
        call.on('data', answer => answers.push(answer));
        call.on('end', resolve);
        call.on('error', reject);
      });
      call.write({ list_services: '' });
      call.write({ file_by_filename: 'clearing/probe/v1/probe.proto' });
      call.write({ file_containing_symbol: 'clearing.probe.v1.Probe.Echo' });
      call.write({ file_containing_symbol: 'no.such.Symbol' });
      call.end();
      await ended;
      // Loading the descriptors proves that they are whole: it fails when a dependency is missing.
      const set = answers[1].file_descriptor_response.file_descriptor_proto;
      const loaded = grpc.loadPackageDefinition(loader.loadFileDescriptorSetFromBuffer(descriptorSet(set)));
      result[version] = {
        services: answers[0].list_services_response.service.map(s => s.name),
        methods: Object.keys(loaded.clearing.probe.v1.Probe.service).sort(),
        files: set.length,
        sameFiles: answers[2].file_descriptor_response.file_descriptor_proto.length,
        notFound: answers[3].error_response.error_code,
      };
    }
    return result;
  },
};

// A FileDescriptorSet holds the files as field 1, dependencies first.
function descriptorSet(files) {
  const parts = [];
  for (const file of [...files].reverse()) {
    const length = [];
    let rest = file.length;
    while (rest > 127) {
      length.push((rest & 127) | 128);
      rest >>= 7;
    }
    length.push(rest);
    parts.push(Buffer.from([10, ...length]), file);
  }
  return Buffer.concat(parts);
}

cases[name]().then(
  // The open connection would keep the process. It exits once all is written: a pipe takes 64 KiB at once.
  result => process.stdout.write(JSON.stringify(result) + '\n', () => process.exit(0)),
  error => {
    console.error(error);
    process.exit(1);
  });
