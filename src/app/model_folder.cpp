#include "app/model_folder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "app/safetensors.hpp"
#include "base/bytes.hpp"

namespace rekindle {

namespace {

constexpr std::string_view prefix = "model-";
constexpr std::string_view suffix = ".safetensors";

bool is_model(std::string_view name) {
  return name.size() == model_file_name(0).size() && name.starts_with(prefix) && name.ends_with(suffix);
}

// The newest first.
Result<std::vector<std::string>> models_in(FileSystem& files, const std::string& folder) {
  auto names = files.list(folder);
  if (!names) return names;
  std::erase_if(*names, [](const auto& name) { return !is_model(name); });
  std::ranges::sort(*names, std::greater());
  return names;
}

}  // namespace

std::string model_file_name(std::uint64_t version) { return fmt::format("{}{:020}{}", prefix, version, suffix); }

Status write_model_file(FileSystem& files, const std::string& folder, std::uint64_t version, std::string_view file, int keep) {
  if (auto made = files.make_directories(folder); !made) return made;
  const auto name = model_file_name(version);
  const auto beside = folder + "/model.tmp";
  const auto bytes = std::as_bytes(std::span(file.data(), file.size()));
  auto written = files.write_new(beside, bytes).and_then([&] { return files.sync_file(beside); }).and_then([&] {
    return files.rename(beside, folder + "/" + name);
  });
  if (!written) {
    (void)files.remove(beside);
    return written;
  }
  const auto names = models_in(files, folder);
  if (!names) return tl::unexpected(names.error());
  int kept = 0;
  for (const auto& one : *names) {
    if (one <= name && kept++ < keep) continue;
    if (auto removed = files.remove(folder + "/" + one); !removed) return removed;
  }
  return files.sync_directory(folder);
}

Result<std::optional<ModelFolder::Found>> ModelFolder::next() {
  auto& files = real_file_system();
  const auto names = models_in(files, folder_);
  if (!names) return tl::unexpected(names.error());
  any_ = !names->empty();
  std::erase_if(refused_, [&](const auto& one) { return std::ranges::find(*names, std::get<0>(one)) == names->end(); });
  for (const auto& name : *names) {
    const auto path = folder_ + "/" + name;
    std::error_code gone;  // Between the listing and this.
    const Identity identity{name, std::filesystem::last_write_time(path, gone), std::filesystem::file_size(path, gone)};
    if (gone || refused_.contains(identity)) continue;
    if (identity == taken_) return std::nullopt;
    const auto bytes = files.read(path, longest_weights_file);
    if (!bytes && !std::filesystem::exists(path, gone)) continue;
    if (!bytes) return tl::unexpected(bytes.error());
    given_ = identity;
    return Found{path, std::string(text_of(*bytes))};
  }
  return std::nullopt;
}

void ModelFolder::take() { taken_ = given_; }

void ModelFolder::refuse() { refused_.insert(given_); }

}  // namespace rekindle
