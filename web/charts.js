// The charts of the past: one time axis for all, marks across them, and each one readable by keyboard.
import {$, clock, color, duration, element, number, percent, say, tick} from './text.js';
import {column, hasValues, marks, newest, past} from './past.js';

const TONES = ['violet', 'blue', 'green', 'accent', 'grey'];
const CHARTS = [
  {id: 'lr', title: 'Learning rate', log: true, flags: true, lines: [['lr', 'rate', 'accent']], prefix: 'lr.'},
  {id: 'loss', title: 'Loss', verdict: true, lines: [['loss_slow', 'slow', 'grey'], ['loss_fast', 'fast', 'blue'],
    ['baseline', 'constant rate', 'violet', [5, 4]], ['loss_validation', 'held out', 'green']]},
  {id: 'error', title: 'Error', text: percent, lines: [['error', 'wrong', 'blue']]},
  {id: 'drift', title: 'Drift statistic', lines: [], prefix: 'drift.'},
  {id: 'lag', title: 'Records behind', whole: true, lines: [['lag', 'records', 'grey']]},
];
const TONE_OF_VERDICT = {helping: 'good', neutral: 'grey'};
export const toneOfVerdict = (verdict) => TONE_OF_VERDICT[verdict] || 'bad';

// The lines of a chart that there are numbers for: [column, label, tone, dashes].
function linesOf(chart) {
  const own = chart.lines.filter(([name]) => hasValues(name));
  if (!chart.prefix) return own;
  const names = Object.keys(past).filter((name) => name.startsWith(chart.prefix) && hasValues(name));
  const members = names.length && chart.id === 'lr';  // Of a portfolio; the champion's rate is one of theirs.
  return (members ? [] : own).concat(names.map((name, i) => [name, name.slice(chart.prefix.length), TONES[i % TONES.length]]));
}

// ---- What is shown of the time

let window_ = {last: null, range: null};  // The last so many seconds, a range, or everything.
function shownRange() {
  if (window_.range) return window_.range;
  const last = newest('time', Date.now() / 1000);
  const first = window_.last ? last - window_.last : past.time.length ? past.time[0] : last - 10;
  return [first, Math.max(last, first + 10)];
}
function show(next) {
  window_ = next;
  for (const one of document.querySelectorAll('[data-last]')) {
    const chosen = !window_.range && one.dataset.last === String(window_.last || 'all');
    one.setAttribute('aria-pressed', chosen);
  }
  redraw();
}
export const showRange = (from, to) => show({last: null, range: [from, to]});

function move(how) {
  const [from, to] = shownRange();
  const span = to - from;
  const moves = {in: [from + span / 4, to - span / 4], out: [from - span / 2, to + span / 2], earlier: [from - span / 2, to - span / 2],
    later: [from + span / 2, to + span / 2]};
  showRange(...moves[how]);
  say(`${duration(span)} around ${clock((from + to) / 2)}`);
}

// ---- Marks

const KINDS = {incident: 'drift', restart: 'restart', command: 'command', rolled_back: 'undone', replaced: 'restart', diverged: 'drift', plateau_bump: 'restart', plateau: 'undone'};
// A restart that answers a drift, or a command, stands where its cause stands already.
const isShown = (mark) => KINDS[mark.type] && !(mark.type === 'restart' && mark.reason !== 'period');

function markText(mark) {
  if (mark.type === 'incident') return `#${mark.id} ${mark.response}`;
  if (mark.type === 'command') return mark.action;
  return mark.type.replace('_', ' ');
}

// Elements over the plot, so that they can be pointed at and followed.
function drawMarks(chart, plot) {
  const width = plot.over.clientWidth;
  const out = [];
  let free = -Infinity;  // Where the next flag does not lie on the one before.
  for (const mark of marks.filter(isShown)) {
    const x = plot.valToPos(mark.time, 'x');
    if (!(x >= 0 && x <= width)) continue;
    const line = element('div', null, 'mark ' + KINDS[mark.type]);
    line.style.left = Math.round(x) + 'px';
    if (chart.flags && x >= free) {
      const flag = element(mark.type === 'incident' ? 'a' : 'span', markText(mark), x > width - 70 ? 'flag left' : 'flag');
      if (mark.type === 'incident') flag.href = '#incident-' + mark.id;
      line.append(flag);
      free = x + 12 + markText(mark).length * 6.5;
    }
    out.push(line);
  }
  chart.marks.replaceChildren(...out);
}

