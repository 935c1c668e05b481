#include <cmath>

#include "connectors/generate/generator.hpp"
#include "connectors/generate/hyperplane.hpp"
#include "golden_file.hpp"

namespace rekindle::test {
namespace {

GeneratorPointer generator(const std::string& type) {
  const auto choice = choose(generators(), type, Table());
  return choice.row->make.make(choice.parameters, 1);
}

// Labels of one function; an absent row of labels is a mistake of the file.
std::vector<int> labels_of(dom::element labels, std::uint64_t function) {
  std::vector<int> out;
  for (const double label : numbers(labels[std::to_string(function)])) out.push_back(static_cast<int>(label));
  return out;
}

std::vector<int> ours(Generator& stream, std::uint64_t function, const std::vector<std::vector<double>>& rows) {
  stream.set_concept(function);
  std::vector<int> out;
  for (const auto& row : rows) out.push_back(stream.label_of(row).value_or(-1));
  return out;
}

void expect_hyperplane(dom::element one) {
  const auto rows = number_rows(one["rows"]);
  const auto weights = number_rows(one["weights"]);  // One row where they never change.
  const auto theirs = labels_of(one["labels"], 0);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    EXPECT_EQ(hyperplane_label(weights.size() == 1 ? weights[0] : weights[i], rows[i]), theirs[i]) << text(one["name"]) << " row " << i;
  }
}

TEST(GoldenStreams, AreLabelledAsRiverDoes) {
  const GoldenFile file("streams");
  std::size_t checked = 0;
  for (const dom::element one : file.cases()) {
    const auto name = text(one["name"]);
    ++checked;
    if (name.starts_with("hyperplane_")) {
      expect_hyperplane(one);
      continue;
    }
    const auto stream = generator(name);
    const auto rows = number_rows(one["rows"]);
    const auto functions = dom::object(one["labels"]).size();
    EXPECT_EQ(functions, name == "led" ? 1 : stream->concepts()) << name;
    for (std::uint64_t f = 0; f < functions; ++f) EXPECT_EQ(ours(*stream, f, rows), labels_of(one["labels"], f)) << name << " " << f;
  }
  EXPECT_EQ(checked, 8U);
}

// MOA counts functions from 1. Where River differs from it, the file has what River says of MOA's rows, and that is ours.
TEST(GoldenStreams, DifferFromMoaWhereRiverDoes) {
  const GoldenFile file("streams_moa");
  std::size_t checked = 0;
  for (const dom::element one : file.cases()) {
    const auto name = text(one["name"]);
    const bool differ = one["river_labels"].error() == simdjson::SUCCESS;
    const dom::element theirs = one[differ ? "river_labels" : "labels"];
    const auto stream = generator(name);
    const auto rows = number_rows(one["rows"]);
    ASSERT_EQ(dom::object(theirs).size(), stream->concepts()) << name;
    for (std::uint64_t f = 0; f < stream->concepts(); ++f) {
      EXPECT_EQ(ours(*stream, f, rows), labels_of(theirs, f + 1)) << name << " " << f;
      ++checked;
    }
  }
  EXPECT_EQ(checked, 21U);
}

// The agreement that the generators' documentation speaks of.
TEST(GoldenStreams, AgreeWithMoaOnAgrawalFromFunctionSixOn) {
  const GoldenFile file("streams_moa");
  for (const dom::element one : file.cases()) {
    if (text(one["name"]) != "agrawal") continue;
    const auto stream = generator("agrawal");
    const auto rows = number_rows(one["rows"]);
    for (std::uint64_t f = 0; f < 10; ++f) {
      const auto moa = labels_of(one["labels"], f + 1);
      const auto here = ours(*stream, f, rows);
      std::size_t same = 0;
      for (std::size_t i = 0; i < rows.size(); ++i) same += here[i] == moa[i] ? 1 : 0;
      EXPECT_EQ(same, f >= 6 ? rows.size() : (f == 4 ? 13 : 0)) << f;
    }
  }
}

}  // namespace
}  // namespace rekindle::test
