#include "connectors/decode/decoded.hpp"

#include <array>
#include <cstring>
#include <span>
#include <type_traits>

namespace rekindle {

namespace {

// What every sample has, then its arrays and, one after the other, the texts of id, label, incumbent and categories.
struct Head {
  bool usable = true;
  bool is_label = false;
  Label::Kind label = Label::Kind::absent;
  Label::Kind incumbent = Label::Kind::absent;
  RejectReason reason = RejectReason::undecodable;
  std::array<std::uint8_t, 3> unused = {};  // No byte of the form is left to chance.
  std::uint32_t values = 0;
  std::uint32_t sparse = 0;
  std::uint32_t categories = 0;
  std::uint32_t id_size = 0;
  std::uint32_t label_size = 0;      // A rejection: of its field.
  std::uint32_t incumbent_size = 0;  // A rejection: of its detail.
  double label_number = 0;
  double incumbent_number = 0;
  double weight = 1;
  double offset = 0;
  std::int64_t time_ms = 0;
};
static_assert(std::is_trivially_copyable_v<Head> && std::is_trivially_copyable_v<SparseEntry>);

template <class T>
void append(std::span<const T> values, std::string& out) {
  out.append(reinterpret_cast<const char*>(values.data()), values.size_bytes());
}

std::uint32_t size_of(std::string_view text) { return static_cast<std::uint32_t>(text.size()); }

// The parts of a record, in their order; false once there is less left than is asked for.
class Parts {
 public:
  explicit Parts(std::string_view bytes) : rest_(bytes) {}
  template <class T>
  [[nodiscard]] bool take(T* to, std::size_t count) {
    if (count > rest_.size() / sizeof(T)) return false;
    if (count != 0) std::memcpy(static_cast<void*>(to), rest_.data(), count * sizeof(T));
    rest_.remove_prefix(count * sizeof(T));
    return true;
  }
  [[nodiscard]] bool take(std::string_view& text, std::size_t size) {
    if (size > rest_.size()) return false;
    text = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return true;
  }
  // Nothing is made room for that is not there.
  template <class T>
  [[nodiscard]] bool take(std::vector<T>& to, std::size_t count) {
    if (count > rest_.size() / sizeof(T)) return false;
    to.resize(count);
    return take(to.data(), count);
  }
  [[nodiscard]] bool at_end() const { return rest_.empty(); }

 private:
  std::string_view rest_;
};

class DecodedDecoder final : public Decoder {
 public:
  [[nodiscard]] std::optional<std::vector<std::string>> discover(const RawRecord& /*record*/, Rejection& why) override {
    why = {RejectReason::undecodable, "", "decoded records do not name their features"};
    return std::nullopt;
  }
  void set_layout(std::vector<std::string> /*features*/) override {}

  [[nodiscard]] bool decode(const RawRecord& record, Sample& sample, Rejection& why) override {
    Parts parts(record.payload);
    Head head;
    if (!parts.take(&head, 1) || !fill(head, parts, sample, why)) {
      why = {RejectReason::undecodable, "", "not a decoded record"};
      return false;
    }
    return head.usable;
  }

  [[nodiscard]] bool is_label(const RawRecord& record) const override {
    Head head;
    return Parts(record.payload).take(&head, 1) && head.is_label;
  }

 private:
  [[nodiscard]] bool fill(const Head& head, Parts& parts, Sample& sample, Rejection& why) {
    if (!head.usable) return fill(head, parts, why);
    sample.label = {head.label, head.label_number, {}};
    sample.incumbent = {head.incumbent, head.incumbent_number, {}};
    sample.weight = head.weight;
    sample.offset = head.offset;
    sample.time_ms = head.time_ms;
    if (!parts.take(sample.values, head.values) || !parts.take(sample.sparse, head.sparse) || !parts.take(sizes_, head.categories) ||
        !parts.take(sample.id, head.id_size) || !parts.take(sample.label.text, head.label_size) ||
        !parts.take(sample.incumbent.text, head.incumbent_size))
      return false;
    sample.categories.resize(head.categories);
    for (std::size_t i = 0; i < sizes_.size(); ++i) {
      if (!parts.take(sample.categories[i], sizes_[i])) return false;
    }
    return parts.at_end();
  }

  [[nodiscard]] static bool fill(const Head& head, Parts& parts, Rejection& why) {
    std::string_view field;
    std::string_view detail;
    if (!parts.take(field, head.label_size) || !parts.take(detail, head.incumbent_size)) return false;
    why = {head.reason, std::string(field), std::string(detail)};
    return parts.at_end();
  }

  std::vector<std::uint32_t> sizes_;
};

}  // namespace

void append_decoded(const Sample& sample, bool is_label, std::string& out) {
  Head head;
  head.is_label = is_label;
  head.label = sample.label.kind;
  head.incumbent = sample.incumbent.kind;
  head.values = static_cast<std::uint32_t>(sample.values.size());
  head.sparse = static_cast<std::uint32_t>(sample.sparse.size());
  head.categories = static_cast<std::uint32_t>(sample.categories.size());
  head.id_size = size_of(sample.id);
  head.label_size = size_of(text_of(sample.label));
  head.incumbent_size = size_of(text_of(sample.incumbent));
  head.label_number = sample.label.number;
  head.incumbent_number = sample.incumbent.number;
  head.weight = sample.weight;
  head.offset = sample.offset;
  head.time_ms = sample.time_ms;
  append(std::span<const Head>(&head, 1), out);
  append(std::span<const double>(sample.values), out);
  append(std::span<const SparseEntry>(sample.sparse), out);
  for (const auto category : sample.categories) {
    const auto size = size_of(category);
    append(std::span<const std::uint32_t>(&size, 1), out);
  }
  out.append(sample.id).append(text_of(sample.label)).append(text_of(sample.incumbent));
  for (const auto category : sample.categories) out += category;
}

void append_rejection(const Rejection& why, bool is_label, std::string& out) {
  Head head;
  head.usable = false;
  head.is_label = is_label;
  head.reason = why.reason;
  head.label_size = size_of(why.field);
  head.incumbent_size = size_of(why.detail);
  append(std::span<const Head>(&head, 1), out);
  out.append(why.field).append(why.detail);
}

std::unique_ptr<Decoder> make_decoded_decoder() { return std::make_unique<DecodedDecoder>(); }

}  // namespace rekindle
