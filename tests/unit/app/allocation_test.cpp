// Counts operator new on this thread: in steady state a sample costs none.
#include <gtest/gtest.h>

#include <cstdlib>
#include <new>

#include "app/prediction_record.hpp"
#include "app/session.hpp"
#include "app/toml.hpp"
#include "connectors/generate/streams.hpp"
#include "support/avro_bytes.hpp"
#include "support/choices.hpp"
#include "support/temporary_file.hpp"

namespace {
thread_local std::uint64_t allocations = 0;

void* counted(std::size_t size, std::size_t alignment) {
  ++allocations;
  const auto rounded = (size + alignment - 1) / alignment * alignment;
  void* const memory = std::aligned_alloc(alignment, rounded == 0 ? alignment : rounded);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}
constexpr std::size_t usual = alignof(std::max_align_t);
}  // namespace

void* operator new(std::size_t size) { return counted(size, usual); }
void* operator new[](std::size_t size) { return counted(size, usual); }
void* operator new(std::size_t size, std::align_val_t alignment) { return counted(size, static_cast<std::size_t>(alignment)); }
void* operator new[](std::size_t size, std::align_val_t alignment) { return counted(size, static_cast<std::size_t>(alignment)); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }

namespace rekindle {
namespace {

constexpr std::size_t warmup = 2000;
constexpr std::size_t measured = 10'000;

Configuration configuration(const std::string& more, const std::string& format = "json", const std::string& source = {}) {
  Diagnostics diagnostics;
  auto out = check_configuration(
      read_toml_text(
          fmt::format(
              "[source]\ntopic = \"t\"\nformat = \"{}\"\n{}[schema]\ntask = \"binary\"\nlabel = \"y\"\nid = \"id\"\ntime = \"ts\"\n{}",
              format, source, more),
          "r.toml", diagnostics),
      "r.toml", diagnostics);
  EXPECT_EQ(test::texts(diagnostics), "");
  return out;
}

// Records of one length class, padded, so that nothing but the path of a sample is measured.
std::vector<std::string> records() {
  LogisticStream stream({.seed = 4, .features = 20});
  std::vector<std::string> out;
  for (std::size_t i = 0; i < warmup + measured; ++i) {
    stream.next();
    auto& one = out.emplace_back();
    stream.append_json(one);
    const bool unlabelled = i % 100 == 3;
    if (unlabelled) one.replace(one.find("\"y\":") + 4, 1, "null");
    one.insert(1, fmt::format("\"id\":\"key-{}\",\"ts\":{},\"junk\":[1,{{\"x\":null}}],", i, 1'700'000'000'000 + i));
    one.append(payload_padding, ' ');
  }
  return out;
}

// How many a stream costs once it is warm.
std::uint64_t allocations_of(Session& session, const std::vector<std::string>& all) {
  std::uint64_t before = 0;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (i == warmup) before = allocations;
    RawRecord record;
    record.payload = std::string_view(all[i]).substr(0, all[i].size() - payload_padding);
    const auto taken = session.take(record);
    EXPECT_TRUE(taken && *taken) << session.rejection().detail;
  }
  EXPECT_EQ(session.learner()->incidents().total(), 0U) << "an incident may allocate, and there was one";
  return allocations - before;
}

// The values of the stream by names, each in its namespace or with its index; all names and categories are known early.
std::vector<std::string> texts(const std::string& format) {
  LogisticStream stream({.seed = 4, .features = 20});
  std::vector<std::string> out;
  for (std::size_t i = 0; i < warmup + measured; ++i) {
    stream.next();
    const bool unlabelled = i % 100 == 3;
    auto one = unlabelled ? std::string() : fmt::format("{} ", stream.label());
    if (format == "vw") one += fmt::format("1.5 'a_key_that_is_no_short_string-{}|user:0.5", i);
    if (format == "vw" && unlabelled) one = "|user:0.5";
    for (std::size_t j = 0; j < 20; ++j) {
      if (format == "vw" && j == 10) one += " |item_of_a_long_name";
      one += format == "vw" ? fmt::format(" feature_of_a_long_name_{}:{}", j, stream.values()[j])
                            : fmt::format(" {}:{}", j, stream.values()[j]);
    }
    if (format == "json") {
      one = fmt::format(R"({{"x":{},"kind":"kind \"{}\" of many","flag":{},"y":{}}})", stream.values()[0], i % 37, i % 2 == 0,
                        stream.label());
    }
    out.push_back(one + std::string(payload_padding, ' '));
  }
  return out;
}

