// The live page: a past from /history, what happens from /events, the rest from /status. All text goes in as text, never as HTML.
'use strict';

const MOST_POINTS = 4000;
const $ = (id) => document.getElementById(id);
const color = (name) => getComputedStyle(document.documentElement).getPropertyValue('--' + name).trim();
const dark = matchMedia('(prefers-color-scheme: dark)');

// Numbers as people read them.
function number(value, digits = 4) {
  if (value === null || value === undefined || !Number.isFinite(value)) return 'unknown';
  if (Number.isInteger(value) && Math.abs(value) < 1e15) return value.toLocaleString('en-US').replaceAll(',', ' ');
  const size = Math.abs(value);
  return size !== 0 && (size < 1e-3 || size >= 1e6) ? value.toExponential(2) : String(Number(value.toPrecision(digits)));
}
function duration(seconds) {
  if (seconds === null || seconds === undefined) return 'unknown';
  if (seconds < 1) return Math.round(seconds * 1000) + ' ms';
  if (seconds < 120) return seconds.toFixed(1) + ' s';
  return seconds < 7200 ? (seconds / 60).toFixed(0) + ' min' : (seconds / 3600).toFixed(1) + ' h';
}
function say(text) { $('spoken').textContent = text; }
function element(name, text, className) {
  const out = document.createElement(name);
  if (text !== undefined) out.textContent = text;
  if (className) out.className = className;
  return out;
}

const past = {time: []};  // Columns of one length.
let marks = [];
let ahead = [];

function addPoint(point) {
  const last = past.time.length ? past.time[past.time.length - 1] : -Infinity;
  if (!(point.time > last)) return;
  for (const name of Object.keys(point)) {
    if (!(name in past) && name !== 'paused') past[name] = new Array(past.time.length).fill(null);
  }
  for (const name of Object.keys(past)) past[name].push(name in point ? point[name] : null);
  if (past.time.length > MOST_POINTS) for (const name of Object.keys(past)) past[name].splice(0, MOST_POINTS / 4);
}

// ---- Charts

const MARKS = {incident: 'bad', restart: 'green', command: 'violet'};
const CHARTS = [
  {id: 'lr', title: 'Learning rate', log: true, lines: [['lr', 'learning rate', 'accent']]},
  {id: 'loss', title: 'Loss', lines: [['loss_fast', 'fast', 'blue'], ['loss_slow', 'slow', 'grey'], ['baseline', 'constant rate', 'violet'], ['loss_validation', 'held out', 'green']]},
  {id: 'error', title: 'Error', lines: [['error', 'error', 'blue']]},
  {id: 'drift', title: 'Drift statistic', prefix: 'drift.', colors: ['violet', 'blue', 'green', 'accent', 'grey']},
  {id: 'lag', title: 'Records behind the end of the topic', lines: [['lag', 'records', 'grey']]},
];

// The lines of a chart that there are numbers for.
function linesOf(chart) {
  if (!chart.prefix) return chart.lines.filter(([name], i) => i === 0 || (past[name] || []).some((v) => v !== null));
  return Object.keys(past).filter((name) => name.startsWith(chart.prefix))
    .map((name, i) => [name, name.slice(chart.prefix.length), chart.colors[i % chart.colors.length]]);
}

function drawMarks(plot) {
  const {ctx, bbox} = plot;
  ctx.save();
  ctx.lineWidth = devicePixelRatio * 1.5;
  for (const mark of marks) {
    const name = mark.type === 'restart' && mark.reason === 'command' ? null : MARKS[mark.type];
    const x = name ? plot.valToPos(mark.time, 'x', true) : NaN;
    if (!(x >= bbox.left && x <= bbox.left + bbox.width)) continue;
    ctx.strokeStyle = color(name);
    ctx.setLineDash(mark.type === 'restart' ? [4, 4] : []);
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
  }
  ctx.restore();
}

function axes(log) {
  const common = {stroke: color('quiet'), grid: {stroke: color('line'), width: 1}, ticks: {stroke: color('line'), width: 1}, font: '11px system-ui, sans-serif'};
  return [{...common, space: 70}, {...common, size: 62, space: 28, values: (_, values) => values.map((v) => (v === null ? '' : number(v, 3)))}];
}

