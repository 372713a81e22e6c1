// Programs for Node whose truth is known: `node zoo.js NAME SECONDS`.
const [name, seconds] = process.argv.slice(2);
const kept = [];
const programs = {
  array() { kept.push(Buffer.alloc(1000, 1)); },
  churn() { JSON.parse(JSON.stringify({ a: Array(100).fill("text") })); },
};
setInterval(programs[name], 10);
setTimeout(() => process.exit(0), 1000 * seconds);
