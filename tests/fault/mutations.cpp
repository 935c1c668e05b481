#include "tests/fault/mutations.hpp"

#include <utility>

#include "tests/fault/checksums.hpp"

namespace rekindle {
namespace {

class PassThrough : public FileSystem {
 public:
  explicit PassThrough(FileSystem& files) : files_(files) {}
  Status write_new(const std::string& path, std::span<const std::byte> bytes) override { return files_.write_new(path, bytes); }
  Status sync_file(const std::string& path) override { return files_.sync_file(path); }
  Status rename(const std::string& from, const std::string& to) override { return files_.rename(from, to); }
  Status sync_directory(const std::string& path) override { return files_.sync_directory(path); }
  Status remove(const std::string& path) override { return files_.remove(path); }
  Status make_directories(const std::string& path) override { return files_.make_directories(path); }
  Result<std::vector<std::string>> list(const std::string& path) override { return files_.list(path); }
  Result<std::unique_ptr<FileLock>> lock(const std::string& path) override { return files_.lock(path); }
  Result<std::vector<std::byte>> read(const std::string& path, std::size_t limit) override { return files_.read(path, limit); }

 protected:
  FileSystem& files_;
};

class NoFileSync final : public PassThrough {
 public:
  using PassThrough::PassThrough;
  Status sync_file(const std::string&) override { return {}; }
};

class NoDirectorySync final : public PassThrough {
 public:
  using PassThrough::PassThrough;
  Status sync_directory(const std::string&) override { return {}; }
};

class RenameBeforeSync final : public PassThrough {
 public:
  using PassThrough::PassThrough;
  Status sync_file(const std::string&) override { return {}; }
  Status rename(const std::string& from, const std::string& to) override {
    return files_.rename(from, to).and_then([&] { return files_.sync_file(to); });
  }
};

// The order is right for the file, but its name is promised before it is safe.
class DirectorySyncBeforeRename final : public PassThrough {
 public:
  using PassThrough::PassThrough;
  Status sync_directory(const std::string&) override { return {}; }
  Status rename(const std::string& from, const std::string& to) override {
    return files_.sync_directory(to.substr(0, to.rfind('/'))).and_then([&] { return files_.rename(from, to); });
  }
};

class OldRemovedFirst final : public PassThrough {
 public:
  using PassThrough::PassThrough;
  Status write_new(const std::string& path, std::span<const std::byte> bytes) override {
    const auto folder = path.substr(0, path.rfind('/') + 1);
    const auto names = files_.list(folder.substr(0, folder.size() - 1));
    if (names) {
      for (const auto& name : *names) std::ignore = files_.remove(folder + name);
    }
    return files_.write_new(path, bytes);
  }
};

class ShortWriteTakenForWhole final : public PassThrough {
 public:
  using PassThrough::PassThrough;
  Status write_new(const std::string& path, std::span<const std::byte> bytes) override {
    std::ignore = files_.write_new(path, bytes);
    return {};
  }
};

class FailedSyncTriedAgain final : public PassThrough {
 public:
  using PassThrough::PassThrough;
  Status sync_file(const std::string& path) override {
    return files_.sync_file(path).or_else([&](const Error&) { return files_.sync_file(path); });
  }
};

class FailedDirectorySyncIgnored final : public PassThrough {
 public:
  using PassThrough::PassThrough;
  Status sync_directory(const std::string& path) override {
    std::ignore = files_.sync_directory(path);
    return {};
  }
};

class ChecksumsNotVerified final : public PassThrough {
 public:
  using PassThrough::PassThrough;
  Result<std::vector<std::byte>> read(const std::string& path, std::size_t limit) override {
    return files_.read(path, limit).map(with_right_checksums);
  }
};

template <class Wrapper>
Mutation mutation(std::string name) {
  return {std::move(name), [](FileSystem& files) { return std::make_unique<Wrapper>(files); }};
}

}  // namespace

Mutation no_mutation() { return mutation<PassThrough>("NoMutation"); }

std::vector<Mutation> all_mutations() {
  return {
      mutation<NoFileSync>("NoFileSync"),
      mutation<NoDirectorySync>("NoDirectorySync"),
      mutation<RenameBeforeSync>("RenameBeforeSync"),
      mutation<DirectorySyncBeforeRename>("DirectorySyncBeforeRename"),
      mutation<OldRemovedFirst>("OldRemovedFirst"),
      mutation<ShortWriteTakenForWhole>("ShortWriteTakenForWhole"),
      mutation<FailedSyncTriedAgain>("FailedSyncTriedAgain"),
      mutation<FailedDirectorySyncIgnored>("FailedDirectorySyncIgnored"),
      mutation<ChecksumsNotVerified>("ChecksumsNotVerified"),
  };
}

}  // namespace rekindle
