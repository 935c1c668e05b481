// ModelFolder: published models as files of a folder, model-VERSION.safetensors; the highest version is the newest.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <tuple>

#include "checkpoint/file_system.hpp"

namespace rekindle {

// model-00000000000000001690.safetensors
[[nodiscard]] std::string model_file_name(std::uint64_t version);

// Whole and safe on disk when it returns, and the newest: files of higher versions are of a stream that was given up (a daemon that
// went back to its last checkpoint, or began anew), and go. So do those beyond the `keep` newest. Makes the folder.
[[nodiscard]] Status write_model_file(FileSystem& files, const std::string& folder, std::uint64_t version, std::string_view file, int keep);

// Follows a folder. One thread calls everything.
class ModelFolder {
 public:
  explicit ModelFolder(std::string folder) : folder_(std::move(folder)) {}

  struct Found {
    std::string path;
    std::string file;
  };
  // The newest that neither was given already nor is older than the one that was taken last; nothing where there is none.
  // ErrorCode::io: the folder or the file cannot be read.
  [[nodiscard]] Result<std::optional<Found>> next();
  // What became of what `next` gave: it is in use now, or never to be given again as it is; then an older one may be next.
  void take();
  void refuse();
  [[nodiscard]] bool has_any() const { return any_; }

 private:
  // What changes when a file is written again.
  using Identity = std::tuple<std::string, std::filesystem::file_time_type, std::uintmax_t>;

  std::string folder_;
  Identity given_;
  Identity taken_;
  std::set<Identity> refused_;
  bool any_ = false;
};

}  // namespace rekindle
