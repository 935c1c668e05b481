// Rows of the registries, chosen and checked as the configuration does it.
#pragma once

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "base/registry.hpp"
#include "drift/detector.hpp"
#include "model/loss.hpp"
#include "optimizer/optimizer.hpp"
#include "schedule/schedule.hpp"

namespace rekindle::test {

using Entries = std::vector<std::pair<std::string, Value::Data>>;

[[nodiscard]] inline Table table(const Entries& entries) {
  Table out;
  for (const auto& [key, data] : entries) out.set(key, Value(data), {});
  return out;
}

[[nodiscard]] inline std::string texts(const Diagnostics& diagnostics) {
  std::string out;
  for (const auto& one : diagnostics.all()) out += one.text() + "\n";
  return out;
}

// The row `type` with `given` as its parameters. A refusal is an exception: a test that expects one checks it itself.
template <class Row>
[[nodiscard]] Choice<Row> choose(std::span<const Row> rows, const std::string& type, Table given,
                                 std::span<const ParameterSpec> extra = {}) {
  given.set("type", Value(type), {});
  Diagnostics diagnostics;
  auto choice = check_choice(rows, extra, given, type, diagnostics);
  if (diagnostics.failed()) throw std::invalid_argument(texts(diagnostics));
  return choice;
}

[[nodiscard]] inline SchedulePointer make_schedule(const std::string& type, const Entries& given, double lr = 0.1) {
  const auto choice = choose(schedules(), type, table(given));
  return choice.row->make(choice.parameters, lr);
}

[[nodiscard]] inline Choice<OptimizerRow> choose_optimizer(const std::string& type, const Entries& given = {}) {
  return choose(optimizers(), type, table(given), common_optimizer_parameters());
}

template <class Real>
[[nodiscard]] OptimizerPointer<Real> make_optimizer(const Choice<OptimizerRow>& choice, const std::vector<std::size_t>& sizes) {
  return choice.row->make.template make<Real>(choice.parameters, sizes);
}

[[nodiscard]] inline std::unique_ptr<const Loss> make_loss(const std::string& type, const Entries& given = {}) {
  const auto choice = choose(losses(), type, table(given));
  return choice.row->make.make(choice.parameters);
}

[[nodiscard]] inline std::unique_ptr<DriftDetector> make_detector(const std::string& type, const Entries& given = {}) {
  const auto choice = choose(detectors(), type, table(given));
  return choice.row->make.make(choice.parameters);
}

// What `save` writes, as bytes to compare or to load again.
template <class Saved>
[[nodiscard]] std::vector<std::byte> saved(const Saved& what) {
  ByteWriter out;
  what.save(out);
  return {out.bytes().begin(), out.bytes().end()};
}

// True when `load` took all the bytes and found nothing wrong.
template <class Loaded>
[[nodiscard]] bool load_from(const std::vector<std::byte>& bytes, Loaded& what) {
  ByteReader in(bytes);
  what.load(in);
  return in.ok() && in.at_end();
}

}  // namespace rekindle::test
