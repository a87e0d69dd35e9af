// BullMQ; jobs that have ended well are removed.
"use strict";

const { Queue, Worker } = require("bullmq");
const Redis = require("ioredis");
const { CHUNK, URL, main, run } = require("./measuring.js");

const options = { removeOnComplete: true };
const queue = new Queue("peer", { connection: new Redis(URL) });

main({
  submit: (sent, ms) => queue.add("run", { sent, ms }, options),
  async submitMany(count, ms) {
    for (let i = 0; i < count; i += CHUNK) {
      await queue.addBulk(Array.from({ length: Math.min(CHUNK, count - i) }, () => ({ name: "run", data: { sent: "", ms }, opts: options })));
    }
  },
  work: (concurrency) =>
    new Worker("peer", (job) => run(job.data), { connection: new Redis(URL, { maxRetriesPerRequest: null }), concurrency }),
});
