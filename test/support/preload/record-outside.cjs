/**
 * Preloaded into a server's process: writes to the file named by RECORD_TO, as the process ends, which SDK modules it
 * loaded and whom it called. Both should be nothing.
 */
const { writeFileSync } = require('node:fs');
const Module = require('node:module');
const dns = require('node:dns');
const net = require('node:net');

const record = { modules: 0, sdkModules: [], listened: [], connections: [] };

const load = Module._load;
Module._load = function recordedLoad(request, ...rest) {
  record.modules += 1;
  if (/@aws-sdk|@smithy/.test(request)) record.sdkModules.push(request);
  return load.call(this, request, ...rest);
};

for (const name of ['lookup', 'resolve', 'resolve4', 'resolve6']) {
  const original = dns[name];
  dns[name] = function recordedLookup(host, ...rest) {
    // A server that listens looks its own address up; an address needs no call to anybody.
    if (name === 'lookup' && net.isIP(host)) record.listened.push(host);
    else record.connections.push(`${name} ${host}`);
    return original.call(this, host, ...rest);
  };
}

const connect = net.Socket.prototype.connect;
net.Socket.prototype.connect = function recordedConnect(...options) {
  const [target] = Array.isArray(options[0]) ? options[0] : options;
  // A path is a pipe on this machine: the one by which tsx finds its parent.
  if (target?.path === undefined) record.connections.push(`connect ${JSON.stringify(target)}`);
  return connect.apply(this, options);
};

process.on('exit', () => {
  const cached = Object.keys(require.cache).filter((file) => /node_modules\/(@aws-sdk|@smithy)\//.test(file));
  record.sdkModules.push(...cached);
  writeFileSync(process.env.RECORD_TO, JSON.stringify(record));
});
