// An axis of a chart: from numbers to pixels and back, and where its ticks stand.
const SUPERSCRIPTS = '⁰¹²³⁴⁵⁶⁷⁸⁹';

function power(exponent) {
  const digits = [...String(Math.abs(exponent))].map((digit) => SUPERSCRIPTS[digit]).join('');
  return `10${exponent < 0 ? '⁻' : ''}${digits}`;
}

// A number as ticks and readings show it: `step` is what tells it from its neighbour.
function written(value, step) {
  if (!Number.isFinite(value)) return '–';
  const size = Math.abs(value);
  if (size < step / 1e6 || value === 0) return '0';
  if (size >= 1e5 || size < 1e-4) {
    let exponent = Math.floor(Math.log10(size));
    const digits = Math.min(Math.max(exponent - Math.floor(Math.log10(step)), 0), 6);
    let mantissa = (value / 10 ** exponent).toFixed(digits);
    if (Math.abs(mantissa) >= 10) { exponent += 1; mantissa = (value / 10 ** exponent).toFixed(digits); }
    return `${mantissa.replace('-', '−')}×${power(exponent)}`;
  }
  const decimals = Math.min(Math.max(-Math.floor(Math.log10(step) + 1e-9), 0), 8);
  return value.toFixed(decimals).replace('-', '−');
}

class Axis {
  constructor(settings) {
    this.log = settings.type === 'log';
    // Of what is counted: nothing is labelled between two whole numbers.
    this.whole = settings.whole === true;
    this.names = settings.tickvals ? settings.tickvals.map((at, i) => ({ at, text: settings.ticktext[i] })) : null;
    this.title = settings.title ? settings.title.text : '';
    this.labelled = settings.showticklabels !== false;
    // What is shown at first, in numbers as they are divided.
    this.fixed = settings.range || null;
    this.natural = null;
    this.home = null;
    this.range = null;
  }

  // A number as the axis divides it.
  divided(value) {
    if (!this.log) return value;
    return value > 0 ? Math.log10(value) : NaN;
  }

  // The number at a place of the division.
  number(place) { return this.log ? 10 ** place : place; }

  // Shows all of these numbers, with some room where `room` is asked for.
  fit(values, room) {
    let [low, high] = [Infinity, -Infinity];
    for (const value of values) {
      const place = this.divided(value);
      if (place < low) low = place;
      if (place > high) high = place;
    }
    if (low > high) [low, high] = [0, 1];
    if (low === high) {
      const half = this.log ? 0.5 : Math.abs(low) * 0.1 || 1;
      [low, high] = [low - half, high + half];
    }
    const more = room ? 0.05 * (high - low) : 0;
    this.home = this.fixed ? this.fixed.map((at) => this.divided(at)) : [low - more, high + more];
    if (this.fixed && !this.home.every(Number.isFinite)) this.home = [low - more, high + more];
    this.natural = [...this.home];
    this.range = [...this.home];
  }

  // Has the whole view show so much, about the middle of what is to be seen.
  span(length) {
    const whole = this.range.every((at, i) => at === this.home[i]);
    const middle = (this.natural[0] + this.natural[1]) / 2;
    this.home = [middle - length / 2, middle + length / 2];
    if (whole) this.range = [...this.home];
  }

  // Pixels from `from` to `to` for the range that is shown.
  pixel(value, from, to) {
    const [low, high] = this.range;
    return from + (this.divided(value) - low) / (high - low) * (to - from);
  }

  place(pixel, from, to) {
    const [low, high] = this.range;
    return low + (pixel - from) / (to - from) * (high - low);
  }

  // Ticks that stand at least `apart` pixels from each other on `length` pixels.
  ticks(length, apart) {
    // A single tick does not tell the scale, so they stand closer before only one is left.
    const found = this.spaced(length, apart);
    return found.length > 1 || this.names ? found : this.spaced(length, apart / 2);
  }

  spaced(length, apart) {
    const [low, high] = this.range;
    if (this.names) return this.names.filter(({ at }) => at >= low && at <= high);
    const least = (high - low) * apart / Math.max(length, 1);
    if (this.log && high - low > 1) {
      const step = Math.max(1, Math.ceil(least));
      const first = Math.ceil(low / step - 1e-9) * step;
      const count = Math.floor((high - first) / step + 1e-9) + 1;
      return Array.from({ length: Math.max(count, 0) }, (_, i) => first + i * step)
        .map((exponent) => ({ at: 10 ** exponent, text: power(exponent) }));
    }
    const [from, to] = this.log ? [10 ** low, 10 ** high] : [low, high];
    const rough = this.log ? (to - from) * apart / Math.max(length, 1) : least;
    const decade = 10 ** Math.floor(Math.log10(rough));
    const round = [1, 2, 5, 10].map((part) => part * decade).find((step) => step >= rough * (1 - 1e-9));
    const step = this.whole && Math.ceil(low) <= high ? Math.max(round, 1) : round;
    const first = Math.ceil(from / step - 1e-9);
    const count = Math.floor(to / step + 1e-9) - first + 1;
    return Array.from({ length: Math.min(Math.max(count, 0), 100) }, (_, i) => (first + i) * step)
      .map((at) => ({ at, text: written(at, step) }));
  }
}
