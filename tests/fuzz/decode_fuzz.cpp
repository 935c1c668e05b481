// One decoder, the format named by REKINDLE_FUZZ_FORMAT: a record with whatever bytes, after all the others, and as if it were the first.
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "connectors/decode/protobuf_schema.hpp"
#include "connectors/decode/registry.hpp"

namespace {

using namespace rekindle;

Schema schema() {
  Schema schema;
  schema.task = Task::multiclass;
  schema.label = "y";
  schema.weight = "w";
  schema.id = "id";
  schema.time = "ts";
  schema.missing_of = {{"b", MissingPolicy::mean}};
  return schema;
}

// What a sample promises to the learner.
void check(const Sample& sample, const DecoderOptions& options) {
  for (const double value : sample.values) {
    if (std::isinf(value)) std::abort();
  }
  for (std::size_t i = 0; i < sample.sparse.size(); ++i) {
    const bool ascends = i == 0 || sample.sparse[i - 1].index < sample.sparse[i].index;
    if (!ascends || sample.sparse[i].index >> options.hash_bits != 0 || !std::isfinite(sample.sparse[i].value)) std::abort();
  }
  if (sample.label.kind == Label::Kind::number && !std::isfinite(sample.label.number)) std::abort();
  // Every view can be read.
  std::size_t sum = sample.id.size();
  for (const auto view : {sample.id, sample.label.text}) {
    for (const char c : view) sum += static_cast<unsigned char>(c);
  }
  for (const auto view : sample.categories) {
    for (const char c : view) sum += static_cast<unsigned char>(c);
  }
  volatile auto read = sum;
  (void)read;
}

std::string shown(const Label& label) { return fmt::format("{} {:a} {}", static_cast<int>(label.kind), label.number, text_of(label)); }

std::string shown(bool good, const Sample& sample, const Rejection& why) {
  if (!good) return fmt::format("{} {} {}", to_string(why.reason), why.field, why.detail);
  std::string out;
  for (const double value : sample.values) out += fmt::format("{:x} ", std::bit_cast<std::uint64_t>(value));
  for (const auto& one : sample.sparse) out += fmt::format("{}:{:a} ", one.index, one.value);
  for (const auto category : sample.categories) out += fmt::format("[{}]", category);
  return out + fmt::format("{} {} {:a} {:a} {} {}", shown(sample.label), shown(sample.incumbent), sample.weight, sample.offset, sample.id,
                           sample.time_ms);
}

// Something of every type, and a type within itself.
constexpr const char* avro_schema = R"({"type":"record","name":"R","fields":[
  {"name":"a","type":"double"},{"name":"b","type":["null","float","long"]},{"name":"x","type":{"type":"array","items":["int","null"]}},
  {"name":"kind","type":{"type":"enum","name":"E","symbols":["one","two"]}},{"name":"w","type":"float"},{"name":"id","type":["null","string"]},
  {"name":"ts","type":{"type":"long","logicalType":"timestamp-micros"}},{"name":"y","type":["string","null","int","boolean"]},
  {"name":"map","type":{"type":"map","values":"bytes"}},{"name":"next","type":["null","R"]},
  {"name":"many","type":{"type":"array","items":"R"}},{"name":"fixed","type":{"type":"fixed","name":"F","size":3}}]})";

constexpr const char* proto_schema =
    R"(syntax = "proto3"; import "google/protobuf/timestamp.proto"; import "google/protobuf/wrappers.proto";
  message R { double a = 1; optional float b = 2; repeated sint32 x = 3; enum E { one = 0; two = 1; } E kind = 4;
    google.protobuf.FloatValue w = 5; string id = 6; google.protobuf.Timestamp ts = 7; oneof truth { string y = 8; uint64 z = 9; }
    map<string, bytes> map = 10; R next = 11; repeated R many = 12; })";

bool has_fields(const std::string& format) { return format != "vw" && format != "libsvm"; }

std::shared_ptr<const WriterSchema> schema_of(const std::string& format) {
  if (format == "avro") return std::make_shared<const WriterSchema>(WriterSchema{SchemaKind::avro, avro_schema, {}, false, {}});
  if (format != "protobuf") return nullptr;
  auto files = compile_proto("r.proto", {{"r.proto", proto_schema}});
  if (!files) std::abort();
  return std::make_shared<const WriterSchema>(WriterSchema{SchemaKind::protobuf, *std::move(files), {}, false, {}});
}

struct Target {
  Target() {
    const std::string format = REKINDLE_FUZZ_FORMAT;
    options.hash_bits = 10;
    options.max_record_bytes = 65'536;
    if (format == "vw") options.interactions = {"ab", "aa"};
    if (has_fields(format)) described.categorical = {"kind"};
    if (format == "avro") options.schema = std::make_shared<const WriterSchema>(WriterSchema{SchemaKind::avro, avro_schema, {}, false, {}});
    decoder = make();
    beside = find_row(formats(), format)->make(described, options);
  }
  [[nodiscard]] std::unique_ptr<Decoder> make() const {
    const std::string format = REKINDLE_FUZZ_FORMAT;
    auto out = find_row(formats(), format)->make(described, options);
    out->set_layout(has_fields(format) ? std::vector<std::string>{"a", "b", "x[0]", "x[1]"} : std::vector<std::string>());
    return out;
  }
  Schema described = schema();
  DecoderOptions options;
  std::unique_ptr<Decoder> decoder;
  std::unique_ptr<Decoder> beside;  // Discovers.
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static Target target;
  std::string bytes(reinterpret_cast<const char*>(data), size);
  bytes.resize(size + payload_padding);
  RawRecord record;
  record.payload = std::string_view(bytes).substr(0, size);
  record.column_names = "a,b,x[0],x[1],kind,w,id,ts,y";
  Sample sample;
  Rejection why;
  const bool good = target.decoder->decode(record, sample, why);
  if (good) check(sample, target.options);
  if (!good && why.detail.empty()) std::abort();
  const auto all = shown(good, sample, why);
  const auto fresh = target.make();
  if (all != shown(fresh->decode(record, sample, why), sample, why)) std::abort();
  (void)target.beside->discover(record, why);
  return 0;
}