let zoomed = null;  // [from, to] in seconds, or null: everything.
let setting = false;
function zoom(range) {
  zoomed = range;
  redraw();
}
function shownRange() {
  const time = past.time;
  if (zoomed) return zoomed;
  const first = time.length ? time[0] : Date.now() / 1000 - 10;
  const last = time.length ? time[time.length - 1] : first + 10;
  return [first, Math.max(last, first + 10)];
}

const widthOf = (id) => Math.max(200, $(id).clientWidth);

function makePlot(chart) {
  const lines = linesOf(chart);
  const options = {
    width: widthOf(chart.id), height: 150, pxAlign: 0, legend: {show: false},
    cursor: {sync: {key: 'time'}, drag: {x: true, y: false, setScale: false}, points: {size: 5}},
    // A rate that is 0 has no place on a logarithmic axis.
    scales: {x: {time: true}, y: chart.log && (past.lr || []).every((v) => v === null || v > 0) ? {distr: 3} : {range: (_, low, high) => {
      if (low === null) return [0, 1];
      const pad = (high - low || Math.abs(high) || 1) * 0.08;
      return [low >= 0 ? Math.max(0, low - pad) : low - pad, high + pad];
    }}},
    axes: axes(chart.log),
    series: [{}, ...lines.map(([, label, tone]) => ({label, stroke: color(tone), width: 1.6, points: {show: false}, spanGaps: true}))],
    hooks: {
      draw: [drawMarks],
      setCursor: [(plot) => describe(chart, lines, plot.cursor.idx)],
      setSelect: [(plot) => {
        if (plot.select.width < 4) return;
        const from = plot.posToVal(plot.select.left, 'x');
        const to = plot.posToVal(plot.select.left + plot.select.width, 'x');
        plot.setSelect({left: 0, top: 0, width: 0, height: 0}, false);
        zoom([from, to]);
      }],
      ready: [(plot) => plot.over.addEventListener('dblclick', () => zoom(null))],
    },
  };
  $(chart.id).replaceChildren();
  chart.names = lines.map(([name]) => name).join();
  chart.isLog = options.scales.y.distr === 3;
  chart.plot = new uPlot(options, [past.time, ...lines.map(([name]) => past[name] || past.time.map(() => null))], $(chart.id));
}

// The caption is the chart in words: the values under the cursor, or the newest.
function describe(chart, lines, index) {
  const at = index === null || index === undefined ? past.time.length - 1 : index;
  if (at < 0) return;
  const parts = lines.map(([name, label]) => (lines.length > 1 || chart.prefix ? label + ' ' : '') + number((past[name] || [])[at]));
  const when = new Date(past.time[at] * 1000).toLocaleTimeString();
  $(chart.id + '-text').textContent = `${chart.title}: ${parts.join(', ')} (${when}, sample ${number(past.samples ? past.samples[at] : null)})`;
}

function redraw() {
  const [from, to] = shownRange();
  for (const chart of CHARTS) {
    const lines = linesOf(chart);
    const lr = past.lr || [];
    const turned = chart.isLog && lr.length && lr[lr.length - 1] === 0;
    if (!chart.plot || chart.names !== lines.map(([name]) => name).join() || turned) makePlot(chart);
    else chart.plot.setData([past.time, ...lines.map(([name]) => past[name] || past.time.map(() => null))], true);
    chart.plot.setScale('x', {min: from, max: to});
    if (chart.plot.cursor.idx === null || chart.plot.cursor.left < 0) describe(chart, lines, null);
  }
}

let aheadPlot = null;
function drawAhead() {
  if (!ahead.length) return;
  const data = [ahead.map((one) => one[0]), ahead.map((one) => one[1])];
  const first = data[1][0];
  const last = data[1][data[1].length - 1];
  $('ahead-text').textContent = `Learning rate if nothing happens: ${number(first)} now, ${number(last)} after ${number(data[0][data[0].length - 1])} updates`;
  if (aheadPlot) return aheadPlot.setData(data);
  $('ahead').replaceChildren();
  aheadPlot = new uPlot({
    width: widthOf('ahead'), height: 150, pxAlign: 0, legend: {show: false}, cursor: {drag: {x: false, y: false}},
    scales: {x: {time: false}, y: {range: (_, low, high) => [Math.max(0, low - (high - low) * 0.08), high + ((high - low) * 0.08 || high || 1)]}},
    axes: axes(false),
    series: [{}, {label: 'learning rate', stroke: color('accent'), width: 1.6, points: {show: false}}],
  }, data, $('ahead'));
}

