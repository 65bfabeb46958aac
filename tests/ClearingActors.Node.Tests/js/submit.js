'use strict';
// node submit.js HOST:PORT TOKEN TIME MEMBER: learns the services by reflection, reports 1,001 trades, gives a notice as a member, and prints what came of them as one
// line of JSON.

const path = require('node:path');
const grpc = require('@grpc/grpc-js');
const loader = require('@grpc/proto-loader');

const [, , address, token, time, member] = process.argv;
const source = path.join(__dirname, '..', '..', '..', 'src');
const options = { keepCase: true, longs: String, enums: String, defaults: true, oneofs: true };
const plain = grpc.credentials.createInsecure();
const reflectionFolder = path.join(source, 'ClearingActors.Grpc', 'Protos');

const ask = (version, request) => new Promise((resolve, reject) => {
  const file = `grpc/reflection/${version}/reflection.proto`;
  const definition = grpc.loadPackageDefinition(loader.loadSync(file, { ...options, includeDirs: [reflectionFolder] }));
  const client = new definition.grpc.reflection[version].ServerReflection(address, plain);
  const call = client.ServerReflectionInfo();
  call.on('data', response => { resolve(response); call.end(); });
  call.on('error', reject);
  call.write(request);
});

const services = async version => (await ask(version, { list_services: '' })).list_services_response.service.map(s => s.name);

const submit = (client, metadata, trades) => new Promise(resolve => {
  const answers = [];
  const call = client.SubmitTrades(metadata);
  call.on('data', response => { answers.push(...response.answers); });
  call.on('error', () => {});
  call.on('status', status => resolve({ answers, code: status.code }));
  for (const batch of trades) {
    call.write({ trades: batch });
  }
  call.end();
});

const notice = client => new Promise((resolve, reject) => {
  const metadata = new grpc.Metadata();
  metadata.set('authorization', `Bearer ${member}`);
  const request = { account: 'A-HOUSE', instrument: 'NQ.CALL', kind: 'KIND_EXERCISE', lots: '1' };
  client.SubmitExerciseNotice(request, metadata, (error, response) => error ? reject(error) : resolve(response));
});

const trade = (id, instrument = 'ES') => ({
  source: 'XEUR',
  trade_id: id,
  instrument,
  buyer: { account: 'B-HOUSE' },
  seller: { account: 'A-HOUSE' },
  quantity: '1',
  price: { mantissa: '500025', exponent: -2 },
  execution_time: time,
});

const main = async () => {
  const told = await ask('v1', { file_containing_symbol: 'clearing.members.v1.MembersService' });
  const files = told.file_descriptor_response.file_descriptor_proto.map(bytes => Buffer.from(bytes));
  const set = Buffer.concat(files.map(file => Buffer.concat([Buffer.from([0x0A]), varint(file.length), file])));
  const members = grpc.loadPackageDefinition(loader.loadFileDescriptorSetFromBuffer(set, options)).clearing.members.v1;
  const client = new members.MembersService(address, plain);
  const metadata = new grpc.Metadata();
  metadata.set('authorization', `Bearer ${token}`);
  const batch = Array.from({ length: 900 }, (_, i) => trade(`batch-${i}`));
  const singles = Array.from({ length: 100 }, (_, i) => [trade(`single-${i}`)]);
  const { answers, code } = await submit(client, metadata, [batch, ...singles, [trade('none', 'NQ')]]);
  const denied = (await submit(client, new grpc.Metadata(), [])).code;
  const result = JSON.stringify({ services: await services('v1'), alpha: await services('v1alpha'), answers, code, denied, notice: await notice(client) });

  // Not before the pipe has taken it all: exit does not wait for output.
  process.stdout.write(result, () => process.exit(0));
};

const varint = value => {
  const bytes = [];
  for (; value >= 0x80; value >>>= 7) {
    bytes.push((value & 0x7F) | 0x80);
  }
  bytes.push(value);
  return Buffer.from(bytes);
};

main().catch(error => { console.error(error); process.exit(1); });
