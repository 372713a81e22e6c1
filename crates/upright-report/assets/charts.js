// Charts to point at, zoom into and search: a figure's panels drawn as SVG, on its own clock or on none.
const DASHES = { solid: null, dash: '7 4', dot: '2 3' };
// Pixels: between ticks along and up, within which a point is pointed at, from which a drag is one.
const ALONG = 70;
const UP = 38;
const NEAR = 30;
const DRAG = 6;
// How much a key or a notch of the wheel zooms, and a key moves.
const ZOOM = 1.4;
const MOVE = 0.15;

function element(name, attributes, parent, text) {
  const told = Object.entries(attributes).filter(([, value]) => value !== null);
  const made = svg(parent, name, Object.fromEntries(told));
  if (text !== undefined) made.textContent = text;
  return made;
}

const axisName = (trace, letter) => `${letter}axis${trace[`${letter}axis`].slice(1)}`;

class Plot {
  constructor(root, { data, layout }, clock) {
    [this.root, this.layout, this.clock] = [root, layout, clock];
    this.traces = data.map((trace) => ({ ...trace, visible: true }));
    this.unified = layout.hovermode === 'x unified';
    this.panels = Object.keys(layout).filter((key) => /^xaxis\d*$/.test(key)).map((key) => {
      const number = key.slice(5);
      return { x: key, y: `yaxis${number}`, traces: this.traces.filter((trace) => trace.xaxis === `x${number}`) };
    });
    this.axes = {};
    for (const panel of this.panels) {
      for (const key of [panel.x, panel.y]) this.axes[key] = new Axis(layout[key]);
    }
    this.fit();
    this.legend();
    this.svg = element('svg', { 'aria-hidden': 'true' }, root);
    this.readings = Object.assign(document.createElement('div'), { className: 'chart-readings', hidden: true });
    this.back = Object.assign(document.createElement('button'), {
      type: 'button', className: 'chart-reset', textContent: 'Whole view', hidden: true });
    this.back.addEventListener('click', () => this.reset());
    root.append(this.readings, this.back);
    root.tabIndex = 0;
    root.setAttribute('aria-label', `${root.getAttribute('aria-label')} Keys: plus and minus zoom, arrows move, 0 shows all.`);
    this.listen();
    new ResizeObserver(() => this.draw()).observe(root);
    this.draw();
    if (clock) clock.watch(() => this.now());
  }

  // Axes that match show one range: those of all panels along, of a row up.
  group(key) {
    const leader = (name) => (this.layout[name].matches
      ? `${this.layout[name].matches[0]}axis${this.layout[name].matches.slice(1)}` : name);
    return Object.keys(this.axes).filter((name) => name[0] === key[0] && leader(name) === leader(key));
  }

  fit() {
    for (const key of Object.keys(this.axes)) {
      const names = this.group(key);
      const values = this.traces.filter((trace) => trace.xaxis && names.includes(axisName(trace, key[0])))
        .flatMap((trace) => [...trace[key[0]], ...(trace.type === 'bar' && key[0] === 'x' ? [0, ...ends(trace)] : [])])
        .filter(Number.isFinite);
      const bars = this.traces.some((trace) => trace.type === 'bar' && names.includes(axisName(trace, key[0])));
      this.axes[key].fit(values, key[0] === 'y' || bars || !this.unified);
    }
  }