// The verdict at each time, as a band along the foot of the chart.
function drawVerdicts(plot) {
  const verdicts = past.verdict || [];
  const {ctx, bbox} = plot;
  const at = (i) => Math.min(bbox.left + bbox.width, Math.max(bbox.left, plot.valToPos(past.time[i], 'x', true)));
  ctx.save();
  for (let i = 0; i < verdicts.length;) {
    let end = i + 1;
    while (end < verdicts.length && verdicts[end] === verdicts[i]) ++end;
    if (verdicts[i]) {
      ctx.fillStyle = color(toneOfVerdict(verdicts[i]));
      const from = at(i);
      ctx.fillRect(from, bbox.top + bbox.height - 4 * devicePixelRatio, at(Math.min(end, verdicts.length - 1)) - from, 4 * devicePixelRatio);
    }
    i = end;
  }
  ctx.restore();
}

// ---- Plots

export const widthOf = (id) => Math.max(200, $(id).clientWidth);
const heightOf = () => (innerWidth < 600 ? 128 : 150);

// Of a logarithmic axis the powers of ten, or all lines where there are few.
const decades = (_, values) => {
  const powers = values.filter((v) => v > 0 && Number.isInteger(Math.round(Math.log10(v) * 1e6) / 1e6));
  return powers.length > 1 ? values.map((v) => (powers.includes(v) ? v : null)) : values;
};

export function axes(text, time, log) {
  const common = {stroke: color('quiet'), grid: {stroke: color('line'), width: 1}, ticks: {show: false}, font: '11px system-ui, sans-serif'};
  const below = {...common, space: 64, size: 30, values: (_, values, __, ___, step) => values.map((v) => (time ? tick(v, step) : number(v)))};
  return [below, {...common, size: 56, space: 26, ...(log ? {grid: {...common.grid, filter: decades}} : {}), values: (_, values) => values.map((v) => (v === null ? '' : text(v, 2)))}];
}

function scaleOf(chart) {
  if (chart.log) return {distr: 3};
  return {range: (_, low, high) => {
    if (low === null) return [0, 1];
    if (chart.whole) return [0, Math.max(10, high * 1.1)];
    const pad = (high - low || Math.abs(high) || 1) * 0.1;
    return [low >= 0 ? Math.max(0, low - pad) : low - pad, high + pad];
  }};
}

function makePlot(chart, lines) {
  if (chart.plot) chart.plot.destroy();
  const scale = scaleOf(chart);
  chart.key = keyOf(lines);
  chart.marks = element('div', null, 'marks');
  chart.plot = new uPlot({
    width: widthOf(chart.id), height: heightOf(), pxAlign: 0, legend: {show: false}, padding: [chart.flags ? 20 : 6, 22, 0, 0],
    cursor: {sync: {key: 'time'}, drag: {x: true, y: false, setScale: false}, points: {size: 6}, y: false},
    scales: {x: {time: true}, y: scale}, axes: axes(chart.text || number, true, chart.log),
    series: [{}, ...lines.map(([, label, tone, dash], i) => ({label, stroke: color(tone), dash, width: i === 0 || !chart.prefix ? 1.8 : 1.2, points: {show: false}, spanGaps: true}))],
    hooks: {
      draw: [(plot) => { drawMarks(chart, plot); if (chart.verdict) drawVerdicts(plot); }],
      setCursor: [(plot) => describe(chart, plot.cursor.left >= 0 ? plot.cursor.idx : null)],
      setSelect: [(plot) => {
        if (plot.select.width < 4) return;
        const ends = [plot.select.left, plot.select.left + plot.select.width].map((x) => plot.posToVal(x, 'x'));
        plot.setSelect({left: 0, top: 0, width: 0, height: 0}, false);
        showRange(...ends);
      }],
      ready: [(plot) => { plot.over.append(chart.marks); plot.over.addEventListener('dblclick', () => show({last: null, range: null})); }],
    },
  }, dataOf(chart, lines), $(chart.id));
}

