// What the checkpoint tests share: a scratch folder, a small checkpoint with everything in it, and text forms to compare.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <span>
#include <string>
#include <vector>

#include "checkpoint/checkpoint.hpp"

namespace rekindle {

class ScratchFolder {
 public:
  ScratchFolder() {
    auto name = (std::filesystem::temp_directory_path() / "rekindle-XXXXXX").string();
    if (::mkdtemp(name.data()) != nullptr) path_ = name;
  }
  ~ScratchFolder() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

inline std::vector<std::byte> bytes_of(std::string_view text) {
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

inline std::vector<std::byte> read_bytes(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return bytes_of(std::string(std::istreambuf_iterator<char>(in), {}));
}

inline void write_bytes(const std::string& path, std::span<const std::byte> bytes) {
  std::ofstream(path, std::ios::binary).write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
}

// Bytes that do not compress.
inline std::vector<std::byte> noise(std::size_t size, std::uint64_t seed = 1) {
  std::vector<std::byte> bytes(size);
  for (auto& byte : bytes) {
    seed = seed * 6364136223846793005U + 1442695040888963407U;
    byte = static_cast<std::byte>(seed >> 56);
  }
  return bytes;
}

inline Checkpoint small_checkpoint() {
  Checkpoint checkpoint;
  checkpoint.sequence = 7;
  checkpoint.created_ms = 1'700'000'000'123;
  checkpoint.position.set("samples", 0, 42);
  checkpoint.position.set("samples", 11, 9'000'000'000);
  checkpoint.position.set("clicks", 3, 0);
  checkpoint.configuration = "[model]\ntype = \"logistic\"\n";
  checkpoint.summary = {{"samples", "42"}, {"lr", "0.05"}, {"class \xff", "not UTF-8 \xfe"}};
  checkpoint.sections.push_back({"learner", noise(40)});
  checkpoint.sections.push_back({"zeros", std::vector<std::byte>(5000)});
  checkpoint.sections.push_back({"noise", noise(400, 2)});
  checkpoint.sections.push_back({"empty", {}});
  return checkpoint;
}

inline std::string as_text(const Checkpoint& checkpoint) {
  auto text = fmt::format("sequence {} created {}\n{}", checkpoint.sequence, checkpoint.created_ms, checkpoint.configuration);
  for (const auto& one : checkpoint.position.all()) text += fmt::format("{}:{} {}\n", one.topic, one.partition, one.next);
  for (const auto& [name, value] : checkpoint.summary) text += fmt::format("{}={}\n", name, value);
  for (const auto& section : checkpoint.sections) {
    text += section.name + ":";
    for (const auto byte : section.bytes) text += fmt::format(" {:02x}", static_cast<unsigned>(byte));
    text += "\n";
  }
  return text;
}

// "ok", or what is wrong.
template <class T>
std::string outcome(const Result<T>& result) {
  return result ? "ok" : result.error().message;
}

inline std::vector<std::string> names_in(const std::string& directory) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) names.push_back(entry.path().filename().string());
  std::ranges::sort(names);
  return names;
}

inline std::string numbered(std::uint64_t sequence) { return fmt::format("checkpoint.{:020}", sequence); }

}  // namespace rekindle