  // A name hides its curves, in all panels.
  legend() {
    const named = this.traces.filter((trace) => trace.name && trace.showlegend !== false);
    if (!this.layout.showlegend || named.length === 0) return;
    const list = Object.assign(document.createElement('div'), { className: 'chart-legend' });
    for (const { name, line, fillcolor } of named) {
      const entry = Object.assign(document.createElement('button'), { type: 'button', className: 'chart-entry' });
      entry.setAttribute('aria-pressed', 'true');
      entry.setAttribute('aria-label', `Show or hide ${name}`);
      const sample = element('svg', { width: 26, height: 8, 'aria-hidden': 'true' }, entry);
      // Of an area a patch, whose edge shows where the tone is as pale as the page.
      if (fillcolor) element('rect', { x: 1, y: 0.5, width: 24, height: 7, fill: fillcolor, stroke: '#808080', 'stroke-width': 0.5 }, sample);
      else element('path', { d: 'M1 4H25', stroke: line.color, 'stroke-width': line.width + 0.6,
        'stroke-dasharray': DASHES[line.dash] }, sample);
      entry.append(name);
      entry.addEventListener('click', () => {
        const visible = entry.getAttribute('aria-pressed') !== 'true';
        entry.setAttribute('aria-pressed', String(visible));
        for (const trace of this.traces) if (trace.name === name) trace.visible = visible;
        this.draw();
      });
      list.append(entry);
    }
    this.root.append(list);
  }

  // Where a panel stands, in pixels.
  frame(panel) {
    const { margin: { l, r, t, b }, height } = this.layout;
    const [inner, tall] = [Math.max(this.width - l - r, 40), height - t - b];
    const [x, y] = [this.layout[panel.x].domain, this.layout[panel.y].domain];
    return { left: l + x[0] * inner, right: l + x[1] * inner, top: t + (1 - y[1]) * tall, bottom: t + (1 - y[0]) * tall };
  }

  draw() {
    this.width = this.root.clientWidth;
    if (this.width === 0) return;
    if (this.layout.equal) this.level();
    const { height } = this.layout;
    this.svg.replaceChildren();
    for (const [key, value] of [['width', this.width], ['height', height], ['viewBox', `0 0 ${this.width} ${height}`]]) {
      this.svg.setAttribute(key, value);
    }
    this.panels.forEach((panel, index) => this.panel(panel, index));
    for (const text of this.layout.annotations) this.text(text);
    this.line = element('path', { class: 'chart-now' }, this.svg);
    this.cross = element('path', { class: 'chart-cross' }, this.svg);
    this.box = element('rect', { class: 'chart-box', width: 0, height: 0 }, this.svg);
    this.back.hidden = Object.values(this.axes).every((axis) => axis.range.every((at, i) => at === axis.home[i]));
    this.now();
  }

  // Makes a unit as long upwards as across in the whole view: the axis that has room to spare shows more.
  level() {
    const sizes = this.panels.map((panel) => {
      const at = this.frame(panel);
      return { x: this.axes[panel.x], y: this.axes[panel.y], wide: at.right - at.left, tall: at.bottom - at.top };
    });
    const length = ({ natural: [low, high] }) => high - low;
    const unit = Math.max(...sizes.map(({ x, y, wide, tall }) => Math.max(length(x) / wide, length(y) / tall)));
    for (const { x, y, wide, tall } of sizes) {
      x.span(unit * wide);
      y.span(unit * tall);
    }
  }

