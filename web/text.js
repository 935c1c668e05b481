// Numbers, times and elements as people read them. All text goes in as text, never as HTML.

export const $ = (id) => document.getElementById(id);
export const color = (name) => getComputedStyle(document.documentElement).getPropertyValue('--' + name).trim();
const known = (value) => value !== null && value !== undefined && Number.isFinite(value);

export function number(value, digits = 4) {
  if (!known(value)) return '\u2013';
  const size = Math.abs(value);
  if (Number.isInteger(value) && size < 1e15) return value.toLocaleString('en-US').replaceAll(',', '\u202f');
  if (size !== 0 && (size < 1e-3 || size >= 1e6)) {
    const [mantissa, exponent] = value.toExponential(Math.min(2, digits - 1)).split('e');
    return Number(mantissa) + 'e' + exponent.replace('+', '');
  }
  return String(Number(value.toPrecision(digits)));
}

export const counted = (count, what) => `${number(count)} ${what}${count === 1 ? '' : 's'}`;

export function percent(value) {
  return known(value) ? (value * 100).toFixed(1) + '\u202f%' : '\u2013';
}

// What stands in a tile: 12.3k, 1.05M.
export function short(value) {
  if (!known(value) || Math.abs(value) < 1e5) return number(value);
  const [size, unit] = Math.abs(value) < 1e6 ? [1e3, 'k'] : Math.abs(value) < 1e9 ? [1e6, 'M'] : [1e9, 'G'];
  return (value / size).toPrecision(4) + unit;
}

export function bytes(value) {
  if (!known(value)) return '\u2013';
  if (value < 1024) return value + ' B';
  return value < 1024 * 1024 ? (value / 1024).toFixed(1) + ' KiB' : (value / 1024 / 1024).toFixed(1) + ' MiB';
}

export function duration(seconds) {
  if (!known(seconds)) return '\u2013';
  if (seconds < 1) return Math.round(seconds * 1000) + ' ms';
  if (seconds < 120) return (seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)) + ' s';
  if (seconds < 7200) return (seconds / 60).toFixed(0) + ' min';
  return seconds < 172800 ? (seconds / 3600).toFixed(1) + ' h' : (seconds / 86400).toFixed(1) + ' days';
}

const two = (value) => String(value).padStart(2, '0');
export function clock(seconds, withSeconds = true) {
  const at = new Date(seconds * 1000);
  return `${two(at.getHours())}:${two(at.getMinutes())}` + (withSeconds ? ':' + two(at.getSeconds()) : '');
}
// For a time axis whose ticks are `step` seconds apart.
export function tick(seconds, step) {
  if (step < 60) return clock(seconds);
  if (step < 86400) return clock(seconds, false);
  const at = new Date(seconds * 1000);
  return `${two(at.getDate())}.${two(at.getMonth() + 1)}.`;
}

export function element(name, text, className) {
  const out = document.createElement(name);
  if (text !== undefined && text !== null) out.textContent = text;
  if (className) out.className = className;
  return out;
}

// What a screen reader says at once.
export function say(text) { $('spoken').textContent = text; }
