// Bull 4; jobs that have ended well are removed.
"use strict";

const Queue = require("bull");
const { CHUNK, URL, main, run } = require("./measuring.js");

const options = { removeOnComplete: true };
const queue = new Queue("peer", URL);

main({
  submit: (sent, ms) => queue.add({ sent, ms }, options),
  async submitMany(count, ms) {
    for (let i = 0; i < count; i += CHUNK) {
      await queue.addBulk(Array.from({ length: Math.min(CHUNK, count - i) }, () => ({ data: { sent: "", ms }, opts: options })));
    }
  },
  work: (concurrency) => queue.process(concurrency, (job) => run(job.data)),
});
