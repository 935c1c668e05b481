// What both kinds of reports are made of, beside text.js. All text goes in as text, never as HTML.

const data = JSON.parse(document.getElementById('data').textContent);
const signed = (value, digits = 3) => (value > 0 ? '+' : value < 0 ? '\u2212' : '') + number(Math.abs(value), digits);
const fileName = (path) => path.slice(path.lastIndexOf('/') + 1);

function node(name, className, ...children) {
  const out = document.createElement(name);
  if (className) out.className = className;
  out.append(...children.filter((child) => child !== null && child !== undefined));
  return out;
}

function section(title, ...children) {
  return node('section', '', node('h2', '', title), ...children);
}

// Columns: [heading, is a number?]. A cell is a text or an element; a row may name its class.
function table(columns, rows, className = '') {
  const out = node('table', className);
  const heads = columns.map(([heading, isNumber]) => {
    const cell = node('th', isNumber ? 'number' : '', heading);
    cell.scope = 'col';
    return cell;
  });
  out.append(node('thead', '', node('tr', '', ...heads)),
    node('tbody', '', ...rows.map((row) => node('tr', row.className || '', ...row.cells.map((cell, i) => node('td', columns[i][1] ? 'number' : '', cell))))));
  const box = node('div', rows.length > 15 ? 'wide tall' : 'wide', out);
  box.tabIndex = 0;
  return box;
}

function details(title, ...children) {
  return node('details', '', node('summary', '', title), ...children);
}

// [title, figure, [[name, value] beside it]]
function tiles(list) {
  return node('dl', 'tiles', ...list.map(([title, figure, beside]) => node('div', '', node('dt', '', title), node('dd', 'figure', figure),
    ...(beside || []).map(([name, value]) => node('dd', 'beside', name + ' ', node('b', '', value))))));
}

// [name, value, text]: from the middle where some are negative.
function bars(rows) {
  const largest = Math.max(...rows.map(([, value]) => Math.abs(value)), 1e-300);
  const both = rows.some(([, value]) => value < 0);
  const out = node('div', 'bars');
  for (const [name, value, text] of rows) {
    const bar = node('i');
    const width = Math.abs(value) / largest * (both ? 50 : 100);
    bar.style.width = width + '%';
    bar.style.left = (both ? (value < 0 ? 50 - width : 50) : 0) + '%';
    bar.style.background = value < 0 ? 'var(--violet)' : 'var(--blue)';
    out.append(node('span', 'name', name), node('span', 'track', bar), node('span', 'value', text));
  }
  return out;
}

// ---- Charts

const charts = [];

function swatch(line) {
  const out = node('span', line.dash ? 'swatch dashed' : 'swatch');
  out.style.color = `var(--${line.color})`;
  return out;
}

// {title, lines: [{label, color, x, y, dash, width, points}], log, xLog, marks: [{sample, color, dash, label}], height, where, x, y, sync}.
// The first line is the one that counts most: it is drawn over the others.
function chart(options) {
  const values = options.lines.map(() => node('span'));
  const where = node('span', 'where');
  const caption = node('figcaption', '', node('span', 'name', options.title),
    ...options.lines.map((line, i) => node('span', '', swatch(line), line.label + ' ', values[i])), where);
  const box = node('div', 'chart');
  box.role = 'img';
  box.ariaLabel = `${options.title}: ${options.lines.map((line) => line.label).join(', ')}`;
  const made = {options, box, values, where, plot: null};
  charts.push(made);
  return node('figure', '', caption, box);
}

function drawMarks(plot, marks) {
  const {ctx, bbox} = plot;
  const labelled = marks.filter((mark) => mark.label).length <= 30;
  ctx.save();
  ctx.lineWidth = devicePixelRatio;
  ctx.globalAlpha = marks.length > 12 ? 0.45 : 0.9;
  ctx.textAlign = 'left';
  ctx.textBaseline = 'alphabetic';
  ctx.font = `${11 * devicePixelRatio}px system-ui, sans-serif`;
  for (const mark of marks) {
    const x = plot.valToPos(mark.sample, 'x', true);
    if (!(x >= bbox.left && x <= bbox.left + bbox.width)) continue;
    ctx.strokeStyle = ctx.fillStyle = color(mark.color);
    ctx.setLineDash(mark.dash ? [4 * devicePixelRatio, 4 * devicePixelRatio] : []);
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    if (labelled && mark.label) ctx.fillText(mark.label, x + 4 * devicePixelRatio, bbox.top + (10 + 13 * (mark.row || 0)) * devicePixelRatio);
  }
  ctx.restore();
}