  panel(panel, index) {
    const [x, y, at] = [this.axes[panel.x], this.axes[panel.y], this.frame(panel)];
    const clip = `${this.root.id}-${index}`;
    element('rect', { x: at.left, y: at.top, width: at.right - at.left, height: at.bottom - at.top },
      element('clipPath', { id: clip }, this.svg));
    const grid = element('g', { class: 'chart-grid' }, this.svg);
    const texts = element('g', { class: 'chart-ticks' }, this.svg);
    for (const tick of x.ticks(at.right - at.left, ALONG)) {
      const place = x.pixel(tick.at, at.left, at.right);
      element('path', { d: `M${place} ${at.top}V${at.bottom + 4}` }, grid);
      if (x.labelled) element('text', { x: place, y: at.bottom + 17, 'text-anchor': 'middle' }, texts, tick.text);
    }
    for (const tick of y.ticks(at.bottom - at.top, UP)) {
      const place = y.pixel(tick.at, at.bottom, at.top);
      element('path', { d: `M${at.left - 4} ${place}H${at.right}` }, grid);
      if (y.labelled) this.label(texts, tick.text, at.left - 7, place + 4, y.names !== null);
    }
    const inside = element('g', { 'clip-path': `url(#${clip})` }, this.svg);
    for (const shape of this.layout.shapes) this.shape(shape, panel, at, inside);
    for (const trace of panel.traces.filter((trace) => trace.visible)) this.trace(trace, x, y, at, inside);
    element('path', { class: 'chart-frame', d: `M${at.left} ${at.top}V${at.bottom}H${at.right}` }, this.svg);
    const middle = (at.top + at.bottom) / 2;
    if (y.title) {
      element('text', { x: 14, y: middle, 'text-anchor': 'middle', transform: `rotate(-90 14 ${middle})` }, texts, y.title);
    }
    if (x.title) {
      element('text', { x: (at.left + at.right) / 2, y: at.bottom + 38, 'text-anchor': 'middle' }, texts, x.title);
    }
  }

  // A long name is cut to the room that it has; pointing at it tells the whole.
  label(parent, text, x, y, isName) {
    const most = isName ? Math.floor((this.layout.margin.l - 30) / 6.6) : 99;
    const shown = text.length > most ? `${text.slice(0, most - 1)}…` : text;
    const made = element('text', { x, y, 'text-anchor': 'end' }, parent, shown);
    if (shown !== text) element('title', {}, made, text);
  }

  shape(shape, panel, at, parent) {
    const [x, y] = [`x${panel.x.slice(5)}`, `y${panel.y.slice(5)}`];
    if (shape.xref.split(' ')[0] !== x || shape.yref.split(' ')[0] !== y) return;
    const across = (value) => (shape.xref === x ? this.axes[panel.x].pixel(value, at.left, at.right)
      : at.left + value * (at.right - at.left));
    const up = (value) => (shape.yref === y ? this.axes[panel.y].pixel(value, at.bottom, at.top)
      : at.bottom - value * (at.bottom - at.top));
    const [x0, x1, y0, y1] = [across(shape.x0), across(shape.x1), up(shape.y0), up(shape.y1)];
    if (shape.type === 'line') {
      element('path', { d: `M${x0} ${y0}L${x1} ${y1}`, stroke: shape.line.color, 'stroke-width': shape.line.width,
        'stroke-dasharray': '6 4' }, parent);
    } else {
      element('rect', { x: Math.min(x0, x1), y: Math.min(y0, y1), width: Math.abs(x1 - x0), height: Math.abs(y1 - y0),
        fill: shape.fillcolor }, parent);
    }
  }

  trace(trace, x, y, at, parent) {
    const across = (value) => x.pixel(value ?? NaN, at.left, at.right);
    const up = (value) => y.pixel(value ?? NaN, at.bottom, at.top);
    if (trace.type === 'bar') {
      this.bars(trace, across, up, parent);
    } else if (trace.mode === 'markers') {
      trace.x.forEach((value, i) => {
        const [cx, cy] = [across(value), up(trace.y[i])];
        if (Number.isFinite(cx + cy)) element('circle', { cx, cy, r: trace.marker.size / 2, fill: trace.marker.color }, parent);
      });
    } else {
      let [path, drawn] = ['', false];
      for (let i = 0; i < trace.x.length; i += 1) {
        const [px, py] = [across(trace.x[i]), up(trace.y[i])];
        const is = Number.isFinite(px + py);
        // Far outside of the panel a place need not be told to the pixel, and must not be too large to draw.
        if (is) path += `${drawn ? 'L' : 'M'}${near(px)} ${near(py)}`;
        drawn = is;
      }
      element('path', { d: path, fill: trace.fill ? trace.fillcolor : 'none', stroke: trace.fill ? 'none' : trace.line.color,
        'stroke-width': trace.line.width, 'stroke-dasharray': DASHES[trace.line.dash], 'stroke-linejoin': 'round' }, parent);
    }
  }