const keyOf = (lines) => lines.map(([name]) => name).join();
// A rate that is 0 has no place on a logarithmic axis.
const dataOf = (chart, lines) => [past.time, ...lines.map(([name]) => (chart.log ? column(name).map((v) => v || null) : column(name)))];

// The caption is the legend and the chart in words: the values under the cursor, or the newest.
function describe(chart, index) {
  const at = index ?? past.time.length - 1;
  if (at < 0) return;
  const text = chart.text || number;
  const items = linesOf(chart).map(([name, label, tone]) => {
    const item = element('span', null, 'item tone-' + tone);
    item.append(element('span', label, 'label'), ' ', element('b', text(column(name)[at])));
    return item;
  });
  const verdict = chart.verdict && column('verdict')[at];
  if (verdict) {
    const item = element('span', null, 'item tone-' + toneOfVerdict(verdict));
    item.append(element('span', 'schedule', 'label'), ' ', element('b', verdict));
    items.push(item);
  }
  $(chart.id + '-values').replaceChildren(...items);
  const when = `${clock(past.time[at])}, sample ${number(column('samples')[at])}`;
  if (chart === CHARTS[0]) $('when').textContent = index === null || index === undefined ? '' : when;
  $(chart.id).setAttribute('aria-valuetext', `${when}: ${$(chart.id + '-values').textContent}`);
  $(chart.id).setAttribute('aria-valuenow', Math.round(past.time[at]));
}

export function redraw() {
  const [min, max] = shownRange();
  for (const chart of CHARTS) {
    const lines = linesOf(chart);
    $(chart.id).closest('figure').hidden = lines.length === 0;
    if (lines.length === 0) continue;
    if (!chart.plot || chart.key !== keyOf(lines)) makePlot(chart, lines);
    else chart.plot.setData(dataOf(chart, lines), false);
    chart.plot.setScale('x', {min, max});
    if (chart.plot.cursor.idx === null || chart.plot.cursor.left < 0) describe(chart, null);
  }
}

let waiting = false;
export function redrawSoon() {
  if (waiting) return;
  waiting = true;
  requestAnimationFrame(() => { waiting = false; redraw(); });
}

// Other colours.
export function rebuild() {
  for (const chart of CHARTS) chart.key = null;
  redraw();
}

function resize() {
  for (const chart of CHARTS) if (chart.plot) chart.plot.setSize({width: widthOf(chart.id), height: heightOf()});
}

// Arrow keys read the values one by one, + and - zoom, Escape shows all.
function onKey(event) {
  const plot = CHARTS.find((one) => one.id === event.currentTarget.id).plot;
  const at = plot.cursor.left >= 0 ? plot.cursor.idx : past.time.length - 1;
  const steps = {ArrowLeft: -1, ArrowRight: 1, PageDown: -10, PageUp: 10, Home: -Infinity, End: Infinity};
  if (event.key in steps) {
    const [from, to] = shownRange();
    const first = past.time.findIndex((time) => time >= from);
    let last = past.time.length - 1;
    while (last > 0 && past.time[last] > to) --last;
    const index = Math.min(last, Math.max(first, at + steps[event.key]));
    plot.setCursor({left: plot.valToPos(past.time[index], 'x'), top: 10}, true, true);
  } else if (event.key === '+') { move('in');
  } else if (event.key === '-') { move('out');
  } else if (event.key === 'Escape') { show({last: null, range: null}); plot.setCursor({left: -10, top: -10}, true, true);
  } else { return; }
  event.preventDefault();
}

export function start() {
  for (const one of document.querySelectorAll('[data-move]')) one.addEventListener('click', () => move(one.dataset.move));
  for (const one of document.querySelectorAll('[data-last]')) {
    one.addEventListener('click', () => show({last: Number(one.dataset.last) || null, range: null}));
  }
  for (const chart of CHARTS) $(chart.id).addEventListener('keydown', onKey);
  addEventListener('resize', resize);
}
