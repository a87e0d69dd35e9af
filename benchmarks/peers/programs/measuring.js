// What the JavaScript programs have in common; the commands are explained in measuring.py.
"use strict";

const LINGER_MS = 300; // for what a worker still has to write about its last jobs
const begun = [];
const ended = [];
const waits = [];
let expected = Infinity;
let full = () => {};

const now = () => process.hrtime.bigint();
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function run({ sent, ms }) {
  const start = now();
  if (ms) await sleep(ms);
  begun.push(start);
  if (sent) waits.push(Number(start - BigInt(sent)) / 1e6);
  ended.push(now());
  if (ended.length >= expected) full();
}

// From the first start to the last end.
function seconds() {
  const first = begun.reduce((a, b) => (a < b ? a : b));
  const last = ended.reduce((a, b) => (a > b ? a : b));
  return Number(last - first) / 1e9;
}

function cpuSince(before) {
  const used = process.cpuUsage(before);
  return (used.user + used.system) / 1e6;
}

async function work(program, jobs, concurrency, result) {
  const all = new Promise((resolve) => (full = resolve));
  expected = jobs;
  program.work(concurrency);
  await all;
  await sleep(LINGER_MS);
  return result();
}

async function submitSpaced(program, jobs, everyMs) {
  for (let i = 0; i < jobs; i++) {
    await program.submit(String(now()), 0);
    await sleep(everyMs);
  }
  return { jobs };
}

const commands = {
  async throughput(program, jobs, concurrency, ms) {
    await program.submitMany(jobs, ms);
    const before = process.cpuUsage();
    return work(program, jobs, concurrency, () => ({ jobs, seconds: seconds(), cpu_s: cpuSince(before) }));
  },
  async submit(program, jobs, warmUp) {
    for (let i = 0; i < warmUp; i++) await program.submit("", 0);
    const start = now();
    for (let i = 0; i < jobs; i++) await program.submit("", 0);
    return { jobs, seconds: Number(now() - start) / 1e9 };
  },
  serve(program, jobs, concurrency) {
    return work(program, jobs, concurrency, () => ({ waits_ms: waits }));
  },
  spaced: submitSpaced,
  pickup(program, jobs, concurrency, everyMs) {
    setTimeout(() => submitSpaced(program, jobs, everyMs), 1000);
    return commands.serve(program, jobs, concurrency);
  },
  async trips(program, jobs, concurrency, everyMs) {
    if (everyMs) return commands.pickup(program, jobs, concurrency, everyMs);
    for (let i = 0; i < jobs; i++) await program.submit("", 0);
    return work(program, jobs, concurrency, () => ({ jobs }));
  },
};

async function main(program) {
  const [command, ...numbers] = process.argv.slice(2);
  console.log(JSON.stringify(await commands[command](program, ...numbers.map(Number))));
  process.exit(0);
}

module.exports = { URL: process.env.PEER_URL, CHUNK: 1000, main, run };
