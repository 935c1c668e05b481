// The report of `rekindle replay`.

const MARKS = {drift: ['drift', 'bad', false], restart: ['restart of the rate', 'green', true], bump: ['raised rate', 'green', true], plateau: ['lowered rate', 'grey', true],
  replaced: ['champion replaced', 'violet', true], rollback: ['rolled back', 'violet', true], diverged: ['divergence', 'bad', true]};
const markOf = (type) => MARKS[type] || ['command', 'grey', true];

// The log loss of saying nothing but how frequent each class is.
function entropy(confusion) {
  const sums = confusion.counts.map((row) => row.reduce((a, b) => a + b, 0));
  const all = sums.reduce((a, b) => a + b, 0);
  return sums.filter((sum) => sum > 0).reduce((total, sum) => total - sum / all * Math.log(sum / all), 0);
}

function headline(summary) {
  const m = summary.metrics;
  const recovered = summary.incidents.filter((one) => one.recovered_after !== null).length;
  const quality = data.task === 'regression'
    ? [['RMSE', number(m.rmse), [['the last value again', number(data.no_change_rmse)],
      ['the mean', number(known(m.r2) && m.r2 < 1 ? m.rmse / Math.sqrt(1 - m.r2) : null)]]],
      ['MAE', number(m.mae), [['R\u00b2', number(m.r2)]]]]
    : [['Accuracy', number(m.accuracy), [['the last label again', number(m.no_change)], ['the majority class', number(m.majority)]]],
      ['Log loss', number(m.log_loss), [['knowing only the classes\u2019 shares', number(known(m.log_loss) ? entropy(data.confusion) : null)]]]];
  if (known(m.incumbent_accuracy)) quality[0][2].push(['the present system', number(m.incumbent_accuracy)]);
  if (known(m.incumbent_rmse)) quality[0][2].push(['the present system', number(m.incumbent_rmse)]);
  return tiles([...quality,
    ['Drifts', number(data.incidents_total), [['recovered', `${number(recovered)} of ${number(summary.incidents.length)}`], ['restarts of the rate', number(summary.restarts)]]],
    ['Learning rate at the end', number(summary.lr), [['updates', number(summary.updates)], ['optimizer resets', number(summary.resets)]]],
    ['Samples', number(summary.samples), [['learned', number(summary.learned)], ['rejected', number(summary.rejected)], ['a second', number(Math.round(summary.samples_per_second))]]]]);
}

function past() {
  const {loss_fast, loss_slow, lr} = data.curves;
  if (!lr.x.length) return null;
  const incidents = data.summary.incidents;
  // The restart of a drift says no more than the drift.
  const drifts = new Set(data.marks.filter((mark) => mark.type === 'drift').map((mark) => mark.sample));
  const marks = data.marks.filter((mark) => mark.type !== 'restart' || !drifts.has(mark.sample)).map((mark) => {
    const [name, tone, dash] = markOf(mark.type);
    const incident = mark.type === 'drift' ? incidents.find((one) => one.sample === mark.sample) : null;
    return {name, sample: mark.sample, color: tone, dash, label: incident ? String(incident.id) : ''};
  });
  const kinds = [...new Map(marks.map((mark) => [mark.name, [mark.name, mark.color, mark.dash]])).values()];
  return section('Loss and learning rate',
    node('p', 'quiet', 'Drag over a chart to zoom, double click to see all again. ', ...kinds.map(([name, tone, dash]) => key(name, tone, dash))),
    chart({title: 'Loss', sync: 'past', marks, height: 240, lines: [
      {label: 'slow (mean of about 2000)', color: 'text', ...loss_slow, width: 2}, {label: 'fast (of about 50)', color: 'blue', ...loss_fast, width: 1.1}]}),
    chart({title: 'Learning rate', sync: 'past', marks: marks.map((mark) => ({...mark, label: ''})), log: true, height: 200, xLabel: 'sample', lines: [
      {label: 'applied', color: 'accent', ...lr}]}));
}

function incidents() {
  const list = data.summary.incidents;
  if (!list.length) return section('Drifts', node('p', '', 'None was found.'));
  const missing = data.incidents_total - list.length;
  return section('Drifts', missing > 0 ? node('p', 'quiet', `The newest ${number(list.length)} of ${number(data.incidents_total)}.`) : null,
    table(INCIDENT_COLUMNS, list.map((one) => ({cells: incidentCells(one)}))));
}

function confusion() {
  const {classes, counts} = data.confusion;
  const small = classes.length > 12;
  const out = node('table', small ? 'confusion small' : 'confusion');
  const head = node('tr', '', node('th', '', small ? '' : 'is \\ predicted'));
  for (const name of classes) head.append(node('th', '', small ? '' : name));
  out.append(node('thead', '', head));
  const body = node('tbody');
  counts.forEach((row, i) => {
    const all = row.reduce((a, b) => a + b, 0);
    const line = node('tr', '', node('th', '', classes[i]));
    row.forEach((count, j) => {
      const share = all ? count / all : 0;
      const cell = node('td', '', ...(small ? [] : [number(count), node('small', '', percent(share))]));
      cell.style.background = `color-mix(in srgb, var(--${i === j ? 'green' : 'bad'}) ${Math.round(70 * share)}%, transparent)`;
      cell.title = `${classes[i]} predicted as ${classes[j]}: ${number(count)} (${percent(share)} of ${classes[i]})`;
      line.append(cell);
    });
    body.append(line);
  });
  out.append(body);
  const box = node('div', 'wide', out);
  const mistakes = counts.flatMap((row, i) => row.map((count, j) => ({i, j, count}))).filter(({i, j, count}) => i !== j && count > 0)
    .sort((a, b) => b.count - a.count).slice(0, 10);
  return section('Classes', node('p', 'quiet', 'Rows: what it was; columns: what was predicted, before the label was known.'), box,
    small && mistakes.length ? details('The commonest mistakes', table([['Was'], ['Predicted'], ['Times', true]],
      mistakes.map(({i, j, count}) => ({cells: [classes[i], classes[j], number(count)]})))) : null);
}

