// Carts with links, moving: drawn as SVG in metres, everything in proportion to the links.
const SVG = 'http://www.w3.org/2000/svg';
// Step of the slider in s, and how often in a second numbers beside a moving picture change.
const STEP = 0.01;
const READINGS = 10;

function svg(parent, name, attributes) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  parent.append(element);
  return element;
}

// The value of a signal: on the straight line between two points, and that of the last one beyond it.
function valueAt({ t, v }, time) {
  let [low, high] = [0, t.length - 1];
  if (time >= t[high]) return v[high];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (t[middle] <= time) low = middle;
    else high = middle;
  }
  return v[low] + (v[high] - v[low]) * (time - t[low]) / (t[high] - t[low]);
}

// Where a cart and the ends of its links are, up being positive.
function places(actor, time) {
  let at = [valueAt(actor.cart, time), 0];
  return [at, ...actor.links.map(({ length, angle }) => {
    const lean = valueAt(angle, time);
    at = [at[0] + length * Math.sin(lean), at[1] + length * Math.cos(lean)];
    return at;
  })];
}

const longest = (data, of) => Math.max(...data.actors.map(of));
const sum = (numbers) => numbers.reduce((a, b) => a + b, 0);

// The part of the plane that is ever reached, with the rail and the arrows in it; `size` is the length of the
// links together. What flies away is not followed for ever.
function reach(data, size, scale) {
  const far = 100 * size;
  const box = { left: -0.3 * size, right: 0.3 * size, low: 0, high: size };
  const take = ([x, y]) => {
    box.left = Math.min(box.left, Math.max(x, -far));
    box.right = Math.max(box.right, Math.min(x, far));
    box.low = Math.min(box.low, y);
    box.high = Math.max(box.high, y);
  };
  for (const actor of data.actors) {
    for (const { t } of [actor.cart, ...actor.links.map((link) => link.angle)]) {
      for (const time of t) for (const place of places(actor, time)) take(place);
    }
    actor.force.t.forEach((time, i) => {
      const cart = valueAt(actor.cart, time);
      for (const x of [cart - 0.2 * size, cart + 0.2 * size, cart + actor.force.v[i] * scale]) take([x, 0]);
    });
  }
  for (const end of data.rail || []) take([end, 0]);
  box.low -= 0.3 * size;
  box.high += 0.15 * size;
  // At least as wide as the stage is on a wide screen, or the rail would end before its edges.
  const more = Math.max(0.1 * size, (2.8 * (box.high - box.low) - (box.right - box.left)) / 2);
  return { ...box, left: box.left - more, right: box.right + more };
}

class Actor {
  // `unit` is a hundredth of the links' length together, `scale` metres a newton.
  constructor(stage, actor, unit, scale) {
    Object.assign(this, { actor, unit, scale });
    this.group = svg(stage, 'g', { stroke: actor.color, fill: 'none', 'stroke-width': 2.2 * unit,
      'stroke-linecap': 'round' });
    svg(this.group, 'title', {}).textContent = actor.name;
    this.body = svg(this.group, 'rect', { x: 0, y: -7 * unit, width: 34 * unit, height: 14 * unit, rx: 2 * unit,
      fill: '#fff', 'fill-opacity': 0.7 });
    this.arrow = svg(this.group, 'path', { 'stroke-width': 1.5 * unit });
    this.rods = svg(this.group, 'polyline', { 'stroke-linejoin': 'round' });
    if (actor.dash) this.rods.setAttribute('stroke-dasharray', actor.dash.map((x) => 0.85 * unit * x));
    this.joints = actor.links.map(() => svg(this.group, 'circle', { r: 2.8 * unit, fill: actor.color, stroke: 'none' }));
  }

  // It is not there before its first point.
  show(time, wanted) {
    const there = wanted && time >= this.actor.cart.t[0];
    this.group.style.display = there ? '' : 'none';
    if (!there) return;
    // Down is positive in SVG.
    const ends = places(this.actor, time).map(([x, y]) => [x, -y]);
    const cart = ends[0][0];
    this.body.setAttribute('x', cart - 17 * this.unit);
    ends.slice(1).forEach(([x, y], i) => {
      this.joints[i].setAttribute('cx', x);
      this.joints[i].setAttribute('cy', y);
    });
    this.rods.setAttribute('points', ends.map((end) => end.join(',')).join(' '));
    const length = valueAt(this.actor.force, time) * this.scale;
    const [tip, y] = [cart + length, 14 * this.unit];
    const head = Math.sign(length) * Math.min(5.5 * this.unit, Math.abs(length));
    const side = 0.5 * Math.abs(head);
    this.arrow.setAttribute('d', `M${cart},${y} L${tip},${y} M${tip - head},${y - side} L${tip},${y} L${tip - head},${y + side}`);
  }
}

