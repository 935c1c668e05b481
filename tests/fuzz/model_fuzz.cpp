// The files that `import` and model.initial read: safetensors, JSON (our own and coefficients of others), Vowpal Wabbit's text.
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "app/imported_model.hpp"
#include "app/safetensors.hpp"

namespace {

using namespace rekindle;

void must(bool condition) {
  if (!condition) std::abort();
}

void check(const Result<ImportedModel>& model) {
  if (!model) return must(!model.error().message.empty());
  for (const auto& tensor : model->tensors) {
    std::size_t size = 1;
    for (const auto length : tensor.shape) size *= static_cast<std::size_t>(length);
    must(size == tensor.values.size());
  }
}

// What can be read is written and read again, bit for bit.
void weights(std::string_view file) {
  const auto first = decode_safetensors(file);
  if (!first) return must(!first.error().message.empty());
  const auto again = decode_safetensors(encode_safetensors(*first, /*single=*/false, safetensors_metadata(file)));
  must(again.has_value() && again->size() == first->size());
  for (std::size_t i = 0; i < first->size(); ++i) {
    const auto& a = (*first)[i];
    const auto& b = (*again)[i];
    must(a.name == b.name && a.shape == b.shape && a.values.size() == b.values.size());
    for (std::size_t k = 0; k < a.values.size(); ++k) must(a.values[k] == b.values[k] || std::isnan(a.values[k]));
  }
}

// The eight bytes before a header tell its length: made right, so that mutations get past them.
std::string with_length(std::string_view rest) {
  const auto end = rest.find('\0');
  const auto length = end == std::string_view::npos ? rest.size() : end;
  std::string file(8, '\0');
  for (std::size_t i = 0; i < 8; ++i) file[i] = static_cast<char>(length >> (8 * i) & 0xff);
  file += rest.substr(0, length);
  if (end != std::string_view::npos) file += rest.substr(end + 1);
  return file;
}

}  // namespace

// The first byte chooses.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 5) {
    case 0: weights(text); break;
    case 1: weights(with_length(text)); break;
    case 2: check(read_safetensors_model(with_length(text))); break;
    case 3: check(read_json_model(text)); break;
    default: check(read_vw_model(text)); break;
  }
  return 0;
}