function rebuild() {
  for (const chart of CHARTS) { if (chart.plot) chart.plot.destroy(); chart.plot = null; }
  if (aheadPlot) aheadPlot.destroy();
  aheadPlot = null;
  redraw();
  drawAhead();
}

function moveZoom(how) {
  const [from, to] = shownRange();
  const span = to - from;
  const moves = {in: [from + span / 4, to - span / 4], out: [from - span / 2, to + span / 2], earlier: [from - span / 2, to - span / 2], later: [from + span / 2, to + span / 2]};
  zoom(moves[how] || null);
  say(how === 'all' ? 'All is shown' : `${duration(shownRange()[1] - shownRange()[0])} are shown`);
}

// ---- The rest of the page

function showTiles(status) {
  const learner = status.learner;
  const lags = status.source.partitions.map((one) => one.lag_records).filter((one) => one !== null);
  const metrics = learner.metrics || {};
  const tiles = [
    ['Samples', number(learner.samples)],
    ['Learning rate', number(learner.lr)],
    ['Loss', number(learner.loss.fast)],
    learner.task === 'regression' ? ['RMSE', number(metrics.rmse)] : ['Accuracy', number(metrics.accuracy)],
    ['Drifts', number(learner.incidents_total)],
    ['Restarts', number(learner.restarts)],
    ['Behind', lags.length ? number(lags.reduce((a, b) => a + b, 0)) : 'unknown'],
    ['Rejected', number(learner.rejected)],
  ];
  const list = $('tiles');
  if (list.childElementCount !== tiles.length) {
    list.replaceChildren(...tiles.map(([name]) => {
      const tile = element('div');
      tile.append(element('dt', name), element('dd'));
      return tile;
    }));
  }
  tiles.forEach(([name, value], i) => {
    list.children[i].children[0].textContent = name;
    list.children[i].children[1].textContent = value;
  });
}

function showState(status) {
  const ready = status.readiness.ready;
  const state = $('state');
  state.textContent = status.paused ? 'paused' : ready ? 'learning' : 'not ready: ' + (status.readiness.reasons || []).join('; ');
  state.className = 'state ' + (ready && !status.paused ? 'good' : 'bad');
  $('version').textContent = `version ${status.version}, up ${duration(status.uptime_seconds)}`;
  $('pause').dataset.action = status.paused ? 'resume' : 'pause';
  $('pause').textContent = status.paused ? 'Resume' : 'Pause';
  const saved = status.checkpoint.last_success_seconds;
  $('checkpoint').textContent = status.checkpoint.last_error ? 'Checkpoint failed: ' + status.checkpoint.last_error
    : saved ? `Last checkpoint at ${new Date(saved * 1000).toLocaleTimeString()}, ${number(status.checkpoint.bytes)} bytes` : 'No checkpoint yet';
}

function showVerdict(learner) {
  const health = learner.health || learner.schedule_health || learner.verdict;
  const box = $('verdict');
  box.hidden = !health;
  if (!health) return;
  box.textContent = typeof health === 'string' ? 'Schedule: ' + health : ['Schedule: ' + (health.verdict || ''), health.cause, health.advice || health.remedy].filter(Boolean).join('. ');
}

function row(cells) {
  const out = element('tr');
  out.append(...cells.map((text) => element('td', text)));
  return out;
}

function showPartitions(source) {
  const rows = source.partitions.map((one) => row([one.topic, number(one.partition), number(one.next), number(one.lag_records), duration(one.lag_seconds)]));
  $('partitions').replaceChildren(...(rows.length ? rows : [row(['none yet', '', '', '', ''])]));
}

