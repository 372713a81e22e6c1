// Charts by plotly.js, which the page carries packed.
async function library() {
  const packed = document.getElementById('library');
  if (!packed) return;
  const bytes = Uint8Array.from(atob(packed.textContent.trim()), (letter) => letter.charCodeAt(0));
  const unpacked = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
  const script = document.createElement('script');
  script.textContent = await new Response(unpacked).text();
  document.head.append(script);
  packed.remove();
}

const OPTIONS = { responsive: true, displaylogo: false, toImageButtonOptions: { format: 'svg' },
  modeBarButtonsToRemove: ['select2d', 'lasso2d'] };
// Height in px of the buttons; what is lower than them has none.
const BUTTONS = 170;
// Heights of what stands above the panels, in px: a heading, and the space around a legend.
const HEADING = 26;
const SPACE = 10;

async function chart(part, clock) {
  const { data, layout } = JSON.parse(part.querySelector('script').textContent);
  const plot = part.querySelector('.plot');
  // The library follows the size of the element, once the window has changed in height too.
  plot.style.height = `${layout.height}px`;
  await Plotly.newPlot(plot, data, layout, { ...OPTIONS, displayModeBar: layout.height > BUTTONS || false });
  await makeRoom(plot, layout);
  operable(plot);
  plot.on('plotly_afterplot', () => operable(plot));
  if (clock) follow(plot, clockOf(clock));
}

// A legend of several lines, as in a narrow window, must not cover the panels.
async function makeRoom(plot, layout) {
  const legend = plot.querySelector('.legend');
  if (!legend) return;
  const headed = layout.annotations.length > 0;
  const needed = legend.getBBox().height + SPACE + (headed ? HEADING : 0);
  const more = Math.ceil(needed - layout.margin.t);
  if (more <= 0) return;
  plot.style.height = `${layout.height + more}px`;
  await Plotly.relayout(plot, { height: layout.height + more, 'margin.t': layout.margin.t + more });
}

// The library draws its buttons as links without a target; here they can be reached and pressed by
// keyboard, and have names. It makes them anew now and then.
function operable(plot) {
  for (const button of plot.querySelectorAll('.modebar-btn:not([role])')) {
    button.setAttribute('role', 'button');
    button.setAttribute('aria-label', button.dataset.title);
    button.tabIndex = 0;
    button.addEventListener('keydown', (event) => {
      if (event.key !== 'Enter' && event.key !== ' ') return;
      event.preventDefault();
      button.click();
    });
  }
  // A name of the legend hides its curves, in all panels.
  for (const entry of plot.querySelectorAll('.legend .traces')) {
    const toggle = entry.querySelector('.legendtoggle');
    const name = entry.querySelector('.legendtext')?.textContent;
    if (!toggle || !name || toggle.hasAttribute('role')) continue;
    toggle.setAttribute('role', 'button');
    toggle.setAttribute('aria-label', `Show or hide ${name}`);
    toggle.setAttribute('tabindex', 0);
    toggle.addEventListener('keydown', (event) => {
      if (event.key !== 'Enter' && event.key !== ' ') return;
      event.preventDefault();
      const curves = plot._fullData.filter((trace) => trace.name === name || trace.legendgroup === name);
      const visible = curves.some((trace) => trace.visible === true) ? 'legendonly' : true;
      Plotly.restyle(plot, { visible }, curves.map((trace) => trace.index));
    });
  }
  // The drawing, and what the library measures texts with.
  for (const drawing of [...plot.querySelectorAll('svg'), document.getElementById('js-plotly-tester')]) {
    if (!drawing?.querySelector('.legendtoggle')) drawing?.setAttribute('aria-hidden', 'true');
  }
}

// Shows the clock's time as a line over the panels, and sets it where the chart is clicked.
function follow(plot, clock) {
  const line = document.createElement('div');
  line.className = 'now-line';
  plot.append(line);
  const place = () => {
    const { xaxis, _size: size } = plot._fullLayout;
    const x = xaxis.l2p(clock.time);
    line.hidden = x < 0 || x > xaxis._length;
    line.style.left = `${xaxis._offset + x - 1}px`;
    line.style.top = `${size.t}px`;
    line.style.height = `${size.h}px`;
  };
  clock.watch(place);
  plot.on('plotly_afterplot', place);
  plot.on('plotly_click', (event) => { clock.pause(); clock.set(event.points[0].x); });
}
