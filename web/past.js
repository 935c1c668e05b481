// The past that the charts show: columns of one length, and the marks on their time axis.

const MOST_POINTS = 4000;
const MOST_MARKS = 400;

export const past = {time: []};
export const marks = [];

export function begin(history) {
  Object.assign(past, history.points);
  marks.push(...history.marks);
}

export function addPoint(point) {
  if (!(point.time > newest('time', -Infinity))) return;
  for (const name of Object.keys(point)) {
    if (!(name in past) && name !== 'paused') past[name] = new Array(past.time.length).fill(null);
  }
  for (const name of Object.keys(past)) past[name].push(name in point ? point[name] : null);
  if (past.time.length > MOST_POINTS) thin();
}

// Of the older half every second point goes: the newest stay as they are.
function thin() {
  const half = Math.floor(past.time.length / 2);
  for (const name of Object.keys(past)) past[name] = past[name].filter((_, i) => i >= half || i % 2 === 0);
}

export function addMark(mark) {
  marks.push(mark);
  if (marks.length > MOST_MARKS) marks.shift();
}

export const column = (name) => past[name] || past.time.map(() => null);
export const hasValues = (name) => (past[name] || []).some((value) => value !== null);

export function newest(name, otherwise = null) {
  const values = past[name] || [];
  return values.length ? values[values.length - 1] : otherwise;
}

// Of the last ten seconds, as samples a second.
export function speed() {
  const {time, samples} = past;
  if (!samples || time.length < 2) return null;
  const last = time.length - 1;
  let first = last - 1;
  while (first > 0 && time[last] - time[first] < 10) --first;
  return (samples[last] - samples[first]) / (time[last] - time[first]);
}