function calibration() {
  const bins = data.calibration;
  if (!bins.length) return null;
  const all = bins.reduce((sum, bin) => sum + bin.count, 0);
  const error = bins.reduce((sum, bin) => sum + bin.count / all * Math.abs(bin.share - bin.mean), 0);
  const of = data.task === 'binary' ? `of class ${data.confusion.classes[1] ?? '1'}` : 'of the predicted class';
  return section('Calibration',
    node('p', 'quiet', `How often it came true, by the probability ${of}. On the dashed line, what is said with 80\u202f% happens in 80\u202f% of the cases; `
      + `the mean distance is ${number(error, 3)}.`),
    chart({title: 'Came true', fixed: true, height: 280, x: {range: [0, 1]}, y: {range: [0, 1]}, xLabel: 'predicted probability',
      where: (x) => {
        const bin = bins.find((one) => one.mean === x);
        return bin ? `${counted(bin.count, 'sample')} at ${number(x, 3)}` : '';
      },
      lines: [{label: 'share', color: 'blue', x: bins.map((bin) => bin.mean), y: bins.map((bin) => bin.share), points: true},
        {label: 'said', color: 'grey', x: [0, ...bins.map((bin) => bin.mean), 1], y: [0, ...bins.map((bin) => bin.mean), 1], dash: true, width: 1}]}));
}

function weights() {
  const {top, tensor, outputs, named, unnamed, scale} = data.weights;
  if (!top || !top.length) return null;
  const classes = data.confusion ? data.confusion.classes : [];
  const single = outputs === 1;
  const rows = top.map((one) => {
    if (single) return [one.feature, one.weights[0], signed(one.weights[0])];
    if (!one.weights || tensor !== 'output.weight') return [one.feature, one.norm, number(one.norm, 3)];
    const most = one.weights.reduce((best, w, i) => (Math.abs(w) > Math.abs(one.weights[best]) ? i : best), 0);
    return [one.feature, one.norm, `${number(one.norm, 3)}, most for ${classes[most] ?? most}: ${signed(one.weights[most])}`];
  });
  const what = single ? 'The weights' : tensor === 'output.weight' ? 'The norm of each feature\u2019s weights over all classes'
    : 'The norm of each feature\u2019s weights into the first hidden layer';
  const which = named > top.length ? `, the largest ${number(top.length)} of ${number(named)}` : '';
  const more = unnamed > 0 ? ` ${number(unnamed)} hashed coordinates have no names.` : '';
  return section('Weights at the end', node('p', 'quiet', `${what}${which}${scale === 'none' ? '' : `; features are scaled (${scale})`}.${more}`), bars(rows));
}

function members(summary) {
  if (!summary.members) return null;
  return section('Members of the portfolio', node('p', 'quiet', 'How much each counts in the prediction at the end, and its learning rate.'),
    bars(Object.entries(summary.members).map(([name, one]) => [name, one.weight, `${percent(one.weight)}, lr ${number(one.lr, 3)}`])));
}

function metrics(summary) {
  const rows = Object.entries(summary.metrics).filter(([, value]) => value !== null);
  return section('All metrics', node('p', 'quiet', 'Over the whole stream; every sample was predicted before its label was looked at.'),
    node('dl', 'metrics', ...rows.map(([name, value]) => node('div', '', node('dt', '', name), node('dd', '', number(value, 6))))));
}

function showReplay() {
  const {summary, health} = data;
  const verdict = health.verdict ? node('p', `verdict ${{helping: 'good', neutral: 'even'}[health.verdict] || 'bad'}`, `Schedule ${health.verdict}: ` + [health.cause, health.remedy].filter(Boolean).join('; ')) : null;
  const both = data.confusion && summary.labelled > 0 ? node('div', 'pair', confusion(), calibration() || '') : null;
  show(`Replay of ${fileName(data.recording)}`, `${counted(summary.samples, 'sample')}, ${data.task}, ${data.mode}; learned in ${number(summary.seconds, 3)} s`, [
    node('section', '', headline(summary), verdict), past(), incidents(), both, node('div', 'pair', weights() || '', members(summary) || metrics(summary)),
    summary.members ? metrics(summary) : null,
    section('Configuration', details('The effective configuration, secrets masked', node('pre', '', data.configuration)))]);
  document.getElementById('foot').textContent = `State ${summary.state_hash}. Made by ${data.program}.`;
}

if (data.kind === 'replay') showReplay();