function player(figure) {
  const data = JSON.parse(figure.querySelector('script').textContent);
  data.actors = data.actors.filter((actor) => actor.cart.t.length > 0);
  const find = (selector) => figure.querySelector(selector);
  if (data.actors.length === 0) {
    find('.stage').textContent = 'Nothing was recorded.';
    return;
  }
  const clock = clockOf(data.clock);
  clock.start = data.start;
  clock.end = Math.max(clock.end, data.end);

  const size = longest(data, (actor) => sum(actor.links.map((link) => link.length))) || 1;
  const force = longest(data, (actor) => actor.force.v.reduce((most, v) => Math.max(most, Math.abs(v)), 0));
  const [unit, scale] = [size / 100, size / (force || 1)];
  const { left, right, low, high } = reach(data, size, scale);
  const stage = svg(find('.stage'), 'svg', { viewBox: `${left} ${-high} ${right - left} ${high - low}`,
    'aria-hidden': 'true' });
  const rail = { y1: 8.5 * unit, y2: 8.5 * unit, stroke: '#505050', 'stroke-width': 1.4 * unit };
  const ends = data.rail || [left, right];
  svg(stage, 'line', { ...rail, x1: ends[0], x2: ends[1] });
  for (const end of data.rail || []) {
    svg(stage, 'line', { ...rail, x1: end, x2: end, y1: -11 * unit, y2: 11 * unit, 'stroke-width': 2.8 * unit });
  }
  svg(stage, 'line', { ...rail, x1: 0, x2: 0, y2: 14 * unit });
  const actors = data.actors.map((actor) => new Actor(stage, actor, unit, scale));

  // What each actor reads at the time that is shown.
  const signals = data.actors.map(({ cart, links, force: u }) => [cart, ...links.map((link) => link.angle), u]);
  const cells = readings(find('.readings'), data.actors, signals[0]);

  const [play, slider, now] = ['.play', '.time', '.now'].map(find);
  Object.assign(slider, { min: data.start, max: clock.end, step: Math.min(STEP, (clock.end - data.start) / 100 || STEP) });
  const boxes = [...figure.querySelectorAll('.shown input')];
  const show = () => actors.forEach((actor, i) => actor.show(clock.time, boxes.length === 0 || boxes[i].checked));
  play.addEventListener('click', () => (clock.playing ? clock.pause() : clock.play()));
  find('.start').addEventListener('click', () => clock.set(clock.start));
  find('.speed').addEventListener('change', (event) => { clock.speed = Number(event.target.value); });
  slider.addEventListener('input', () => { clock.pause(); clock.set(Number(slider.value)); });
  for (const box of boxes) box.addEventListener('change', show);
  let read = -1;
  clock.watch(() => {
    show();
    const word = clock.playing ? 'Pause' : 'Play';
    if (play.textContent !== word) play.textContent = word;
    slider.value = clock.time;
    const text = `${clock.time.toFixed(2)} s`;
    slider.setAttribute('aria-valuetext', text);
    now.textContent = text;
    // Numbers that change at every frame cannot be read.
    const turn = Math.floor(performance.now() * READINGS / 1000);
    if (clock.playing && turn === read) return;
    read = turn;
    signals.forEach((row, i) => row.forEach((signal, j) => {
      cells[i][j].textContent = clock.time < signal.t[0] ? '–' : valueAt(signal, clock.time).toFixed(3);
    }));
  });
  clock.set(clock.start);
}

// A row an actor, a column a signal; answers the cells.
function readings(table, actors, signals) {
  const head = table.createTHead().insertRow();
  const heading = (text) => {
    const cell = document.createElement('th');
    cell.scope = 'col';
    cell.textContent = text;
    head.append(cell);
  };
  heading('at this time');
  for (const { name, unit } of signals) heading(`${name} (${unit})`);
  const body = table.createTBody();
  return actors.map((actor) => {
    const row = body.insertRow();
    const name = document.createElement('th');
    name.scope = 'row';
    name.textContent = actor.name;
    row.append(name);
    return signals.map(() => {
      const cell = row.insertCell();
      cell.className = 'number';
      return cell;
    });
  });
}