  bars(trace, across, up, parent) {
    const half = Math.abs(up(0.35) - up(0));
    trace.x.forEach((value, i) => {
      if (!Number.isFinite(value)) return;
      const [zero, end, middle] = [across(0), across(value), up(trace.y[i])];
      element('rect', { x: Math.min(zero, end), y: middle - half, width: Math.abs(end - zero), height: 2 * half,
        fill: trace.marker.color[i] }, parent);
      // Of a bar that is too short to be seen the value is written.
      if (!trace.error_x && Math.abs(end - zero) < 3) {
        element('text', { x: Math.max(zero, end) + 4, y: middle + 4, class: 'chart-note' }, parent, written(value, Math.abs(value) / 100));
      }
      if (!trace.error_x) return;
      const [low, high] = [across(value - trace.error_x.arrayminus[i]), across(value + trace.error_x.array[i])];
      element('path', { class: 'chart-interval', d: `M${low} ${middle}H${high}M${low} ${middle - 4}v8M${high} ${middle - 4}v8` }, parent);
    });
  }

  text({ text, x, y, xref, yref, xanchor, yanchor, xshift = 0, yshift = 0, font = {} }) {
    const { margin: { l, r, t, b }, height } = this.layout;
    const place = (letter, reference, value) => {
      if (reference === 'paper') return letter === 'x' ? l + value * (this.width - l - r) : t + (1 - value) * (height - t - b);
      const panel = this.panels.find((one) => one[letter] === `${letter}axis${reference.slice(1)}`);
      const at = this.frame(panel);
      const axis = this.axes[panel[letter]];
      return letter === 'x' ? axis.pixel(value, at.left, at.right) : axis.pixel(value, at.bottom, at.top);
    };
    const [from, size] = [place('x', xref, x) + xshift, font.size ?? 12];
    const made = element('text', { x: from, y: place('y', yref, y) - yshift + (yanchor === 'bottom' ? 0 : 4),
      'text-anchor': xanchor === 'center' ? 'middle' : 'start', 'font-size': size }, this.svg, text);
    // A heading that is longer than the page is wide is written smaller.
    const [long, room] = [made.getComputedTextLength(), this.width - from - 2];
    if (xanchor !== 'center' && long > room) made.setAttribute('font-size', Math.max(8, size * room / long));
  }

  // The clock's time as a line over the panels.
  now() {
    if (!this.clock || !this.line) return;
    this.line.setAttribute('d', this.panels.map((panel) => {
      const at = this.frame(panel);
      const x = this.axes[panel.x].pixel(this.clock.time, at.left, at.right);
      return x >= at.left && x <= at.right ? `M${x} ${at.top}V${at.bottom}` : '';
    }).join(''));
  }

