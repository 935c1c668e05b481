// Decoder: bytes of one record to a Sample. A bad record is a value, not an exception.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "connectors/source.hpp"
#include "data/sample.hpp"
#include "data/schema.hpp"

namespace rekindle {

// How a record is written; what a format has no use for it does not look at.
struct DecoderOptions {
  std::size_t max_record_bytes = 1'048'576;  // Longer records are refused before they are parsed.
  char delimiter = ',';
  bool header = true;                            // The columns are named by `RawRecord::column_names`; otherwise they are c0, c1, ...
  unsigned hash_bits = 18;                       // Sparse features have 2^hash_bits coordinates.
  std::vector<std::string> interactions{};       // Pairs of namespaces, by their first letters.
  bool label_may_be_absent = false;              // A record without the label's field is as one where it is null.
  bool framed = false;                           // JSON: behind the frame of a schema registry.
  std::shared_ptr<const WriterSchema> schema{};  // Of records that come without one of their own.
};

class Decoder {
 public:
  virtual ~Decoder() = default;

  // The feature names in their final order, found from a record: arrays spelled out, and every numeric field where the
  // schema lists none. Called with the records of a new stream until one succeeds.
  [[nodiscard]] virtual std::optional<std::vector<std::string>> discover(const RawRecord& record, Rejection& why) = 0;

  // The layout that `decode` fills; called once, before the first `decode`.
  virtual void set_layout(std::vector<std::string> features) = 0;

  // Fills `sample` (whose buffers are reused). False: `why` says what is wrong.
  [[nodiscard]] virtual bool decode(const RawRecord& record, Sample& sample, Rejection& why) = 0;

  // The record is no sample but the label of one (`schema.labels_topic`); `decode` gives its id, label and time.
  [[nodiscard]] virtual bool is_label(const RawRecord& /*record*/) const { return false; }
};

}  // namespace rekindle
