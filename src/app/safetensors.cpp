#include "app/safetensors.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <optional>

#include "http/json_text.hpp"

namespace rekindle {

namespace {

namespace json = boost::json;

// One tensor as the header describes it: `begin` and `end` are offsets into the data behind the header.
struct Described {
  NamedTensor tensor;
  std::size_t width = 0;
  std::size_t begin = 0;
  std::size_t end = 0;
};

template <class... Args>
[[nodiscard]] tl::unexpected<Error> damaged(fmt::format_string<Args...> text, Args&&... args) {
  return fail(ErrorCode::data, "no safetensors file: {}", fmt::format(text, std::forward<Args>(args)...));
}

// Whole numbers up to `most`; nothing for anything else.
std::optional<std::vector<std::size_t>> counts_of(const json::value* value, std::size_t most) {
  if (value == nullptr || !value->is_array()) return std::nullopt;
  std::vector<std::size_t> counts;
  for (const auto& one : value->get_array()) {
    boost::system::error_code error;
    const auto count = one.to_number<std::uint64_t>(error);
    if (error || count > most) return std::nullopt;
    counts.push_back(static_cast<std::size_t>(count));
  }
  return counts;
}

Result<Described> entry_of(std::string name, const json::value& value, std::size_t data_size) {
  if (!value.is_object()) return damaged("\"{}\" is not described by an object", name);
  const auto& object = value.get_object();
  Described entry;
  entry.tensor.name = std::move(name);
  const auto* type = object.if_contains("dtype");
  const std::string dtype = type != nullptr && type->is_string() ? std::string(type->get_string()) : "";
  entry.width = dtype == "F32" ? 4 : (dtype == "F64" ? 8 : 0);
  if (entry.width == 0)
    return fail(ErrorCode::data, "{}: is of the type {}; F32 and F64 are read", entry.tensor.name, dtype.empty() ? "?" : dtype);
  auto shape = counts_of(object.if_contains("shape"), data_size);
  const auto offsets = counts_of(object.if_contains("data_offsets"), data_size);
  if (!shape || !offsets || offsets->size() != 2) return damaged("\"{}\" has no usable shape and offsets", entry.tensor.name);
  if (shape->empty() || shape->size() > 2) {
    return fail(ErrorCode::data, "{}: has {} dimensions; a weight has two, a bias one", entry.tensor.name, shape->size());
  }
  entry.tensor.shape = *std::move(shape);
  entry.begin = (*offsets)[0];
  entry.end = (*offsets)[1];
  std::size_t count = 1;
  for (const auto one : entry.tensor.shape) {
    if (one != 0 && count > data_size / one) return damaged("\"{}\" is larger than the file", entry.tensor.name);
    count *= one;
  }
  if (entry.end < entry.begin || entry.end - entry.begin != count * entry.width)
    return damaged("\"{}\" has another size than its shape", entry.tensor.name);
  return entry;
}

template <class Real>
std::vector<double> values_of(std::string_view bytes) {
  std::vector<double> values(bytes.size() / sizeof(Real));
  for (std::size_t i = 0; i < values.size(); ++i) {
    Real one{};
    std::memcpy(&one, bytes.data() + i * sizeof(Real), sizeof one);
    values[i] = static_cast<double>(one);
  }
  return values;
}

template <class Real>
void append(const std::vector<double>& values, std::string& out) {
  for (const double value : values) {
    const auto one = static_cast<Real>(value);
    out.append(reinterpret_cast<const char*>(&one), sizeof one);
  }
}

// Without hole or overlap, as the format wants it; it is what keeps a small file from naming much data.
Status check_cover(std::vector<Described> entries, std::size_t data_size) {
  std::ranges::sort(entries, {}, [](const Described& one) { return std::pair(one.begin, one.end); });
  std::size_t next = 0;
  for (const auto& entry : entries) {
    if (entry.begin != next) return damaged("there is a hole or an overlap before \"{}\"", entry.tensor.name);
    next = entry.end;
  }
  if (next != data_size) return damaged("{} bytes behind the header, {} are described", data_size, next);
  return {};
}

// The header, and the data behind it.
Result<std::pair<json::object, std::string_view>> open_file(std::string_view file) {
  std::uint64_t length = 0;
  if (file.size() < sizeof length) return damaged("{} bytes are too few", file.size());
  std::memcpy(&length, file.data(), sizeof length);
  const auto rest = file.substr(sizeof length);
  if (length > rest.size() || length > longest_safetensors_header) return damaged("a header of {} bytes", length);
  auto header = json_object_of(rest.substr(0, static_cast<std::size_t>(length)));
  if (!header) return damaged("its header is not a JSON object");
  return std::pair(std::move(*header), rest.substr(static_cast<std::size_t>(length)));
}

}  // namespace

std::map<std::string, std::string> safetensors_metadata(std::string_view file) {
  std::map<std::string, std::string> out;
  const auto opened = open_file(file);
  const auto* texts = opened ? opened->first.if_contains("__metadata__") : nullptr;
  if (texts == nullptr || !texts->is_object()) return out;
  for (const auto& [key, text] : texts->get_object()) {
    if (text.is_string()) out.emplace(key, std::string(text.get_string()));
  }
  return out;
}

Result<std::vector<NamedTensor>> decode_safetensors(std::string_view file) {
  const auto opened = open_file(file);
  if (!opened) return tl::unexpected(opened.error());
  const auto& [header, data] = *opened;
  std::vector<Described> entries;
  for (const auto& [key, described] : header) {
    if (key == "__metadata__") continue;
    if (entries.size() == most_tensors) return damaged("more than {} tensors", most_tensors);
    auto entry = entry_of(std::string(key), described, data.size());
    if (!entry) return tl::unexpected(entry.error());
    entries.push_back(*std::move(entry));
  }
  if (auto status = check_cover(entries, data.size()); !status) return tl::unexpected(status.error());
  std::vector<NamedTensor> tensors;
  for (auto& entry : entries) {
    const auto bytes = data.substr(entry.begin, entry.end - entry.begin);
    entry.tensor.values = entry.width == 4 ? values_of<float>(bytes) : values_of<double>(bytes);
    tensors.push_back(std::move(entry.tensor));
  }
  return tensors;
}

std::string encode_safetensors(std::span<const NamedTensor> tensors, bool single, const std::map<std::string, std::string>& metadata) {
  json::object header;
  json::object texts;
  for (const auto& [key, text] : metadata) texts[key] = text;
  if (!texts.empty()) header["__metadata__"] = std::move(texts);
  std::string data;
  for (const auto& tensor : tensors) {
    const auto begin = data.size();
    single ? append<float>(tensor.values, data) : append<double>(tensor.values, data);
    json::array shape;
    for (const auto one : tensor.shape) shape.emplace_back(one);
    header[tensor.name] =
        json::object{{"dtype", single ? "F32" : "F64"}, {"shape", std::move(shape)}, {"data_offsets", json::array{begin, data.size()}}};
  }
  auto text = json_text(header);
  text.append((8 - text.size() % 8) % 8, ' ');  // So that the data is aligned for whoever maps the file.
  const auto length = static_cast<std::uint64_t>(text.size());
  return std::string(reinterpret_cast<const char*>(&length), sizeof length) + text + data;
}

Result<std::string> read_weights_file(const std::string& path) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "re"), std::fclose);
  if (file == nullptr) return fail(ErrorCode::io, "{}: {}", path, std::strerror(errno));
  std::string text;
  std::string chunk(std::size_t{1} << 20U, '\0');
  while (const auto count = std::fread(chunk.data(), 1, chunk.size(), file.get())) {
    if (text.size() + count > longest_weights_file) return fail(ErrorCode::data, "{}: is longer than {} bytes", path, longest_weights_file);
    text.append(chunk, 0, count);
  }
  if (std::ferror(file.get()) != 0) return fail(ErrorCode::io, "{}: {}", path, std::strerror(errno));
  return text;
}

}  // namespace rekindle