TEST(Allocation, NoneForASparseSampleInSteadyState) {
  const std::string categories = "categorical = [\"kind\", \"flag\"]\n[preprocess]\ninteractions = [\"kind*flag\"]\n";
  for (const auto* more : {"", "[learner]\nbatch_size = 8\n"}) {
    Session vw(configuration(std::string("[preprocess]\ninteractions = [\"ui\"]\n") + more, "vw"));
    EXPECT_EQ(allocations_of(vw, texts("vw")), 0U) << "vw " << more;
    Session libsvm(configuration(more, "libsvm"));
    EXPECT_EQ(allocations_of(libsvm, texts("libsvm")), 0U) << "libsvm " << more;
    Session onehot(configuration(categories + more));
    EXPECT_EQ(allocations_of(onehot, texts("json")), 0U) << "one-hot " << more;
    Session hashed(configuration(categories + "encode = \"hash\"\n" + more));
    EXPECT_EQ(allocations_of(hashed, texts("json")), 0U) << "hashed " << more;
  }
}

// avro-c allocates each text of a record, by malloc; the decoder itself nothing.
TEST(Allocation, NoneForAnAvroSampleInSteadyState) {
  const test::TemporaryFile schema(R"({"type":"record","name":"R","fields":[{"name":"id","type":"string"},{"name":"ts","type":"long"},
    {"name":"kind","type":"string"},{"name":"x","type":{"type":"array","items":"double"}},{"name":"z","type":["null","float"]},
    {"name":"y","type":["null","int"]}]})");
  LogisticStream stream({.seed = 4, .features = 20});
  std::vector<std::string> all;
  for (std::size_t i = 0; i < warmup + measured; ++i) {
    stream.next();
    test::AvroBytes one;
    one.text(fmt::format("a key that is no short string {}", i)).integer(1'700'000'000'000 + static_cast<std::int64_t>(i));
    one.text(fmt::format("a category that is no short string {}", i % 37)).integer(20);
    for (const double value : stream.values()) one.real(value);
    one.integer(0).integer(1).single(0.5F).integer(i % 100 == 3 ? 0 : 1);
    if (i % 100 != 3) one.integer(stream.label() == 0 ? 0 : 1);
    all.push_back(one.str() + std::string(payload_padding, ' '));
  }
  Session session(configuration("categorical = [\"kind\"]\n", "avro", fmt::format("schema_file = \"{}\"\n", schema.path())));
  EXPECT_EQ(allocations_of(session, all), 0U);
}

TEST(Allocation, NoneForASampleInSteadyState) {
  ASSERT_EQ(std::make_unique<int>(1) == nullptr, false);
  ASSERT_GT(allocations, 0U) << "the counting works";
  const auto all = records();
  for (const auto& row : optimizers()) {
    for (const auto* more : {"", "[learner]\nbatch_size = 8\nvalidation_every = 10\n"}) {
      Session session(configuration(fmt::format("[optimizer]\ntype = \"{}\"\n{}", row.name, more)));
      std::uint64_t before = 0;
      for (std::size_t i = 0; i < all.size(); ++i) {
        if (i == warmup) before = allocations;
        RawRecord record;
        record.payload = std::string_view(all[i]).substr(0, all[i].size() - payload_padding);
        const auto taken = session.take(record);
        ASSERT_TRUE(taken && *taken) << session.rejection().detail;
      }
      EXPECT_EQ(allocations - before, 0U) << row.name << " " << more;
      EXPECT_EQ(session.learner()->incidents().total(), 0U) << "an incident may allocate, and there was one";
    }
  }
}

TEST(Allocation, NoneForThePredictionOfASample) {
  const auto all = records();
  Session session(configuration(""));
  PredictionRecord prediction;
  std::uint64_t before = 0;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (i == warmup) before = allocations;
    RawRecord record;
    record.topic = "a topic whose name is no short string";
    record.offset = static_cast<std::int64_t>(i);
    record.payload = std::string_view(all[i]).substr(0, all[i].size() - payload_padding);
    prediction.begin(session.learner());
    ASSERT_TRUE(session.take(record));
    prediction.finish(record, session.sample().id, *session.learner());
  }
  EXPECT_EQ(allocations - before, 0U) << prediction.value();
}

}  // namespace
}  // namespace rekindle
