'use strict';
// A time that several players and charts share.
class Clock {
  constructor() {
    this.time = 0;
    this.start = 0;
    this.end = 0;
    this.speed = 1;
    this.playing = false;
    this.watchers = [];
  }

  watch(watcher) {
    this.watchers.push(watcher);
    watcher(this);
  }

  tell() {
    for (const watcher of this.watchers) watcher(this);
  }

  set(time) {
    this.time = Math.min(Math.max(time, this.start), this.end);
    this.tell();
  }

  play() {
    if (this.time >= this.end) this.time = this.start;
    this.playing = true;
    let last = performance.now();
    const frame = (now) => {
      if (!this.playing) return;
      const time = this.time + this.speed * (now - last) / 1000;
      last = now;
      if (time >= this.end) this.playing = false;
      this.set(time);
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
    this.tell();
  }

  pause() {
    this.playing = false;
    this.tell();
  }
}

const clocks = new Map();

function clockOf(name) {
  if (!clocks.has(name)) clocks.set(name, new Clock());
  return clocks.get(name);
}
