// The report of `rekindle lr-find`.

function rangeTiles(found) {
  const none = !known(found.suggestion);
  return tiles([['Suggested learning rate', none ? 'none' : number(found.suggestion, 3),
    [[none ? 'the loss never fell; more samples or a wider range may help' : found.race.length
      ? `the lowest loss of ${found.race.length} constant rates over ${counted(found.race_samples, 'sample')}` : 'where the loss falls fastest', '']]],
  ...(none ? [] : [
    ...(found.race.length && known(found.steepest) ? [['Steepest fall', number(found.steepest, 3), [['where the loss of the sweep falls fastest', '']]]] : []),
    ['Valley', number(found.valley, 3), [['the lowest loss of the sweep; too high to stay at', '']]],
    ['Diverges at', known(found.diverged_at) ? number(found.diverged_at, 3) : 'nowhere', [['the loss four times its lowest', '']]],
    ['For a cycle', `${number(found.base_lr, 3)} to ${number(found.cycle_max_lr, 3)}`, [['base_lr to max_lr', '']]]])]);
}

function rangeChart(found) {
  const marks = [['suggestion', 'green', 'suggestion'], ['valley', 'violet', 'valley'], ['diverged_at', 'bad', 'diverges']]
    .filter(([name]) => known(found[name])).map(([name, tone, label], row) => ({sample: found[name], color: tone, dash: true, label, row}));
  const points = found.curve.filter((one) => known(one.loss));
  if (!points.length) return null;
  const highest = Math.max(...points.map((one) => one.loss));
  const race = found.race.filter((one) => known(one.loss) && one.loss <= 1.5 * highest);  // Rates that explode would flatten the rest.
  return section('Loss while the rate rises',
    node('p', 'quiet', `Each point of the sweep is the loss, smoothed, at the rate of that moment${race.length ? '; each of the race the mean loss of a learner that keeps to that rate' : ''}.` + ' Drag over the chart to zoom, double click to see all again.'),
    chart({title: 'Loss', height: 320, xLog: true, xLabel: 'learning rate', where: (lr) => `at a rate of ${number(lr, 3)}`, marks,
      lines: [{label: 'smoothed', color: 'accent', width: 2, x: points.map((one) => one.lr), y: points.map((one) => one.loss)},
      ...(race.length ? [{label: 'constant rates', color: 'green', width: 2, x: race.map((one) => one.lr), y: race.map((one) => one.loss)}] : [])]}));
}

function rangeTable(found) {
  const step = Math.max(1, Math.ceil(found.curve.length / 40));
  const rows = found.curve.filter((_, i) => i % step === 0).map((one) => ({cells: [number(one.lr, 3), number(one.loss)]}));
  return section('The curve', details('As numbers', table([['Rate', true], ['Loss', true]], rows)));
}

function showRange() {
  const found = data.result;
  show(`Learning rates on ${fileName(data.recording)}`,
    `an LR range test: ${counted(data.samples, 'sample')}, the rate rising from ${number(found.min_lr, 3)} towards ${number(found.max_lr, 3)}`, [
      node('section', '', rangeTiles(found)), rangeChart(found), rangeTable(found),
      section('Configuration', details(data.config, node('pre', '', data.configuration)))]);
  document.getElementById('foot').textContent = `Made by ${data.program}.`;
}

if (data.kind === 'lr-find') showRange();