  listen() {
    const { root, svg } = this;
    svg.addEventListener('pointerdown', (event) => {
      if (event.button !== 0) return;
      const found = this.under(event);
      if (!found) return;
      this.drag = { ...found, startX: event.offsetX, startY: event.offsetY, moves: event.shiftKey || event.pointerType === 'touch' };
      if (!this.drag.moves) svg.setPointerCapture(event.pointerId);
    });
    svg.addEventListener('pointermove', (event) => {
      if (this.drag && this.drag.moves && event.pointerType !== 'touch') this.pan(event);
      else if (this.drag && !this.drag.moves) this.mark(event);
      else this.tell(event);
    });
    svg.addEventListener('pointerup', (event) => this.drop(event));
    svg.addEventListener('pointercancel', () => { this.drag = null; });
    svg.addEventListener('pointerleave', () => { if (!this.drag) this.hush(); });
    svg.addEventListener('dblclick', () => this.reset());
    // Without a key the wheel scrolls the page.
    svg.addEventListener('wheel', (event) => {
      if (!event.ctrlKey && !event.shiftKey) return;
      const found = this.under(event);
      if (!found) return;
      event.preventDefault();
      const factor = (event.deltaY || event.deltaX) > 0 ? ZOOM : 1 / ZOOM;
      this.zoom(found.panel.x, factor, this.axes[found.panel.x].place(event.offsetX, found.at.left, found.at.right));
    }, { passive: false });
    root.addEventListener('keydown', (event) => {
      if (event.target !== root) return;
      const key = this.panels[0].x;
      const actions = {
        '+': () => this.zoom(key, 1 / ZOOM), '=': () => this.zoom(key, 1 / ZOOM), '-': () => this.zoom(key, ZOOM),
        ArrowLeft: () => this.shift(key, -MOVE), ArrowRight: () => this.shift(key, MOVE),
        0: () => this.reset(), Escape: () => this.hush() };
      const action = actions[event.key];
      if (!action || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      action();
    });
  }

  under({ offsetX: px, offsetY: py }) {
    for (const panel of this.panels) {
      const at = this.frame(panel);
      if (px >= at.left && px <= at.right && py >= at.top && py <= at.bottom) return { panel, at };
    }
    return null;
  }

  show(key, range) {
    if (!range.every(Number.isFinite) || range[1] - range[0] < 1e-12 * Math.max(...range.map(Math.abs), 1e-300)) return;
    for (const name of this.group(key)) this.axes[name].range = [...range];
    this.draw();
  }

  zoom(key, factor, around) {
    const [low, high] = this.axes[key].range;
    const middle = around ?? (low + high) / 2;
    this.show(key, [middle + (low - middle) * factor, middle + (high - middle) * factor]);
  }

  shift(key, share) {
    const [low, high] = this.axes[key].range;
    const step = share * (high - low);
    this.show(key, [low + step, high + step]);
  }

  reset() {
    for (const axis of Object.values(this.axes)) axis.range = [...axis.home];
    this.draw();
  }

  // What a drag asks for: a box, or a span where it is flat or narrow.
  span(event) {
    const { startX, startY, at } = this.drag;
    const clamp = (value, low, high) => Math.min(Math.max(value, low), high);
    const [x, y] = [clamp(event.offsetX, at.left, at.right), clamp(event.offsetY, at.top, at.bottom)];
    const [wide, tall] = [Math.abs(x - startX) >= DRAG, Math.abs(y - startY) >= DRAG];
    return { x: wide ? [Math.min(x, startX), Math.max(x, startX)] : null, y: tall ? [Math.min(y, startY), Math.max(y, startY)] : null };
  }

  mark(event) {
    this.hush();
    const { x, y } = this.span(event);
    const { at } = this.drag;
    const [[left, right], [top, bottom]] = [x || [at.left, at.right], y || [at.top, at.bottom]];
    const [width, height] = x || y ? [right - left, bottom - top] : [0, 0];
    for (const [key, value] of Object.entries({ x: left, y: top, width, height })) this.box.setAttribute(key, value);
  }

  pan(event) {
    const { at, panel, startX } = this.drag;
    this.shift(panel.x, (startX - event.offsetX) / (at.right - at.left));
    this.drag.startX = event.offsetX;
  }

  drop(event) {
    const { drag } = this;
    if (!drag) return;
    const { x, y } = drag.moves ? {} : this.span(event);
    this.drag = null;
    if (!x && !y) {
      this.box.setAttribute('width', 0);
      if (!drag.moves || event.pointerType === 'touch') this.click(event, drag);
      return;
    }
    const { panel, at } = drag;
    const across = x && x.map((px) => this.axes[panel.x].place(px, at.left, at.right));
    const up = y && y.map((py) => this.axes[panel.y].place(py, at.bottom, at.top)).reverse();
    if (across) this.show(panel.x, across);
    if (up && !this.axes[panel.y].names) this.show(panel.y, up);
  }

  click(event, { panel, at }) {
    if (this.clock) {
      this.clock.pause();
      this.clock.set(this.axes[panel.x].number(this.axes[panel.x].place(event.offsetX, at.left, at.right)));
    }
    this.tell(event);
  }

  hush() {
    this.readings.hidden = true;
    if (this.cross) this.cross.setAttribute('d', '');
  }

  // Tells the values of all curves at this time, or the point that is pointed at.
  tell(event) {
    const found = this.under(event);
    if (!found) { this.hush(); return; }
    const { panel, at } = found;
    const [x, y] = [this.axes[panel.x], this.axes[panel.y]];
    const visible = panel.traces.filter((trace) => trace.visible);
    let points = visible.map((trace) => this.nearest(trace, x, y, at, event)).filter((point) => point);
    if (!this.unified) points = points.filter(({ far }) => far <= NEAR).sort((a, b) => a.far - b.far).slice(0, 1);
    if (points.length === 0) { this.hush(); return; }
    const [stepX, stepY] = [x, y].map((axis) => Math.abs(axis.number(axis.range[1]) - axis.number(axis.range[0])) / 1000);
    const place = points.reduce((best, point) => (point.far < best.far ? point : best));
    const heading = place.trace.type === 'bar' ? '' : `${x.title || this.xTitle()} ${written(place.x, stepX)}`;
    const lines = points.map(({ trace, x: across, y: up, text }) => (trace.type === 'bar' ? `${text}: ${written(across, stepX)}`
      : `${trace.name ? `${trace.name}: ` : ''}${written(up, stepY)}`));
    this.readings.replaceChildren(...[heading, ...new Set(lines)].filter((line) => line)
      .map((line) => Object.assign(document.createElement('div'), { textContent: line })));
    this.readings.hidden = false;
    const right = event.offsetX > this.width / 2;
    this.readings.style.left = right ? 'auto' : `${event.offsetX + 14}px`;
    this.readings.style.right = right ? `${this.width - event.offsetX + 14}px` : 'auto';
    this.readings.style.top = `${this.svg.offsetTop + at.top + 4}px`;
    const px = x.pixel(place.x, at.left, at.right);
    this.cross.setAttribute('d', this.unified ? this.panels.map((one) => {
      const frame = this.frame(one);
      return `M${frame.left + px - at.left} ${frame.top}V${frame.bottom}`;
    }).join('') : '');
  }

  xTitle() { return this.panels.map((panel) => this.axes[panel.x].title).find((title) => title) || ''; }

  nearest(trace, x, y, at, event) {
    let best = null;
    for (let i = 0; i < trace.x.length; i += 1) {
      const [px, py] = [x.pixel(trace.x[i] ?? NaN, at.left, at.right), y.pixel(trace.y[i] ?? NaN, at.bottom, at.top)];
      if (Number.isFinite(px + py)) {
        let far = this.unified ? Math.abs(px - event.offsetX) : Math.hypot(px - event.offsetX, py - event.offsetY);
        if (trace.type === 'bar') far = Math.abs(py - event.offsetY);
        if (!best || far < best.far) best = { trace, far, x: trace.x[i], y: trace.y[i], text: trace.text && trace.text[i] };
      }
    }
    return best;
  }
}

const near = (pixel) => Math.round(Math.min(Math.max(pixel, -1e5), 1e5) * 100) / 100;

// Both ends of the intervals of bars.
function ends(trace) {
  if (!trace.error_x) return [];
  return trace.x.flatMap((value, i) => [value - trace.error_x.arrayminus[i], value + trace.error_x.array[i]]);
}

let charts = 0;

function chart(part, clock) {
  const plot = part.querySelector('.plot');
  charts += 1;
  plot.id = `chart-${charts}`;
  plot.chart = new Plot(plot, JSON.parse(part.querySelector('script').textContent), clock && clockOf(clock));
}