async function showIncidents() {
  const incidents = await (await fetch('/incidents')).json();
  if (!incidents.length) return;
  const recovery = (one) => (one.rolled_back ? 'rolled back' : one.recovered_after === null ? 'not yet' : `after ${number(one.recovered_after)} samples`);
  $('incidents').replaceChildren(...incidents.slice(-50).reverse().map((one) => row([
    number(one.id), number(one.sample), `${one.detector}: ${number(one.mean_before, 3)} \u2192 ${number(one.mean_after, 3)}`, `${one.severity}, ${one.kind}`, one.response,
    `${number(one.lr_before, 3)} \u2192 ${number(one.lr_after, 3)}`, `${number(one.loss_before, 3)} \u2192 ${number(one.loss_peak, 3)}`, recovery(one)])));
}

async function showStatus() {
  try {
    const status = await (await fetch('/status')).json();
    showTiles(status);
    showState(status);
    showVerdict(status.learner);
    showPartitions(status.source);
  } catch {
    $('state').textContent = 'no answer from the daemon';
    $('state').className = 'state bad';
  }
}

async function command(action, button) {
  const body = {};
  if (action === 'pin') {
    body.lr = Number($('rate').value);
    if (!(body.lr > 0)) return answer('Which rate? Put a number above 0 into the field.', true);
  }
  const headers = {'Content-Type': 'application/json'};
  if ($('token').value) headers.Authorization = 'Bearer ' + $('token').value;
  button.disabled = true;
  try {
    const reply = await fetch('/-/' + action, {method: 'POST', headers, body: JSON.stringify(body)});
    const said = await reply.json();
    if (!reply.ok) answer(`${action}: ${said.error}`, true);
    else answer(`${action}: done at sample ${number(said.sample)}; learning rate ${number(said.lr_before)} \u2192 ${number(said.lr_after)}`, false);
  } catch {
    answer(`${action}: no answer from the daemon`, true);
  }
  button.disabled = false;
  button.focus();
  showStatus();
}
function answer(text, bad) {
  $('answer').textContent = text;
  $('answer').className = bad ? 'answer bad' : 'answer';
}

// ---- What happens

let waiting = false;
function soon() {
  if (waiting) return;
  waiting = true;
  requestAnimationFrame(() => { waiting = false; redraw(); });
}

function addMark(mark) {
  marks.push(mark);
  if (marks.length > 500) marks.shift();
  soon();
}

function listen() {
  const events = new EventSource('/events');
  const on = (type, act) => events.addEventListener(type, (event) => act(JSON.parse(event.data)));
  on('point', (point) => { addPoint(point); soon(); });
  on('ahead', (rates) => { ahead = rates; drawAhead(); });
  on('incident', (mark) => { addMark(mark); showIncidents(); say(`Drift, ${mark.severity}; response: ${mark.response}`); });
  on('recovered', () => { showIncidents(); say('Recovered'); });
  on('restart', addMark);
  on('command', (mark) => { addMark(mark); showStatus(); });
  events.onerror = () => { $('state').textContent = 'no connection; trying again'; $('state').className = 'state bad'; };
  events.onopen = () => showStatus();
}

async function begin() {
  const history = await (await fetch('/history')).json();
  Object.assign(past, history.points);
  marks = history.marks.slice();
  ahead = history.ahead;
  redraw();
  drawAhead();
  showIncidents();
  listen();
  showStatus();
  setInterval(showStatus, 2000);
}

document.querySelectorAll('[data-zoom]').forEach((one) => one.addEventListener('click', () => moveZoom(one.dataset.zoom)));
document.querySelectorAll('[data-action]').forEach((one) => one.addEventListener('click', () => command(one.dataset.action, one)));
$('steer').addEventListener('submit', (event) => event.preventDefault());
addEventListener('resize', () => {
  for (const chart of CHARTS) if (chart.plot) chart.plot.setSize({width: widthOf(chart.id), height: 150});
  if (aheadPlot) aheadPlot.setSize({width: widthOf('ahead'), height: 150});
});
dark.addEventListener('change', rebuild);
begin().catch(() => { $('state').textContent = 'no answer from the daemon'; setTimeout(() => location.reload(), 3000); });
