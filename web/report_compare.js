// The report of `rekindle compare`.

const COLORS = ['accent', 'blue', 'green', 'violet', 'bad'];

// One file in many variants: its name need not be said in every place.
function shortNames() {
  const files = new Set(data.configurations.map((one) => one.config.split(' ')[0]));
  const file = [...files][0] + ' ';
  return (name) => (files.size === 1 && name.startsWith(file) ? name.slice(file.length) : name);
}

// Rows with what belongs to them: {rank, row, detail, line}. Configurations of the user's own are the coloured ones.
function contestants() {
  let ours = 0;
  const name = shortNames();
  return data.rows.map((row, i) => {
    const detail = data.details[i];
    const own = detail.role === 'configuration';
    const tone = own ? COLORS[ours % COLORS.length] : detail.best_constant ? 'text' : 'grey';
    const line = {label: name(row.config), color: tone, ...detail.curve, dash: own ? ours >= COLORS.length : true, width: own ? 2 : 1.4};
    if (own) ++ours;
    return {rank: i + 1, row, detail, line, own};
  });
}

function tagOf({own, detail, rank}) {
  const tags = [];
  if (detail.best_constant) tags.push(node('span', 'tag constant', 'best constant rate'));
  if (detail.role === 'no response') tags.push(node('span', 'tag none', 'drift unanswered'));
  if (own && rank === 1) tags.push(node('span', 'tag best', 'best'));
  return tags;
}

const fixed = (value, digits) => (known(value) ? (Math.abs(value) < 1e6 ? value.toFixed(digits) : value.toExponential(2)) : 'none');
const pText = (one) => (one.rank === 1 ? '' : one.row.p < 0.001 ? '< 0.001' : one.row.p.toFixed(3));

function ranking(all, shown) {
  const names = Object.keys(data.rows[0].metrics).filter((name) => name !== 'loss' && all.some((one) => known(one.row.metrics[name])));
  const second = names[0];
  const rows = all.map((one) => ({className: one.own ? 'ours' : one.detail.best_constant || one.detail.role === 'no response' ? '' : 'far', cells: [
    number(one.rank), node('span', '', shown.includes(one) ? swatch(one.line) : '', one.row.config, ...tagOf(one)), fixed(one.row.loss, 5), fixed(one.row.metrics[second], 4),
    one.rank === 1 || !known(one.row.difference) ? '' : '+' + fixed(one.row.difference, 5), pText(one), number(one.row.incidents), number(one.row.restarts), fixed(one.row.seconds, 3), number(Math.round(one.row.state_bytes / 1024))]}));
  const box = table([['Rank', true], ['Configuration'], ['Loss', true], [second, true], ['Difference', true], ['p', true], ['Drifts', true], ['Restarts', true], ['CPU s', true], ['State KiB', true]], rows);
  box.classList.remove('tall');
  return section('Ranking', node('p', 'quiet', 'By the mean loss of predictions made before the label was known. Difference: to the first row; p: that so large a difference is chance, '
    + `by a bootstrap of blocks of ${number(data.block)} samples.`), box);
}

function tilesOf(all) {
  const best = all.find((one) => one.own);
  const constant = all.find((one) => one.detail.best_constant);
  const quiet = all.find((one) => one.detail.role === 'no response');
  const name = Object.keys(best.row.metrics).filter((one) => one !== 'loss')[0];
  const tile = (title, one) => [title, number(one.row.loss), [[name, number(one.row.metrics[name])], ['rank', `${one.rank} of ${all.length}`],
    ...(one === best ? [] : [['difference to the best configuration', signed(one.row.loss - best.row.loss)]])]];
  return tiles([tile(`Loss of the best configuration: ${best.line.label}`, best),
    ...(constant ? [tile(`The best constant rate, known only in hindsight: ${constant.row.config.replace('constant ', '')}`, constant)] : []),
    ...(quiet ? [tile('The first configuration with drift unanswered', quiet)] : [])]);
}

// Sums of the loss beyond the reference's: a line that rises loses to it just there.
function behind(one, reference) {
  let sum = 0;
  const y = one.line.y.map((value, i) => {
    sum += (value - reference.line.y[i]) * one.line.labelled[i];
    return sum;
  });
  return {...one.line, y};
}

function curves(all, shown) {
  const best = all.find((one) => one.own);
  const marks = [...data.planned.map((one) => ({sample: one.sample, color: 'grey', dash: true})),
    ...best.detail.incidents.map((one) => ({sample: one.sample, color: 'bad', label: String(one.id)}))];
  const others = all.filter((one) => one !== best && shown.includes(one));
  return section('Over the stream',
    node('p', 'quiet', 'Drag over a chart to zoom, double click to see all again. ', marks.length ? key(`drift, as found by ${best.line.label}`, 'bad', false) : null,
      data.planned.length ? key('planned drift', 'grey', true) : null),
    chart({title: 'Loss', sync: 'compare', marks, height: 280, lines: shown.map((one) => one.line)}),
    others.length ? chart({title: `Loss summed up, beyond that of ${best.line.label}`, sync: 'compare', height: 240, marks: marks.map((mark) => ({...mark, label: ''})),
      y: {range: (_, low, high) => [Math.min(0, low * 1.08), Math.max(0, high * 1.08) || 1]},
      xLabel: 'sample', lines: others.map((one) => behind(one, best))}) : null);
}

function incidentsOf(all) {
  const rows = all.filter((one) => one.own || one.detail.incidents.length).map((one) => {
    const list = one.detail.incidents;
    const title = `${one.row.config}: ${counted(one.row.incidents, 'drift')}`;
    if (!list.length) return node('p', '', title);
    const out = details(title, table(INCIDENT_COLUMNS, list.map((incident) => ({cells: incidentCells(incident)}))));
    out.open = one === all.find((other) => other.own);
    return out;
  });
  return section('Drifts', ...rows);
}

// The planned drifts of a generated stream; beside those who alarmed, two that need no input.
function againstTheTruth(all) {
  const judged = all.filter((one) => one.row.truth && one.row.incidents);
  if (!all[0].row.truth) return null;
  const most = judged.reduce((a, b) => (a && a.row.incidents >= b.row.incidents ? a : b), null) || all[0];
  const cells = (name, score) => ({cells: [name, `${number(score.detected)} of ${number(score.drifts)}`, number(score.missed), number(score.false_alarms),
    number(score.mean_delay), number(score.median_delay)]});
  return section('Against the planned drifts', table([['Who alarms'], ['Detected', true], ['Missed', true], ['False alarms', true], ['Mean delay', true], ['Median delay', true]], [
    ...judged.map((one) => cells(one.row.config, one.row.truth)), cells('never', most.row.truth.never),
    cells(`every ${number(most.row.truth.every.k)} samples`, most.row.truth.every)]));
}

function showCompare() {
  const all = contestants();
  const shown = all.filter((one) => one.own || one.detail.best_constant || one.detail.role === 'no response');
  const ours = all.filter((one) => one.own).length;
  show(`Comparison on ${fileName(data.recording)}`, `${counted(data.samples, 'sample')}; ${counted(ours, 'configuration')} beside ${counted(all.length - ours, 'rival')}`, [
    node('section', '', tilesOf(all)), ranking(all, shown), curves(all, shown), againstTheTruth(all), incidentsOf(all),
    section('Configurations', ...data.configurations.map((one) => details(one.config, node('pre', '', one.text))))]);
  document.getElementById('foot').textContent = `Made by ${data.program}.`;
}

if (data.kind === 'compare') showCompare();
