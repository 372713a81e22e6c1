// Carts with links, moving: drawn as SVG in metres.
const SVG = 'http://www.w3.org/2000/svg';

function svg(parent, name, attributes) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  parent.append(element);
  return element;
}

// The part of the plane that is ever reached, with the rail in it.
function reach(data) {
  let [left, right, low, high] = [0, 0, 0, 0];
  for (const actor of data.actors) {
    actor.cart.forEach((cart, frame) => {
      left = Math.min(left, cart - 0.2);
      right = Math.max(right, cart + 0.2);
      for (const link of actor.links) {
        left = Math.min(left, cart + link[frame][0]);
        right = Math.max(right, cart + link[frame][0]);
        low = Math.min(low, link[frame][1]);
        high = Math.max(high, link[frame][1]);
      }
    });
  }
  if (data.rail) {
    left = Math.min(left, data.rail[0]);
    right = Math.max(right, data.rail[1]);
  }
  low -= 0.2;
  high += 0.1;
  // At least as wide as the stage is on a wide screen, or the rail would end before its edges.
  const more = Math.max(0.25, (2.8 * (high - low) - (right - left)) / 2);
  return { left: left - more, right: right + more, low, high };
}

class Actor {
  constructor(stage, actor, forceScale) {
    Object.assign(this, actor);
    this.forceScale = forceScale;
    this.group = svg(stage, 'g', { stroke: this.color, fill: 'none', 'stroke-width': 0.016,
      'stroke-linecap': 'round' });
    svg(this.group, 'title', {}).textContent = this.name;
    this.body = svg(this.group, 'rect', { x: -0.12, y: -0.05, width: 0.24, height: 0.1, rx: 0.015,
      fill: '#fff', 'fill-opacity': 0.7 });
    this.arrow = svg(this.group, 'path', { 'stroke-width': 0.01 });
    this.rods = svg(this.group, 'polyline', { 'stroke-linejoin': 'round' });
    if (this.dash) this.rods.setAttribute('stroke-dasharray', this.dash.map((x) => 0.006 * x));
    this.joints = this.links.map(() => svg(this.group, 'circle', { r: 0.02, fill: this.color, stroke: 'none' }));
  }

  show(frame) {
    const at = Math.min(frame, this.cart.length - 1);
    const cart = this.cart[at];
    this.body.setAttribute('x', cart - 0.12);
    const places = [[cart, 0]];
    this.links.forEach((link, i) => {
      // Down is positive in SVG.
      places.push([cart + link[at][0], -link[at][1]]);
      this.joints[i].setAttribute('cx', places[i + 1][0]);
      this.joints[i].setAttribute('cy', places[i + 1][1]);
    });
    this.rods.setAttribute('points', places.map((place) => place.join(',')).join(' '));
    const length = this.force[at] / this.forceScale;
    const tip = cart + length;
    const head = Math.sign(length) * Math.min(0.04, Math.abs(length));
    this.arrow.setAttribute('d', `M${cart},0.1 L${tip},0.1 M${tip - head},0.08 L${tip},0.1 L${tip - head},0.12`);
  }
}

function player(figure) {
  const data = JSON.parse(figure.querySelector('script').textContent);
  const find = (selector) => figure.querySelector(selector);
  const clock = clockOf(data.clock);
  clock.end = Math.max(clock.end, (data.frames - 1) * data.step);

  const { left, right, low, high } = reach(data);
  const stage = svg(find('.stage'), 'svg', { viewBox: `${left} ${-high} ${right - left} ${high - low}`,
    'aria-hidden': 'true' });
  const ends = data.rail || [left, right];
  svg(stage, 'line', { x1: ends[0], x2: ends[1], y1: 0.06, y2: 0.06, stroke: '#505050', 'stroke-width': 0.01 });
  for (const end of data.rail || []) {
    svg(stage, 'line', { x1: end, x2: end, y1: -0.08, y2: 0.08, stroke: '#505050', 'stroke-width': 0.02 });
  }
  svg(stage, 'line', { x1: 0, x2: 0, y1: 0.06, y2: 0.1, stroke: '#505050', 'stroke-width': 0.01 });
  const actors = data.actors.map((actor) => new Actor(stage, actor, data.forceScale));

  // What each actor reads at the time that is shown.
  const table = find('.readings');
  const cells = readings(table, data.actors);

  const [play, time, now] = ['.play', '.time', '.now'].map(find);
  play.addEventListener('click', () => (clock.playing ? clock.pause() : clock.play()));
  find('.start').addEventListener('click', () => clock.set(0));
  find('.speed').addEventListener('change', (event) => { clock.speed = Number(event.target.value); });
  time.addEventListener('input', () => { clock.pause(); clock.set(Number(time.value) * data.step); });
  for (const box of figure.querySelectorAll('.shown input')) {
    box.addEventListener('change', () => {
      actors[box.value].group.style.display = box.checked ? '' : 'none';
    });
  }
  clock.watch(() => {
    const frame = Math.min(Math.round(clock.time / data.step), data.frames - 1);
    for (const actor of actors) actor.show(frame);
    const word = clock.playing ? 'Pause' : 'Play';
    if (play.textContent !== word) play.textContent = word;
    time.value = frame;
    const text = `${clock.time.toFixed(2)} s`;
    time.setAttribute('aria-valuetext', text);
    now.textContent = text;
    data.actors.forEach((actor, i) => actor.readings.forEach((reading, j) => {
      const values = reading.values;
      cells[i][j].textContent = values[Math.min(frame, values.length - 1)].toFixed(3);
    }));
  });
}

// A row an actor, a column a reading; answers the cells.
function readings(table, actors) {
  const head = table.createTHead().insertRow();
  const heading = (text) => {
    const cell = document.createElement('th');
    cell.scope = 'col';
    cell.textContent = text;
    head.append(cell);
  };
  heading('at this time');
  for (const { name, unit } of actors[0].readings) heading(`${name} (${unit})`);
  const body = table.createTBody();
  return actors.map((actor) => {
    const row = body.insertRow();
    const name = document.createElement('th');
    name.scope = 'row';
    name.textContent = actor.name;
    row.append(name);
    return actor.readings.map(() => {
      const cell = row.insertCell();
      cell.className = 'number';
      return cell;
    });
  });
}