// The value of a column at an index, or the nearest one before it: thinned curves do not share all their places.
function valueAt(column, index) {
  for (let i = index; i >= 0; --i) if (known(column[i])) return column[i];
  return null;
}

function describe(made, columns, index) {
  const xs = columns[0];
  if (!xs.length) return;
  const under = index !== null && index !== undefined;
  const at = under ? index : xs.length - 1;
  const last = columns.length - 1;
  made.values.forEach((value, i) => { value.textContent = under || !made.options.fixed ? number(valueAt(columns[last - i], at)) : ''; });
  made.where.textContent = made.options.where && !under ? '' : made.options.where ? made.options.where(xs[at], at) : `${under ? 'at' : 'at the end,'} sample ${number(xs[at])}`;
}

function paddedRange(_, low, high) {
  if (low === null) return [0, 1];
  const pad = (high - low || Math.abs(high) || 1) * 0.08;
  return [low >= 0 ? Math.max(0, low - pad) : low - pad, high + pad];
}

function axis(options) {
  return {stroke: color('quiet'), grid: {stroke: color('line'), width: 1}, ticks: {stroke: color('line'), width: 1}, font: '11px system-ui, sans-serif',
    values: (_, values) => values.map((v) => (v === null ? '' : number(v, 3))), ...options};
}

// Of a logarithmic axis: 1, 2, 5, 10, 20, ... are written.
const roundOnes = (_, values) => values.map((v) => ('125'.includes(v.toExponential()[0]) && /^\d(e|\.0*e)/.test(v.toExponential(6)) ? v : null));

function draw(made) {
  const {options, box} = made;
  const lines = options.lines.slice().reverse();
  const columns = uPlot.join(lines.map((line) => [line.x, line.y]));
  const log = options.log && options.lines.every((line) => line.y.every((v) => v > 0));
  if (made.plot) made.plot.destroy();
  box.replaceChildren();
  made.plot = new uPlot({
    width: Math.max(220, box.clientWidth), height: options.height || 220, pxAlign: 0, legend: {show: false},
    cursor: {...(options.sync ? {sync: {key: options.sync}} : {}), drag: {x: !options.fixed, y: false}, points: {size: 6}},
    scales: {x: {time: false, ...(options.xLog ? {distr: 3} : {}), ...(options.x || {})}, y: log ? {distr: 3} : {range: paddedRange, ...(options.y || {})}},
    axes: [axis({space: options.xLog ? 10 : 80, size: 28, ...(options.xLog ? {filter: roundOnes} : {}), label: options.xLabel, labelSize: 16, labelGap: 0, labelFont: '11px system-ui, sans-serif'}),
      axis({size: 62, space: 28, ...(log ? {filter: roundOnes} : {})})],
    series: [{}, ...lines.map((line) => ({label: line.label, stroke: color(line.color), width: line.width || 1.6, dash: line.dash ? [6, 5] : [],
      points: {show: !!line.points, size: 7, fill: color(line.color)}, spanGaps: true}))],
    hooks: {
      drawAxes: [(plot) => drawMarks(plot, options.marks || [])],  // Behind the lines.
      setCursor: [(plot) => describe(made, columns, plot.cursor.left < 0 ? null : plot.cursor.idx)],
    },
  }, columns, box);
  describe(made, columns, null);
}

function drawAll() { for (const made of charts) draw(made); }

function incidentCells(one) {
  return [number(one.id), number(one.sample), `${one.detector}: ${number(one.mean_before, 3)} \u2192 ${number(one.mean_after, 3)}`, one.severity, one.kind,
    one.response, `${number(one.lr_before, 3)} \u2192 ${number(one.lr_after, 3)}`, `${number(one.loss_before, 3)} \u2192 ${number(one.loss_peak, 3)}`,
    one.recovered_after === null ? 'not yet' : `${counted(one.recovered_after, 'sample')}`, one.rolled_back ? 'yes' : 'no'];
}
const INCIDENT_COLUMNS = [['No.', true], ['Sample', true], ['Evidence'], ['Severity'], ['Kind'], ['Response'], ['Learning rate'], ['Loss, at its peak'],
  ['Recovered after', true], ['Rolled back']];

function key(name, tone, dashed) {
  return node('span', '', swatch({color: tone, dash: dashed}), name + ' ');
}

function show(title, subtitle, sections) {
  document.title = `rekindle: ${title}`;
  document.getElementById('title').textContent = title;
  document.getElementById('subtitle').textContent = subtitle;
  document.getElementById('main').replaceChildren(...sections.filter(Boolean));
  drawAll();
  addEventListener('resize', drawAll);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', drawAll);
}
